// stream/runtime/look/look.h
// A task as the log has it, for whoever wants to look: its durable rows, and on top the fold of what its chronicle holds behind them.
// Commits nothing, fences nobody, waits for nothing that is not visible yet; the owner may run meanwhile.
//
//   Source   DESIGN 3.5, steps 4 and 5 alone
//   Errors   Remedy::stop: as a recovery; or the chronicle goes on with another logic version than the one that is asked for
//   Threads  the caller's
#pragma once

#include <memory>

#include "stream/runtime/task_factory.h"

namespace due::runtime {

struct Look {
  std::unique_ptr<Task> task;
  std::int64_t records_folded = 0, steps_folded = 0;
};

// `options.open_rows` must open rows whose changes stay in memory. Every object is in its rows afterwards.
// `spine`: the partition that names the task, with the topic's name in the log.
Result<Look> look_at(log::Log& log, const WorkerOptions& options, const log::TopicPartition& spine);

}  // namespace due::runtime
