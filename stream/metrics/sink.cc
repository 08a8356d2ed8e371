#include "stream/metrics/sink.h"

namespace due::metrics {

void add_sink(Page& page, const SinkFacts& facts, std::span<const Lag> lags) {
  page.announce(Of::sink);
  page.add("duestream_sink_info", 1, {facts.version, facts.name});
  for (const Lag& lag : lags) {
    page.add("duestream_sink_lag_records", static_cast<double>(lag.records), {lag.topic, std::to_string(lag.partition)});
    page.add("duestream_sink_lag_seconds", lag.seconds, {lag.topic, std::to_string(lag.partition)});
  }
  for (const auto& [table, rows] : facts.rows) page.add("duestream_sink_rows_total", static_cast<double>(rows), {table});
  page.add("duestream_sink_repeated_rows_total", static_cast<double>(facts.repeated));
  page.add("duestream_sink_transaction_duration_seconds", facts.transactions);
  page.add("duestream_sink_database_up", facts.database_up ? 1 : 0);
  page.add("duestream_sink_database_waits_total", static_cast<double>(facts.waits));
}

}  // namespace due::metrics
