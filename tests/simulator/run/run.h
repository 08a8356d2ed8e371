// tests/simulator/run/run.h
// One seed from beginning to end: faults, healing, convergence, an orderly stop, a fold of everything from nothing, and the oracle.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/world/world.h"

namespace due::sim {

struct RunOptions {
  PlanOptions plan;
  bool telling = false;
  bool judged = true;  // by the oracle; a second run of the same trace need not be
};

struct Run {
  std::string plan;  // in words
  std::uint64_t trace = 0;
  std::optional<Violation> violation;
  std::map<std::string, std::int64_t> rare_paths;
  PointCounts points;
  std::vector<std::string> story;
  Micros virtual_time = 0;
  std::uint64_t switches = 0;
  std::int64_t records = 0;  // of all partitions
};

Run run_seed(std::uint64_t seed, const RunOptions& options);

}  // namespace due::sim
