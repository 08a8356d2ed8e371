// stream/runtime/worker.h
// One thread: a member of the group, its tasks, one reader, one transactional producer. Everything hard is elsewhere; this is the loop.
//
//   Source   DESIGN 3.3 to 3.5
//   Shape    serve the group ► fetch ► compute ► commit ► persist, over and over; at most one commit in flight while computing on
//   Errors   run() returns Remedy::stop with what to do; the process ends and restart recovers
//   Clock    the log's Time
//   Threads  run() occupies one thread; stop() and figures() may be called from any
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "stream/log/log.h"
#include "stream/runtime/commit_cycle.h"
#include "stream/runtime/feed.h"
#include "stream/runtime/persister.h"
#include "stream/runtime/recovery.h"

namespace due::runtime {

struct WorkerOptions {
  std::string app = "duestream";
  std::string instance;  // app-slot-worker: static member and transactional id
  std::string topic_prefix;
  const topology::Subtopology* subtopology = nullptr;
  topology::LogicOptions logic;
  std::string logic_version;
  log::Duration session_timeout{10'000};
  log::Duration revoke_budget{5'000};
  std::chrono::microseconds commit_min{10'000}, commit_max{100'000};  // interval between commits, adapted to what a commit takes
  std::chrono::microseconds recovery_budget{2'000'000};
  std::size_t cache_bytes_max = 512U << 20;  // decoded objects of all tasks of this worker
  std::size_t queue_bytes_max = 16U << 20;   // fetched records of one input
  std::size_t fetch_records = 4'000;   // of one poll
  std::size_t slice_records = 1'000;   // steps of one task before the group and the commit are looked after again
  Task::Limits limits;
  bool until_caught_up = false;
  // Opens the rows of a task, named account-0 and so on.
  std::function<Result<std::unique_ptr<state::RowStore>>(const std::string& task)> open_rows;
  // Where persists are written beside computing.
  std::function<std::unique_ptr<Lane>()> make_lane = [] { return std::make_unique<ThreadLane>(); };
};

struct WorkerFigures {
  topology::Counts counts;  // committed by this run
  std::int64_t commits = 0, doubtful_batches = 0, persists = 0, revokes = 0, steps_folded = 0;
  std::int64_t commit_micros = 0;  // sum over commits
  std::int64_t backlog_done = 0;   // records consumed, for progress
  Hash128 digest;                  // of all tasks at the orderly stop, added up
};

class Worker {
 public:
  Worker(log::Log& log, WorkerOptions options, Report report);
  ~Worker();

  Result<WorkerFigures> run();
  void stop() { stop_ = true; }
  void crash() { crash_ = true; }  // run() returns at once and leaves everything as it is: for tests and the simulator
  std::int64_t records_done() const { return records_done_; }

 private:
  struct Slot {
    std::unique_ptr<Task> task;
    std::uint64_t epoch = 0;
    bool position_missing = false;
  };

  Status start();
  Status loop();
  void report_stand();
  Status serve_group();
  Status assigned(const std::vector<log::TopicPartition>& partitions);
  Status revoked(const std::vector<log::TopicPartition>& partitions);
  Status lost(const std::vector<log::TopicPartition>& partitions);
  Status take(std::int32_t partition);
  void drop(std::int32_t partition);
  Result<std::unique_ptr<Task>> make_task(std::int32_t partition);
  Result<Genesis> genesis(const std::string& task, std::int32_t partition);

  std::size_t compute();
  bool launch_due(bool idle) const;
  void launch(bool released, const std::vector<std::int32_t>& only);
  Status settle_in_flight(log::Duration deadline);
  Status apply(CommitCycle::Resolved resolved);
  Status release(const std::vector<std::int32_t>& partitions);

  bool persist_due() const;
  Status collect_persisted();
  Status persist_step();
  Status begin_persist();
  Status persist_all_now();
  Status orderly_stop();
  bool caught_up();
  bool others_caught_up();
  bool anything_open() const;
  Task::Now now() const;

  log::Log& log_;
  WorkerOptions options_;
  Report report_;
  std::vector<std::string> input_topics_, writer_topics_;
  std::unique_ptr<log::Membership> membership_;
  std::unique_ptr<Feed> feed_;
  std::unique_ptr<CommitCycle> cycle_;
  std::unique_ptr<Recovery> recovery_;
  std::map<std::int32_t, Slot> slots_;  // by partition; ordered, so that every run does the same
  std::vector<SealedBatch> again_;      // not committed by a doubtful transaction, ours still: first into the next one
  std::uint64_t epoch_ = 0;
  std::chrono::microseconds last_launch_{0}, commit_took_{0}, last_served_{0};  // monotonic
  std::chrono::microseconds last_stand_{0}, last_asked_{0};                       // monotonic
  std::chrono::microseconds polled_{0};                                           // spent waiting for records
  bool boundary_wanted_ = false;
  bool hungry_ = true;  // some task ran out of records
  double fold_rate_ = 100'000;  // steps per second of computing, measured
  WorkerFigures figures_;
  std::unique_ptr<Persister> persister_;
  std::atomic<bool> stop_{false}, crash_{false};
  std::atomic<std::int64_t> records_done_{0};
};

}  // namespace due::runtime
