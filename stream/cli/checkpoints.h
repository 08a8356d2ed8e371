// stream/cli/checkpoints.h
// `duestream checkpoints`: which there are, of what, and whether they are whole.
//
//   Errors   Exit::failed: one is damaged, with the file; Exit::usage: no directory is named
#pragma once

#include "stream/cli/wire.h"

namespace due::cli {

struct CheckpointsArguments {
  CheckpointChoice checkpoints;
  bool verify = false;  // reads every file
  bool json = false;
};

int checkpoints(const CheckpointsArguments& arguments);

}  // namespace due::cli
