// stream/cli/replay/replay.h
// `duestream replay`: does again what the chronicle says, and compares every output with what was emitted.
//
//   Source   stream/runtime/replay: the fold of a recovery, beside the engine, on a state of its own
//   Errors   Exit::ok: equal; Exit::failed: different, with the first difference in full; Exit::usage: it could not be done, and why
#pragma once

#include "stream/cli/wire.h"

namespace due::cli {

struct ReplayArguments {
  LogChoice log;
  AppChoice app;
  topology::LogicOptions logic;
  std::size_t cache_bytes = 512U << 20;
  CheckpointChoice checkpoints;
  std::vector<std::string> tasks;   // nothing: all
  std::string from = "beginning";   // or checkpoint, or checkpoint:SEQ
  std::optional<std::int64_t> to;   // the last batch
  std::string work;                 // where the state goes; empty: a temporary folder
  bool keep = false;
  bool json = false;
};

int replay(const ReplayArguments& arguments, Wire& wire);

}  // namespace due::cli
