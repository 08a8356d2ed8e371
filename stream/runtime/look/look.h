// stream/runtime/look/look.h
// A task as the log has it, for whoever wants to look: its durable rows, and on top the fold of what its chronicle holds behind them.
// Commits nothing, fences nobody, waits for nothing that is not visible yet; the owner may run meanwhile.
//
//   Source   DESIGN 3.5, steps 4 and 5 alone
//   Errors   as LogFold; or the moment that is asked for has not come yet, or lies before the rows
//   Threads  the caller's
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "stream/runtime/task_factory.h"

namespace due::runtime {

struct Look {
  std::unique_ptr<Task> task;
  std::int64_t records_folded = 0, steps_folded = 0;
};

// A moment of the past: behind a batch of the chronicle, or behind the step that took a record of an input.
struct Moment {
  std::optional<std::int64_t> batch;
  std::string topic;  // without prefix; empty: none
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

// `options.open_rows` must open rows whose changes nobody else sees. Every object is in its rows afterwards.
// `spine`: the partition that names the task, with the topic's name in the log.
Result<Look> look_at(log::Log& log, const WorkerOptions& options, const log::TopicPartition& spine);
// The same as of then: of a batch that is not behind the rows. Where it lies within a batch, task->last() is the one before.
Result<Look> look_at(log::Log& log, const WorkerOptions& options, const log::TopicPartition& spine, const Moment& moment);

}  // namespace due::runtime
