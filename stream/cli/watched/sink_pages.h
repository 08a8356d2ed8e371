// stream/cli/watched/sink_pages.h
// /metrics, /health/live and /health/ready of `duestream sink`.
//
//   Source   docs/metrics.md
//   Shape    ready: it is attached to the database, and the last attempt to write succeeded. Live: it answers, and it has not ended
//   Threads  pages are made on the server's threads, from what the sink said last
#pragma once

#include <vector>

#include "stream/cli/watched/lag_meter.h"
#include "stream/http/server.h"
#include "stream/postgres/sink.h"

namespace due::cli {

std::vector<LagMeter::Place> places_of(const postgres::SinkStanding& sink);
http::Answer ready(const postgres::SinkStanding& sink);

// `sink` and `meter` must outlive the pages.
http::Server::Pages sink_pages(const std::string& name, const postgres::Sink& sink, const LagMeter& meter);

}  // namespace due::cli
