// tests/bench/latency/measure.h
// What the latency of an event is measured with: when it should have been sent, which event a decision is of, percentiles.
//
//   Units    nanoseconds of a steady clock; rates in events per second
//   Clock    none: the caller says what time it is
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace due::bench {

// Event n is due at n / rate, whatever became of those before it: whoever is late finds a queue, as in life.
struct Schedule {
  std::int64_t start = 0;
  std::int64_t rate = 1;
  std::int64_t at(std::int64_t n) const {
    return start + static_cast<std::int64_t>(static_cast<double>(n) * 1e9 / static_cast<double>(rate));
  }
  std::int64_t due_by(std::int64_t now) const {  // how many should have been sent by then
    if (now < start) return 0;
    return static_cast<std::int64_t>(static_cast<double>(now - start) * static_cast<double>(rate) / 1e9) + 1;
  }
};

// The text of the first member of that name: `field` is `"event_id":"`. Ids of the workload hold no escapes.
inline std::optional<std::string_view> text_of(std::string_view json, std::string_view field) {
  const std::size_t at = json.find(field);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t begin = at + field.size();
  const std::size_t end = json.find('"', begin);
  return end == std::string_view::npos ? std::nullopt : std::optional(json.substr(begin, end - begin));
}

// The smallest value that at least this share of all does not exceed; `sorted` ascending and not empty.
inline std::int64_t percentile(const std::vector<std::int64_t>& sorted, double share) {
  const double rank = share * static_cast<double>(sorted.size());
  auto index = static_cast<std::size_t>(rank);
  if (static_cast<double>(index) == rank && index > 0) --index;
  return sorted[std::min(index, sorted.size() - 1)];
}

// An event's way, instants of one clock: when it should have been sent, when its decision was in the broker's log, not committed yet
// (whole milliseconds), and when a reader had it.
struct Way {
  std::int64_t due = 0, in_log = 0, readable = 0;
};

// How long a part of the way took, ascending: parts_of(ways, &Way::in_log, &Way::readable).
inline std::vector<std::int64_t> parts_of(const std::vector<Way>& ways, std::int64_t Way::*from, std::int64_t Way::*to) {
  std::vector<std::int64_t> took;
  took.reserve(ways.size());
  for (const Way& way : ways) took.push_back(way.*to - way.*from);
  std::sort(took.begin(), took.end());
  return took;
}

}  // namespace due::bench
