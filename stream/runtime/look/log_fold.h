// stream/runtime/look/log_fold.h
// A task folded from the log alone, from where it stands up to a point that is named: what looks and replays share. Commits nothing,
// fences nobody, waits for nothing that is not visible yet; the owner may run meanwhile.
//
//   Source   DESIGN 3.5, step 5 alone; 3.6
//   Errors   Remedy::stop: as a recovery; or the chronicle goes on with another logic version than the one that is asked for
//   Limits   fetched records: `queue_bytes_max` an input; what changed goes into the task's rows before it exceeds `changed_bytes_max`
//   Threads  the caller's
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "stream/runtime/reading/chronicle_reader.h"
#include "stream/runtime/reading/feed.h"
#include "stream/runtime/task/task.h"

namespace due::runtime {

class LogFold {
 public:
  struct Options {
    std::string logic_version;
    std::size_t queue_bytes_max = 16U << 20;
    std::size_t changed_bytes_max = SIZE_MAX;
    const std::atomic<bool>* interrupted = nullptr;  // true: the fold ends with an error
  };
  // What comes first ends the fold.
  struct Until {
    std::int64_t end = 0;          // of the chronicle: the offset behind its last record
    std::int64_t seq = INT64_MAX;  // of the last batch
    struct Place {
      std::size_t input = 0;
      std::int64_t offset = 0;
    };
    std::optional<Place> place;  // the last record; the batch that took it may be folded in part
  };

  // `task` is open and outlives it.
  static Result<LogFold> open(log::Log& log, Options options, Task& task);
  Status run(const Until& until);

  struct Figures {
    std::int64_t records = 0, steps = 0;  // of the chronicle; records and ticks
    std::int64_t events = 0;              // records of inputs
    std::int64_t digests = 0;             // digest points that were compared
  };
  const Figures& figures() const { return figures_; }
  // Of an error: log and program do not agree. Otherwise something could not be read.
  bool diverged() const { return diverged_; }
  bool reached() const { return reached_; }  // the place of Until
  // The chronicle record at which the fold stands, or ended.
  std::int64_t seq() const { return seq_; }

 private:
  LogFold(log::Log& log, Options options, Feed feed, Task& task)
      : log_(&log), options_(std::move(options)), feed_(std::move(feed)), task_(&task), moved_(log.time().monotonic()) {}
  Status begin(const ChronicleRecord& record, Hash128 hash);
  Status fold(const Until& until, const ChronicleRecord& record);
  Status fold_to(const Until::Place& place);
  Result<Task::Folded> step(std::size_t steps_max);
  Status fetch();
  Status wait(const std::string& what) const;

  log::Log* log_;
  Options options_;
  Feed feed_;
  Task* task_;
  std::chrono::microseconds moved_;  // when something came last
  bool reads_inputs_ = false, diverged_ = false, reached_ = false;
  std::int64_t seq_ = -1;
  Figures figures_;
};

}  // namespace due::runtime
