// stream/runtime/persister.h
// Writes and flushes the batches of persist boundaries while the worker computes on.
//
//   Shape    at most one round (a batch per task) is under way
//   Errors   the first StoreFailure of a round comes back from take() as Remedy::stop
//   Threads  one thread of its own; the public functions belong to the worker
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "schemas/base/result.h"
#include "stream/runtime/task/task.h"

namespace due::runtime {

class Persister {
 public:
  struct Job {
    Task* task = nullptr;
    state::RowStore* rows = nullptr;
    Task::Persist persist;
  };
  enum class Stage { idle, writing, flushing, done };

  Persister();
  ~Persister();
  Persister(const Persister&) = delete;
  Persister& operator=(const Persister&) = delete;

  void start(std::vector<Job> jobs);
  Stage stage();
  // Of a round in stage flushing or done whose batches have not been announced as written yet: true once per round.
  bool take_written();
  Result<std::vector<Job>> take_done();  // stage done: the jobs, durable now; stage becomes idle
  std::vector<Job>& jobs() { return jobs_; }
  void wait_done();

 private:
  void work();
  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<Job> jobs_;
  Stage stage_ = Stage::idle;
  bool written_taken_ = true;
  bool stop_ = false;
  std::optional<Error> error_;
  std::thread thread_;
};

}  // namespace due::runtime
