// stream/cli/watched/lag_meter.h
// How far inputs are behind: asks where they end, once a second, on a thread of its own.
//
//   Shape    how old a lag is follows from when an end was first seen to lie past the position, not from the records' timestamps: a past
//            that is loaded today has waited since today
//   Errors   where an end cannot be asked, all stay as they were
//   Threads  lags() from any
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "stream/log/log.h"
#include "stream/metrics/lag.h"

namespace due::cli {

// When which end was seen, of one input.
class LagHistory {
 public:
  // At `now` the input ended at `end` and was consumed up to `next`; how many seconds the oldest record between has been there.
  double seconds(std::chrono::microseconds now, std::int64_t next, std::int64_t end);

 private:
  struct Seen {
    std::chrono::microseconds at;
    std::int64_t end;
  };
  std::deque<Seen> seen_;  // ends rise; the first lies past what is consumed
};

class LagMeter {
 public:
  struct Place {
    std::string task;
    log::TopicPartition partition;
    std::int64_t next = 0;
    bool at_end = false;  // known, so that nobody need ask
    bool standby = false;  // of a task that another process owns
  };
  LagMeter(log::Log& log, std::function<std::vector<Place>()> places);
  ~LagMeter();

  std::vector<metrics::Lag> lags() const;

 private:
  void measure();

  log::Log& log_;
  std::function<std::vector<Place>()> places_;
  std::map<std::pair<std::string, log::TopicPartition>, LagHistory> histories_;  // by task and input; of the thread alone
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;  // guarded by mutex_, as the next
  std::vector<metrics::Lag> lags_;
  std::thread thread_;
};

}  // namespace due::cli
