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

struct EngineFacts {
  std::string version, logic;
  std::size_t cache_bytes_max = 0;
  std::chrono::microseconds recovery_budget{0}, session_timeout{0};
};

void add_engine(Page& page, const EngineFacts& facts, std::span<const runtime::WorkerStanding> workers, std::span<const Lag> lags);

}  // namespace due::metrics
