#include <algorithm>
#include <charconv>
#include <optional>

#include "stream/app/config/setting.h"

namespace due::app::config {
namespace {

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr Unit time_units[] = {{"min", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr std::int64_t kib = 1 << 10, mib = 1 << 20, gib = 1 << 30, tib = std::int64_t{1} << 40;
constexpr Unit size_units[] = {{"TiB", tib}, {"GiB", gib}, {"MiB", mib}, {"KiB", kib}};
constexpr Unit size_words[] = {{"tib", tib}, {"tb", tib}, {"t", tib},   {"gib", gib}, {"gb", gib}, {"g", gib}, {"mib", mib},
                               {"mb", mib},  {"m", mib},  {"kib", kib}, {"kb", kib},  {"k", kib},  {"b", 1}};

// "10 s", "10s" or "10000": a whole number and a unit of the list, or none.
std::optional<std::int64_t> with_unit(std::string_view given, std::span<const Unit> units) {
  const std::size_t digits = std::min(given.find_first_not_of("0123456789"), given.size());
  const auto number = whole(given.substr(0, digits));
  std::string unit{given.substr(digits)};
  unit.erase(0, std::min(unit.find_first_not_of(' '), unit.size()));
  std::transform(unit.begin(), unit.end(), unit.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (!number) return std::nullopt;
  if (unit.empty()) return number;
  for (const Unit& u : units) {
    std::int64_t value = 0;
    if (u.name == unit) return __builtin_mul_overflow(*number, u.factor, &value) ? std::nullopt : std::optional(value);
  }
  return std::nullopt;
}

// In the largest unit that leaves a whole number.
std::string in_units(std::int64_t value, std::span<const Unit> units, std::string_view smallest) {
  for (const Unit& u : units)
    if (value != 0 && value % u.factor == 0) return std::to_string(value / u.factor) + std::string(u.name);
  return std::to_string(value) + std::string(smallest);
}

std::string duration_text(std::int64_t ms) { return in_units(ms, time_units, "ms"); }
std::string size_text(std::int64_t bytes) { return in_units(bytes, size_units, ""); }

Setting named(Names names) {
  Setting s;
  s.key = std::move(names.key);
  s.flag = std::move(names.flag);
  s.doc = std::move(names.doc);
  return s;
}

using Parse = std::function<std::optional<std::int64_t>(std::string_view)>;

template <class T>
Setting number(Names names, At<T> at, Range range, Parse parse, std::function<std::string(std::int64_t)> print) {
  Setting s = named(std::move(names));
  s.set = [at, range, parse](Config& config, std::string_view given) {
    const auto value = parse(given);
    if (!value || *value < range.low || *value > range.high) return false;
    at(config) = static_cast<T>(*value);
    return true;
  };
  s.get = [at, print](Config config) { return print(static_cast<std::int64_t>(at(config))); };
  return s;
}

template <class T>
Setting whole_number(Names names, At<T> at, Range range) {
  Setting s = number<T>(std::move(names), std::move(at), range, whole, [](std::int64_t v) { return std::to_string(v); });
  s.allowed = "a whole number from " + std::to_string(range.low) + " to " + std::to_string(range.high);
  s.value_name = "NUMBER";
  s.quoted = false;
  return s;
}

}  // namespace

std::string Setting::environment() const {
  std::string name = "DUESTREAM_" + key;
  for (char& c : name) c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return open() ? name + "_" : name;
}

Setting text(Names names, At<std::string> at, std::string allowed, std::function<bool(std::string_view)> good) {
  Setting s = named(std::move(names));
  s.allowed = std::move(allowed);
  s.value_name = "TEXT";
  s.set = [at, good](Config& config, std::string_view given) {
    if (!good(given)) return false;
    at(config) = given;
    return true;
  };
  s.get = [at](Config config) { return at(config); };
  return s;
}

Setting choice(Names names, At<std::string> at, std::vector<std::string> choices) {
  std::string allowed;
  for (std::size_t i = 0; i < choices.size(); ++i) allowed += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + choices[i];
  Setting s = text(std::move(names), std::move(at), allowed,
                   [choices](std::string_view given) { return std::find(choices.begin(), choices.end(), given) != choices.end(); });
  s.value_name = "WORD";
  return s;
}

Setting switched(Names names, At<bool> at) {
  Setting s = named(std::move(names));
  s.allowed = "true or false";
  s.is_switch = true;
  s.quoted = false;
  s.set = [at](Config& config, std::string_view given) {
    if (given != "true" && given != "false") return false;
    at(config) = given == "true";
    return true;
  };
  s.get = [at](Config config) { return at(config) ? "true" : "false"; };
  return s;
}

Setting integer(Names names, At<std::int64_t> at, Range range) { return whole_number(std::move(names), std::move(at), range); }
Setting integer(Names names, At<std::int32_t> at, Range range) { return whole_number(std::move(names), std::move(at), range); }
Setting integer(Names names, At<std::size_t> at, Range range) { return whole_number(std::move(names), std::move(at), range); }

Setting milliseconds(Names names, At<int> at, Range range) {
  Setting s =
      number<int>(std::move(names), std::move(at), range, [](std::string_view t) { return with_unit(t, time_units); }, duration_text);
  s.allowed = "a duration from " + duration_text(range.low) + " to " + duration_text(range.high) + " (ms, s or min; without a unit: ms)";
  s.value_name = "DURATION";
  return s;
}

Setting bytes(Names names, At<std::size_t> at, Range range) {
  Setting s =
      number<std::size_t>(std::move(names), std::move(at), range, [](std::string_view t) { return with_unit(t, size_words); }, size_text);
  s.allowed = "a size from " + size_text(range.low) + " to " + size_text(range.high) + " (KiB, MiB, GiB; without a unit: bytes)";
  s.value_name = "SIZE";
  return s;
}

Setting bytes_or_zero(Names names, At<std::size_t> at, Range range) {
  Setting s = bytes(std::move(names), at, range);
  s.allowed = "0, or " + s.allowed;
  s.set = [at, some = s.set](Config& config, std::string_view given) {
    if (given != "0") return some(config, given);
    at(config) = 0;
    return true;
  };
  return s;
}

Setting open_section(Names names, At<std::map<std::string, std::string>> at, std::string value_name, std::string allowed) {
  Setting s = named(std::move(names));
  s.allowed = std::move(allowed);
  s.value_name = std::move(value_name);
  s.entries = std::move(at);
  return s;
}

}  // namespace due::app::config
