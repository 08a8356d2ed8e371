#include "stream/runtime/replay/difference.h"

#include <algorithm>

namespace due::runtime {
namespace {

std::string shown(const std::optional<std::string_view>& bytes) { return bytes ? std::string(*bytes) : "(null)"; }

std::string names_of(std::span<const HeaderView> headers) {
  std::string names;
  for (const HeaderView& h : headers) names += (names.empty() ? "" : ", ") + std::string(h.name);
  return std::to_string(headers.size()) + " headers: " + names;
}

}  // namespace

bool same(const log::OutputRecord& derived, const log::Record& emitted) {
  return derived.key == emitted.key && derived.value == emitted.value &&
         std::equal(derived.headers.begin(), derived.headers.end(), emitted.headers.begin(), emitted.headers.end(),
                    [](const HeaderView& a, const HeaderView& b) { return a.name == b.name && a.value == b.value; });
}

std::optional<FieldDifference> difference_of(const log::OutputRecord& derived, const log::Record& emitted) {
  if (derived.key != emitted.key) return FieldDifference{"key", shown(derived.key), shown(emitted.key)};
  if (derived.value != emitted.value) return FieldDifference{"value", shown(derived.value), shown(emitted.value)};
  const auto same_name = [](const HeaderView& a, const HeaderView& b) { return a.name == b.name; };
  if (!std::equal(derived.headers.begin(), derived.headers.end(), emitted.headers.begin(), emitted.headers.end(), same_name))
    return FieldDifference{"headers", names_of(derived.headers), names_of(emitted.headers)};
  for (std::size_t i = 0; i < derived.headers.size(); ++i)
    if (derived.headers[i].value != emitted.headers[i].value)
      return FieldDifference{"header " + std::string(derived.headers[i].name), std::string(derived.headers[i].value),
                             std::string(emitted.headers[i].value)};
  return std::nullopt;
}

std::string Difference::text() const {
  std::string out = "chronicle record " + std::to_string(batch) + ", " + topic + "/" + std::to_string(partition);
  if (offset >= 0) out += ", offset " + std::to_string(offset);
  if (number >= 0) out += ", number " + std::to_string(number);
  out += ": ";
  if (field == "missing") return out + "it was derived and is not there\n  derived  " + derived;
  if (field == "additional") return out + "it is there and was not derived\n  emitted  " + emitted;
  const auto [d, e] = std::mismatch(derived.begin(), derived.end(), emitted.begin(), emitted.end());
  out += field + " differs from byte " + std::to_string(d - derived.begin()) + " on";
  return out + "\n  derived  " + derived + "\n  emitted  " + emitted;
}

}  // namespace due::runtime
