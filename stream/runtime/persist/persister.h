// stream/runtime/persist/persister.h
// Writes and flushes the batches of persist boundaries while the worker computes on.
//
//   Shape    at most one round (a batch per task) is under way
//   Errors   the first StoreFailure of a round comes back from take() as Remedy::stop
//   Threads  a round runs on the lane; the public functions belong to the worker
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "schemas/base/result.h"
#include "stream/runtime/persist/lane.h"
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

  explicit Persister(std::unique_ptr<Lane> lane) : lane_(std::move(lane)) {}

  void start(std::vector<Job> jobs);
  Stage stage();
  // Of a round in stage flushing or done whose batches have not been announced as written yet: true once per round.
  bool take_written();
  Result<std::vector<Job>> take_done();  // stage done: the jobs, durable now; stage becomes idle
  std::vector<Job>& jobs() { return jobs_; }
  void wait_done() { lane_->wait(); }

 private:
  void work();
  void reach(Stage stage);

  std::vector<Job> jobs_;
  std::optional<Error> error_;
  std::mutex mutex_;
  Stage stage_ = Stage::idle;  // guarded by mutex_, as the next
  bool written_taken_ = true;
  std::unique_ptr<Lane> lane_;  // last: it waits for the round, which uses the others
};

}  // namespace due::runtime
