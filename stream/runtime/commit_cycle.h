// stream/runtime/commit_cycle.h
// The exactly-once state machine of one worker: a transaction is launched, and its outcome becomes known, whatever happens.
//
//   Source   DESIGN 3.3. There is no abort and no undo: a batch is committed, sent again, or its task is lost
//   Errors   Remedy::stop: the id was fenced again and again, or positions stay unanswerable
//   Threads  owned by one worker
//
//      idle ──launch()──► in_flight ──clean──► idle  (committed)
//                            │
//                            └─doubtful, or no answer in time─► destroy the producer, open its id again (ends and fences what is
//                               on its way), read the stable positions:  names this batch ► committed
//                                                                        names the one before ► again
//                                                                        anything else ► gone: the task is not ours
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/log/log.h"
#include "stream/runtime/telling/report.h"
#include "stream/runtime/task/task.h"

namespace due::runtime {

class CommitCycle {
 public:
  struct Options {
    std::string group;
    log::CommitterOptions committer;
    std::chrono::microseconds answer_max{30'000'000};  // of a commit; then it is doubtful
    int reopens_per_minute_max = 60;  // a rebalance costs one; two processes with one id fence each other hundreds of times
  };
  // What became of the batches of a transaction.
  struct Resolved {
    std::vector<SealedBatch> committed, again, gone;
    std::optional<EventTime> log_time;
    std::chrono::microseconds took{0};
  };

  CommitCycle(log::Log& log, Options options, Report report) : log_(log), options_(std::move(options)), report_(std::move(report)) {}

  Status open();  // fences every older holder of the id
  bool in_flight() const { return in_flight_; }
  const std::vector<SealedBatch>& sent() const { return batches_; }  // while it is in flight, and where its outcome is an error
  void launch(std::vector<SealedBatch> batches, const log::Identity& identity);
  // The outcome, once known within the deadline. Resolving a doubtful one takes longer than that.
  Result<std::optional<Resolved>> poll(log::Duration deadline);
  // The outcome, whatever it takes: after `budget` the own id is fenced, which settles it.
  Result<Resolved> settle(log::Duration budget);

 private:
  Result<Resolved> resolve(const std::string& why);
  Resolved all_committed(const log::Committed& answer);

  log::Log& log_;
  Options options_;
  Report report_;
  std::unique_ptr<log::Committer> committer_;
  std::vector<SealedBatch> batches_;
  bool in_flight_ = false;
  std::chrono::microseconds launched_{0};
  std::int64_t number_ = 0;
  std::deque<std::chrono::microseconds> reopened_;
};

}  // namespace due::runtime
