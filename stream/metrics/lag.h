// stream/metrics/lag.h
// How far an input is behind.
//
//   Units    records; seconds that the oldest of them has been there, as far back as it was looked at
#pragma once

#include <cstdint>
#include <string>

namespace due::metrics {

struct Lag {
  std::string task;  // empty: of a sink
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t records = 0;
  double seconds = 0;
  bool standby = false;  // of a task that is only folded here
};

}  // namespace due::metrics
