// stream/runtime/persist/lane.h
// Where a worker's second job runs beside it: a thread of its own; in a simulation, whatever its scheduler moves.
//
//   Errors   none: a job catches its own
//   Threads  the job runs elsewhere; the functions here belong to the worker
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace due::runtime {

class Lane {
 public:
  virtual ~Lane() = default;                          // waits for the job
  virtual void start(std::function<void()> job) = 0;  // one at a time (checked)
  virtual void wait() = 0;                            // until no job is running
};

class ThreadLane final : public Lane {
 public:
  ThreadLane();
  ~ThreadLane() override;
  void start(std::function<void()> job) override;
  void wait() override;

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable moved_;
  std::function<void()> job_;  // empty: none; guarded by mutex_, as the next
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace due::runtime
