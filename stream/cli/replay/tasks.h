// stream/cli/replay/tasks.h
// The tasks that an application has, by the names that people give them, and what it takes to fold them beside it.
//
//   Errors   stop: there are no topics; a name that no task has, with those that there are
#pragma once

#include <string>
#include <vector>

#include "stream/cli/wire.h"
#include "stream/runtime/worker_options.h"

namespace due::cli {

struct TaskPlace {
  std::string name;  // account-2
  log::TopicPartition spine, chronicle;
  std::size_t siblings = 1;  // tasks of its subtopology, itself included
};

// Those that are named; all, where none is.
Result<std::vector<TaskPlace>> task_places(log::Log& log, const topology::Description& topology, const std::string& prefix,
                                           const std::vector<std::string>& names);

// Of the application as it runs. `verb` tells its transactional id apart, which is never opened.
runtime::WorkerOptions options_beside(const AppChoice& app, const LogChoice& log, const topology::LogicOptions& logic, Wire& wire,
                                      const std::string& verb);

}  // namespace due::cli
