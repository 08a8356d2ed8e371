// stream/cli/inspect/inspect.h
// `duestream inspect ID`: what is remembered of a customer, the features now, the last decisions and why.
//
//   Source   the durable rows of the customer's task, opened to read, and the fold of what the chronicle holds behind them: the same
//            as the engine remembers, up to the last committed batch, whether it runs or not (docs/decisions/0012). Of the past: the
//            fold from the beginning, or from a checkpoint before it, up to a batch or to the step that took a record
//   Errors   Exit::failed: nobody by that id (with a near one, if there is one), or the log or the state cannot be read
#pragma once

#include "stream/cli/wire.h"

namespace due::cli {

struct InspectArguments {
  LogChoice log;
  AppChoice app;
  topology::LogicOptions logic;
  std::string state_directory = ".state";
  std::size_t cache_bytes = 512U << 20;
  std::string customer;
  CheckpointChoice checkpoints;  // to begin with, where as_of is a batch
  std::string as_of;  // of which moment; empty: now
  std::string day;  // YYYY-MM-DD; empty: the newest of the account's and the task's
  std::size_t decisions = 10;
  std::size_t rows_max = 20;
  std::int64_t look_back = 1'000'000;  // records of a partition that are looked at for the customer's decisions and documents' ids
  bool json = false;
};

int inspect(const InspectArguments& arguments, Wire& wire);

}  // namespace due::cli
