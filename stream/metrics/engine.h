// stream/metrics/engine.h
// What `duestream run` exposes.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "stream/metrics/lag.h"
#include "stream/metrics/page.h"
#include "stream/runtime/telling/standing.h"

namespace due::metrics {

// What may be used of memory, in bytes: all of it, and its parts.
struct MemoryLimits {
  std::size_t all = 0, state = 0, blocks = 0, fetched = 0, outputs = 0;
};

struct EngineFacts {
  std::string version, logic;
  MemoryLimits memory;
  std::chrono::microseconds recovery_budget{0}, session_timeout{0};
};

void add_engine(Page& page, const EngineFacts& facts, std::span<const runtime::WorkerStanding> workers, std::span<const Lag> lags);

}  // namespace due::metrics
