// stream/cli/chronicle/chronicle.h
// `duestream chronicle`: what a task did, batch by batch; and whether all of it holds together.
//
//   Errors   Exit::failed: something does not hold (--verify), with the record; or it cannot be read. Exit::usage: it could not be
//            verified, and why
#pragma once

#include "stream/cli/wire.h"

namespace due::cli {

struct ChronicleArguments {
  LogChoice log;
  AppChoice app;
  std::vector<std::string> tasks;        // nothing: all
  std::optional<std::int64_t> from, to;  // batches, both included
  std::optional<std::size_t> last;       // of each task, the newest
  bool verify = false;
  bool json = false;
};

int chronicle(const ChronicleArguments& arguments, Wire& wire);

}  // namespace due::cli
