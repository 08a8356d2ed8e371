// stream/metrics/sink.h
// What `duestream sink` exposes.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "stream/metrics/lag.h"
#include "stream/metrics/page.h"

namespace due::metrics {

struct SinkFacts {
  std::string version, name;
  std::map<std::string, std::int64_t> rows;  // by table
  std::int64_t repeated = 0, waits = 0;
  runtime::Spread transactions;
  bool database_up = false;
};

void add_sink(Page& page, const SinkFacts& facts, std::span<const Lag> lags);

}  // namespace due::metrics
