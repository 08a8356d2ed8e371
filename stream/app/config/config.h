// stream/app/config/config.h
// Every setting of duestream, typed. A default is what a member here begins as; names, ranges and documentation are in table.cc.
#pragma once

#include "stream/cli/ledger/sink.h"
#include "stream/cli/run.h"
#include "stream/cli/wire.h"

namespace due::app::config {

struct Config {
  cli::LogChoice log;     // [log] [kafka] [topics]
  cli::AppChoice app;     // [app] [http]
  cli::RunArguments run;  // [run] [rules]; its own log and app are given by the verb
  cli::SinkArguments sink;  // [sink]; its own log is given by the verb
};

}  // namespace due::app::config
