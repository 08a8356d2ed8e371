// stream/runtime/replay/output_judge.h
// Compares every output that a fold derives with what was emitted: key, value, headers, partition and order.
//
//   Shape    the task's records of a partition must be the derived ones, one by one; other tasks' between them are passed over, and a
//            record that no task of the application wrote is additional
//   Errors   judge() and finish(): Remedy::stop, an output could not be read; a difference is none: it is counted, the first one kept
//   Threads  owned by one
#pragma once

#include <functional>
#include <optional>

#include "stream/runtime/replay/difference.h"
#include "stream/runtime/replay/emitted.h"
#include "stream/runtime/task/task.h"

namespace due::runtime {

// Where output partitions ended before a chronicle's end was asked for: what lies before belongs to a batch that is in it.
using OutputEnds = std::map<log::TopicPartition, std::int64_t>;

class OutputJudge final : public Task::Judge {
 public:
  struct Options {
    std::function<bool(std::string_view)> is_task;  // by that name, of this application
    std::size_t queue_bytes_max = 8U << 20;         // of a partition
  };
  // `task` outlives it.
  static Result<OutputJudge> open(log::Log& log, Options options, const Task& task);

  Status judge(const ChronicleRecord& record, const Machine::Taken& taken) override;
  // The whole chronicle was folded: nothing of the task may be left before these ends, where it has written.
  Status finish(const OutputEnds& ends);

  std::int64_t compared() const { return compared_; }  // outputs, equal or not
  std::int64_t differences() const { return differences_; }
  const std::optional<Difference>& first() const { return first_; }
  bool failed() const { return failed_; }  // with an error

 private:
  struct Place {
    Emitted::Source* source = nullptr;
    std::int64_t number = 0;  // of the next output there
  };
  enum class Whose { this_tasks, another_tasks, nobodys };
  struct Writer {
    Whose whose = Whose::nobodys;
    std::int64_t number = -1;
  };

  OutputJudge(Options options, const Task& task, Emitted emitted)
      : options_(std::move(options)), task_(&task), emitted_(std::move(emitted)) {}
  Result<Place*> place_of(const log::OutputRecord& derived);
  Status compare(const log::OutputRecord& derived);
  Result<bool> settle(Place& place, const log::OutputRecord& derived, const log::Record& emitted);
  Status missing(const Place& place, const log::OutputRecord& derived);
  void additional(const Place& place, const log::Record& emitted);
  Writer writer_of(const log::Record& emitted) const;
  void note(Difference difference);

  Options options_;
  const Task* task_;
  Emitted emitted_;
  std::map<std::pair<std::uint16_t, std::int32_t>, Place> places_;
  std::int64_t batch_ = -1;
  std::int64_t compared_ = 0, differences_ = 0;
  std::optional<Difference> first_;
  bool failed_ = false;
};

}  // namespace due::runtime
