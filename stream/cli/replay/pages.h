// stream/cli/replay/pages.h
// What replays came to, for people and for programs.
//
//   Units    seconds; events per second of the clock and of the processor; bytes
#pragma once

#include <string>
#include <vector>

#include "stream/cli/text/table.h"
#include "stream/runtime/replay/replay.h"

namespace due::cli {

struct TaskReplay {
  runtime::Replayed done;
  std::string failed;  // why it could not be done; then `done` holds nothing but the name
  double seconds = 0, cpu = 0;
};

struct ReplayPage {
  std::vector<TaskReplay> tasks;
  std::int64_t memory_peak_bytes = 0;
  bool different() const;
  bool complete() const;  // every task could be replayed
};

std::string as_text(const ReplayPage& page, Colours colours);
std::string as_json(const ReplayPage& page);

}  // namespace due::cli
