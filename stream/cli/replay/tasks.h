// stream/cli/replay/tasks.h
// The tasks that an application has, by the names that people give them.
//
//   Errors   stop: there are no topics; a name that no task has, with those that there are
#pragma once

#include <string>
#include <vector>

#include "stream/cli/wire.h"

namespace due::cli {

struct TaskPlace {
  std::string name;  // account-2
  log::TopicPartition spine, chronicle;
  std::size_t siblings = 1;  // tasks of its subtopology, itself included
};

// Those that are named; all, where none is.
Result<std::vector<TaskPlace>> task_places(log::Log& log, const topology::Description& topology, const std::string& prefix,
                                           const std::vector<std::string>& names);

}  // namespace due::cli
