// stream/log/embedded/system_time.h
// The clocks of the machine.
//
//   Units    wall: whole milliseconds, as Kafka stamps records; monotonic: microseconds since the machine was started
//   Threads  any
#pragma once

#include <thread>

#include "stream/log/log.h"

namespace due::log::embedded {

class SystemTime final : public Time {
 public:
  EventTime wall() override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::floor<std::chrono::milliseconds>(since).count() * 1'000};
  }
  std::chrono::microseconds monotonic() override {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
  void sleep(Duration duration) override { std::this_thread::sleep_for(duration); }
};

}  // namespace due::log::embedded
