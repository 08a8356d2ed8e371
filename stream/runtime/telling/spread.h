// stream/runtime/telling/spread.h
// How long something took, each time: counts by upper bound, and the sum.
//
//   Units    microseconds in; bounds in seconds, each included in its bucket
//   Threads  none
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace due::runtime {

struct Spread {
  static constexpr std::array<double, 14> bounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

  std::array<std::int64_t, bounds.size()> counts{};  // of each bucket alone; what took longer than the last bound is in `count` only
  std::int64_t count = 0, sum_micros = 0;

  void add(std::chrono::microseconds took) {
    ++count;
    sum_micros += took.count();
    for (std::size_t i = 0; i < bounds.size(); ++i)
      if (static_cast<double>(took.count()) <= bounds[i] * 1e6) {
        ++counts[i];
        return;
      }
  }
  void add(const Spread& o) {
    count += o.count;
    sum_micros += o.sum_micros;
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += o.counts[i];
  }
};

}  // namespace due::runtime
