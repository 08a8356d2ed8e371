// stream/runtime/worker.h
// One thread: a member of the group, its tasks, one reader, one transactional producer. Everything hard is elsewhere; this is the loop.
//
//   Source   DESIGN 3.3 to 3.5
//   Shape    serve the group ► fetch ► recover ► compute ► commit ► persist, over and over; at most one commit in flight while
//            computing on, and recoveries go by small steps beside the tasks that are live
//   Errors   run() returns Remedy::stop with what to do; the process ends and restart recovers. A step that cannot be taken
//            (StepFailure) stops its task alone: the others go on, health and figures say so
//   Clock    the log's Time
//   Threads  run() occupies one thread; stop(), records_done() and standing() may be called from any
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "stream/log/log.h"
#include "stream/runtime/commit_cycle.h"
#include "stream/runtime/reading/feed.h"
#include "stream/runtime/reading/topic_watch.h"
#include "stream/runtime/log_clock.h"
#include "stream/runtime/persist/persister.h"
#include "stream/runtime/recovery.h"
#include "stream/runtime/standby/standbys.h"
#include "stream/runtime/task_factory.h"
#include "stream/runtime/telling/standing.h"
#include "stream/runtime/worker_options.h"

namespace due::runtime {

struct WorkerFigures {
  topology::Counts counts;  // committed by this run
  std::int64_t commits = 0, doubtful_batches = 0, persists = 0, revokes = 0, steps_folded = 0;
  std::int64_t standby_steps = 0;  // folded for tasks of others
  std::int64_t promoted = 0;  // tasks that a standby had folded
  std::int64_t commit_micros = 0;  // sum over commits
  std::int64_t persisted_bytes = 0;
  Spread commits_took;
  std::int64_t backlog_done = 0;   // records consumed, for progress
  bool sealed = false;             // stopped in an orderly way: all that was computed is committed, persisted and sealed
  std::int64_t tasks_sealed = 0;   // then: how many
  Hash128 digest;                  // then: of all tasks, added up
  std::map<std::string, std::string> stopped;  // by task: why it could not go on, in a sentence; of those that were ours in the end
};

class Worker {
 public:
  Worker(log::Log& log, WorkerOptions options, Report report);
  ~Worker();

  Result<WorkerFigures> run();
  // The same in pieces, for whoever schedules workers himself: start(), turn() while there is more, finish() unless it crashed.
  enum class Turn { more, over };
  Status start();
  Result<Turn> turn();
  Result<WorkerFigures> finish();

  void stop() { stop_ = true; }
  void crash() { crash_ = true; }  // run() returns at once and leaves everything as it is: for tests and the simulator
  std::int64_t records_done() const { return records_done_; }
  WorkerStanding standing() const { return board_.read(); }  // at most some 200 ms old while it turns

 private:
  struct Slot {
    std::unique_ptr<Task> task;
    std::uint64_t epoch = 0;
    bool position_missing = false;
  };
  // A task on its way to a slot. Without a task: to be made, for the first time or anew.
  struct Recovering {
    std::unique_ptr<Task> task;
    std::unique_ptr<Recovery> recovery;
    int tries = 0;
    std::chrono::microseconds since = std::chrono::microseconds::max();  // assigned; monotonic. max: it may have been another's since
  };
  // A task that cannot go on. Its partition stays ours, and nothing is done with it, until the group gives it anew or the process restarts.
  struct Stopped {
    std::string why;        // as a sentence that names the task
    TaskStanding standing;  // as it was, and why it does not decide
  };
  enum class Rest { committed, dropped };  // what becomes of steps that were computed and not launched, when a task is released

  Status once();
  void report_stand();
  void say_standing();
  Error naming_what_was_sent(const Error& error) const;
  Status serve_group();
  Status revoked(const std::vector<log::TopicPartition>& partitions);
  Status lost(const std::vector<log::TopicPartition>& partitions);
  void drop(const log::TopicPartition& spine);
  Status stop_task(const log::TopicPartition& spine, const std::string& why);
  void assigned(const log::TopicPartition& spine);
  Status standby_turn();
  Status recover();
  Result<Recovery::Step> recover(const log::TopicPartition& spine, Recovering& r);

  Result<std::size_t> compute();
  void ask_log_time();
  bool launch_due(bool idle) const;
  void launch();
  bool sent_again(const log::TopicPartition& spine) const;
  Status settle_in_flight(log::Duration deadline);
  Status settle_now();
  Status apply(CommitCycle::Resolved resolved);
  Status release(const std::vector<log::TopicPartition>& spines, Rest rest);
  Status commit_rest();
  Status seal_all();
  bool all_recovered() const;

  bool tail_is_long() const;      // for the recovery that is wanted
  bool too_much_changed() const;  // for the memory there is
  std::vector<log::TopicPartition> spines() const;
  Status collect_persisted();
  Status persist_step();
  Status persist_next();
  Status persist_all();
  std::optional<log::TopicPartition> next_to_persist() const;
  Status begin_persist(const std::vector<log::TopicPartition>& spines);
  Status persist_all_now();
  bool caught_up();
  bool others_caught_up();
  bool internal_inputs_read();
  bool nothing_within(const log::TopicPartition& partition, std::int64_t from, std::int64_t end);
  bool anything_open() const;
  Task::Now now() const;

  log::Log& log_;
  WorkerOptions options_;
  Report report_;
  TaskFactory factory_;
  Recovery::Options recovery_options_;
  std::unique_ptr<log::Membership> membership_;
  std::unique_ptr<Feed> feed_;
  std::unique_ptr<TopicWatch> topics_;
  std::unique_ptr<CommitCycle> cycle_;
  std::map<log::TopicPartition, Slot> slots_;             // live, by spine; ordered, so that every run does the same
  std::map<log::TopicPartition, Recovering> recovering_;  // ours, and not live yet
  std::map<log::TopicPartition, Stopped> stopped_;        // ours, and given up
  std::vector<SealedBatch> again_;      // not committed by a doubtful transaction, ours still: first into the next one
  std::uint64_t epoch_ = 0;
  std::chrono::microseconds last_launch_{0}, commit_took_{0}, last_served_{0};  // monotonic
  std::chrono::microseconds last_stand_{0}, last_said_{0}, last_asked_{0};       // monotonic
  std::chrono::microseconds joined_at_{0};                                        // monotonic
  std::chrono::microseconds polled_{0};                                           // spent waiting for records
  bool boundary_wanted_ = false;  // no task computes until all are at a boundary
  std::optional<log::TopicPartition> persists_next_;  // whose turn it is: does not compute until it is at a boundary
  log::TopicPartition persisted_last_;                // whose turn it was
  bool hungry_ = true;            // some task ran out of records
  bool worked_ = false;           // some task took a step when it last could
  bool recovery_moved_ = false;   // in the last turn, as the next
  bool standby_moved_ = false;
  LogClock log_clock_;
  double fold_rate_ = 100'000;  // steps per second of computing, measured
  WorkerFigures figures_;
  CacheStanding cache_of_gone_;  // counts of the caches of tasks that are no longer ours
  Board board_;
  std::unique_ptr<Standbys> standbys_;   // null: none are wanted
  std::unique_ptr<Persister> persister_;  // behind all tasks that it writes
  std::atomic<bool> stop_{false}, crash_{false};
  std::atomic<std::int64_t> records_done_{0};
};

TaskStanding standing_of(Task& task);  // a live one's
CacheStanding& operator+=(CacheStanding& sum, const state::ObjectCache& cache);  // its counts, not its bytes

}  // namespace due::runtime
