// stream/cli/watched/engine_pages.h
// /metrics, /health/live and /health/ready of `duestream run`.
//
//   Source   docs/metrics.md
//   Shape    live: every worker has turned lately. Ready: every worker is a member of the group, and every task of theirs decides;
//            standbys do not count
//   Threads  pages are made on the server's threads, from what the workers said last
#pragma once

#include <functional>
#include <vector>

#include "stream/cli/watched/lag_meter.h"
#include "stream/http/server.h"
#include "stream/metrics/engine.h"

namespace due::cli {

using Standings = std::function<std::vector<runtime::WorkerStanding>()>;

// Where the inputs of all tasks stand.
std::vector<LagMeter::Place> places_of(const std::vector<runtime::WorkerStanding>& workers);

http::Answer live(const std::vector<runtime::WorkerStanding>& workers, std::chrono::microseconds now);
http::Answer ready(const std::vector<runtime::WorkerStanding>& workers);

// `log` and `meter` must outlive the pages.
http::Server::Pages engine_pages(metrics::EngineFacts facts, Standings standings, log::Log& log, const LagMeter& meter);

}  // namespace due::cli
