// stream/cli/ledger/sink.h
// `duestream sink`: decisions, dead letters and events into PostgreSQL, each row exactly once.
#pragma once

#include <string>

#include "stream/cli/wire.h"

namespace due::cli {

struct SinkArguments {
  LogChoice log;
  AppChoice app;  // how it logs
  std::string to;  // as libpq takes it
  std::string name = "main";
  std::string topics;            // comma-separated; empty: all
  std::string migrate = "auto";  // never: a schema that lacks something is an error
  std::size_t batch_bytes = 16U << 20;
  int linger_ms = 100;
  bool from_beginning = false;
  bool until_caught_up = false;
  bool json = false;
};

int sink(const SinkArguments& arguments, Wire& wire);
int migrate(const SinkArguments& arguments);  // `duestream migrate`: the schema alone

}  // namespace due::cli
