#include "stream/cli/inspect/moment.h"

#include <charconv>

namespace due::cli {
namespace {

template <class T>
bool whole(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty() && number >= 0;
}

}  // namespace

std::optional<runtime::Moment> parse_moment(std::string_view text) {
  runtime::Moment m;
  const std::size_t second = text.rfind(':');
  if (second == text.npos) {
    if (!whole(text, m.batch.emplace())) return std::nullopt;
    return m;
  }
  const std::size_t first = second == 0 ? text.npos : text.rfind(':', second - 1);
  if (first == text.npos || first == 0) return std::nullopt;
  m.topic = text.substr(0, first);
  if (!whole(text.substr(first + 1, second - first - 1), m.partition) || !whole(text.substr(second + 1), m.offset)) return std::nullopt;
  return m;
}

}  // namespace due::cli
