// stream/cli/run.h
// `duestream run`: the engine. Joins the group, recovers its tasks, decides until it is stopped or caught up.
// `duestream recover`: the same without deciding: it ends when its tasks are recovered and sealed.
#pragma once

#include <string>
#include <vector>

#include "stream/cli/memory/shares.h"
#include "stream/cli/wire.h"

namespace due::cli {

struct RunArguments {
  LogChoice log;
  AppChoice app;
  int workers = 1;
  std::string state_directory = ".state";
  CheckpointChoice checkpoints;
  bool until_caught_up = false;
  bool seal_only = false;  // recover
  bool json = false;
  int session_timeout_ms = 10'000;
  int commit_min_ms = 10, commit_max_ms = 100;
  int merge_wait_ms = 5'000;
  int recovery_budget_ms = 2'000;
  std::string standby = "off";  // off, all, or how many
  std::size_t memory_bytes = 1U << 30;  // of the process, all in all
  std::size_t cache_bytes = 0;          // of decoded state; 0: derived from it
  std::size_t batch_records = 20'000;
  topology::LogicOptions logic;

  MemoryChoice memory() const { return {memory_bytes, cache_bytes, workers}; }
};

// Settings that are allowed each by itself, and not together: a line for each pair, which says what is.
std::vector<std::string> contradictions(const RunArguments& arguments);

int run(const RunArguments& arguments, Wire& wire);

}  // namespace due::cli
