// stream/runtime/log_clock.h
// What the log's clock says, as last seen at an append and carried on by the monotonic clock: the measure for the machine's own.
//
//   Source   DESIGN 3.1: a tick further ahead of the log's time is refused. Ticks are compared before anything is computed with them
//   Units    microseconds
//   Clock    none: the caller hands in what it read
#pragma once

#include <chrono>
#include <optional>

#include "schemas/base/event_time.h"

namespace due::runtime {

class LogClock {
 public:
  static constexpr std::int64_t ahead_max_micros = 300'000'000;

  bool known() const { return seen_.has_value(); }
  // `time` was the log's somewhere within the `took` that ended at `now`.
  void seen(EventTime time, std::chrono::microseconds took, std::chrono::microseconds now) {
    seen_ = Seen{time.plus_micros(took.count()), now};
  }
  // How far the machine's clock is ahead of the log's, where that is more than a tick may be.
  std::optional<std::int64_t> too_far_ahead(EventTime wall, std::chrono::microseconds now) const {
    if (!seen_) return std::nullopt;
    const std::int64_t ahead = wall.micros - seen_->time.micros - (now - seen_->at).count();
    return ahead > ahead_max_micros ? std::optional(ahead) : std::nullopt;
  }

 private:
  struct Seen {
    EventTime time;
    std::chrono::microseconds at;
  };
  std::optional<Seen> seen_;
};

}  // namespace due::runtime
