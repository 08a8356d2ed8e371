// stream/runtime/telling/standing.h
// Where a worker and its tasks stand, as it last said: for metrics and health, which never ask the worker itself.
//
//   Shape    a copy, made by the worker a few times a second and never per event; totals are since the process began
//   Units    microseconds, bytes, steps, records
//   Threads  Board: one writes, any reads
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "schemas/base/event_time.h"
#include "stream/runtime/telling/spread.h"
#include "topology/graph/logic.h"

namespace due::runtime {

struct InputStanding {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t next = 0;  // offset of the next record to be consumed
  bool at_end = false;    // there was nothing behind it
};

struct TaskStanding {
  std::string task;
  std::string stage;    // live, or that of its recovery
  std::string why_not;  // it does not decide yet; empty: it does
  EventTime time;       // task time
  std::int64_t tail_steps = 0;  // to be folded again after a crash now
  std::vector<InputStanding> inputs;
};

// Of a task that is folded here and owned elsewhere.
struct StandbyStanding {
  std::string task;
  std::string failed;           // why it is not folded any more; empty: it is
  std::int64_t steps_folded = 0;
  std::int64_t tail_steps = 0;  // behind its durable state
  std::vector<InputStanding> inputs;
};

struct CacheStanding {
  std::uint64_t found = 0, loaded = 0, absent = 0, evicted = 0;
  std::size_t bytes = 0, changed_bytes = 0;
};

struct WorkerStanding {
  std::string instance;
  std::chrono::microseconds at{0};  // monotonic; 0: nothing has been said yet
  bool member = false;              // of the group
  std::vector<TaskStanding> tasks;
  std::vector<StandbyStanding> standbys;
  topology::Counts counts;  // committed
  Spread commits;
  CacheStanding cache;
  std::int64_t doubtful_batches = 0, persists = 0, persisted_bytes = 0, revokes = 0, steps_folded = 0;
  std::int64_t standby_steps = 0;
  double fold_rate = 0;  // steps per second
  std::chrono::microseconds recovery_estimate{0};  // of folding the tails of all its tasks
};

class Board {
 public:
  void write(WorkerStanding standing) {
    const std::lock_guard lock(mutex_);
    standing_ = std::move(standing);
  }
  WorkerStanding read() const {
    const std::lock_guard lock(mutex_);
    return standing_;
  }

 private:
  mutable std::mutex mutex_;
  WorkerStanding standing_;
};

}  // namespace due::runtime
