#include "stream/metrics/catalogue.h"

#include <algorithm>

#include "schemas/base/result.h"

namespace due::metrics {
namespace {

constexpr std::string_view type_names[] = {"counter", "gauge", "histogram"};

std::string rows(Of of) {
  std::string text = "| metric | type | labels | what |\n|---|---|---|---|\n";
  for (const Definition& d : catalogue()) {
    if (d.of != of) continue;
    std::string labels;
    for (const std::string_view label : d.labels) labels += (labels.empty() ? "`" : ", `") + std::string(label) + "`";
    text += "| `" + std::string(d.name) + "` | " + std::string(type_names[static_cast<std::size_t>(d.type)]) + " | " + labels + " | " +
            std::string(d.help) + " |\n";
  }
  return text;
}

}  // namespace

std::span<const Definition> catalogue() {
  using enum Type;
  static const std::vector<Definition> all = {
      {"duestream_build_info", gauge, Of::run, {"version", "logic"}, "1; which program, and which logic version decides"},
      {"duestream_lag_records", gauge, Of::run, {"task", "topic", "partition"}, "Records of an input that are not consumed yet"},
      {"duestream_lag_seconds", gauge, Of::run, {"task", "topic", "partition"},
       "How long the oldest record that is not consumed has been there, as far back as this process looked"},
      {"duestream_inputs_total", counter, Of::run, {"kind"},
       "Records consumed and committed: documents, master data, and internal ones, which tasks tell each other"},
      {"duestream_records_total", counter, Of::run, {"kind", "outcome"},
       "What became of them: decided (documents), applied (master), answered (internal); duplicate, conflict, dead_letter"},
      {"duestream_parked_records", gauge, Of::run, {"kind"},
       "Records parked since the process began, less those that it ended; below 0 where more were parked before"},
      {"duestream_dead_letters_total", counter, Of::run, {"reason"}, "Records in dead-letters by their reason code (docs/reasons.md)"},
      {"duestream_commit_duration_seconds", histogram, Of::run, {}, "From the launch of a transaction until its outcome is known"},
      {"duestream_batches_sent_again_total", counter, Of::run, {}, "Batches of transactions in doubt that had not been committed"},
      {"duestream_persists_total", counter, Of::run, {}, "Times that changed state became durable on disk"},
      {"duestream_persisted_bytes_total", counter, Of::run, {}, "State handed to RocksDB"},
      {"duestream_cache_requests_total", counter, Of::run, {"result"}, "Objects looked up: hit, loaded from disk, or absent"},
      {"duestream_cache_evictions_total", counter, Of::run, {}, "Objects that had to make room"},
      {"duestream_cache_bytes", gauge, Of::run, {}, "Decoded state in memory, changed or not"},
      {"duestream_cache_changed_bytes", gauge, Of::run, {}, "Of it, what changed since it was persisted last"},
      {"duestream_cache_limit_bytes", gauge, Of::run, {}, "run.cache_bytes, or what is derived for it"},
      {"duestream_memory_limit_bytes", gauge, Of::run, {}, "run.memory_bytes: what process_resident_memory_bytes is to stay below"},
      {"duestream_memory_share_bytes", gauge, Of::run, {"part"},
       "Of it, what a part may take: state (the cache), blocks (RocksDB's), fetched (not consumed yet), outputs (not committed yet)"},
      {"duestream_tail_steps", gauge, Of::run, {"task"}, "Steps behind the durable state, which a crash now has to fold again"},
      {"duestream_recovery_estimate_seconds", gauge, Of::run, {},
       "How long folding the tails would take, by the rate measured; the slowest worker"},
      {"duestream_recovery_budget_seconds", gauge, Of::run, {}, "run.recovery_budget"},
      {"duestream_standby_tasks", gauge, Of::run, {}, "Tasks of other processes that are folded here, to be taken over"},
      {"duestream_standby_failed_tasks", gauge, Of::run, {},
       "Of them, those that are not folded any more: the log says why (standby.failed)"},
      {"duestream_standby_lag_records", gauge, Of::run, {"task"},
       "Records of a standby's inputs that it has not folded; those that its owner has not decided yet are among them"},
      {"duestream_standby_steps_total", counter, Of::run, {}, "Steps folded for tasks of other processes"},
      {"duestream_takeover_estimate_seconds", gauge, Of::run, {"by"},
       "How long until a task decides again whose process died: session timeout, a second to fence, and the fold. standby: of the tasks "
       "folded here; cold: of the largest of our own, by a process that has nothing of it; a checkpoint shortens that"},
      {"duestream_folded_steps_total", counter, Of::run, {}, "Steps folded by recoveries"},
      {"duestream_task_ready", gauge, Of::run, {"task"},
       "1: the task decides; 0: it is being recovered, or stopped at a record, see /health/ready"},
      {"duestream_task_time_seconds", gauge, Of::run, {"task"}, "Task time T, as seconds since 1970"},
      {"duestream_workers", gauge, Of::run, {}, "Threads that decide"},
      {"duestream_group_members", gauge, Of::run, {}, "Of them, those that are members of the consumer group now"},
      {"duestream_rebalances_total", counter, Of::run, {}, "Times that partitions were revoked or lost"},

      {"duestream_sink_info", gauge, Of::sink, {"version", "sink"}, "1; which program, and the sink's name"},
      {"duestream_sink_lag_records", gauge, Of::sink, {"topic", "partition"}, "Records of a topic that are not in their table yet"},
      {"duestream_sink_lag_seconds", gauge, Of::sink, {"topic", "partition"},
       "How long the oldest of them has been there, as far back as this process looked"},
      {"duestream_sink_rows_total", counter, Of::sink, {"table"}, "Rows inserted"},
      {"duestream_sink_repeated_rows_total", counter, Of::sink, {}, "Rows that were there already, and were the same byte for byte"},
      {"duestream_sink_transaction_duration_seconds", histogram, Of::sink, {},
       "Of a transaction that was committed, without waits for the database"},
      {"duestream_sink_database_up", gauge, Of::sink, {}, "1: the last attempt to write succeeded; 0: the database is away"},
      {"duestream_sink_database_waits_total", counter, Of::sink, {}, "Times that the database was away"},

      {"process_cpu_seconds_total", counter, Of::process, {}, "CPU of all threads, user and system"},
      {"process_resident_memory_bytes", gauge, Of::process, {}, "Memory in RAM"},
      {"process_virtual_memory_bytes", gauge, Of::process, {}, "Memory mapped"},
      {"process_open_fds", gauge, Of::process, {}, "Open file descriptors"},
      {"process_max_fds", gauge, Of::process, {}, "How many there may be"},
      {"process_threads", gauge, Of::process, {}, "Threads"},
      {"process_start_time_seconds", gauge, Of::process, {}, "When the process began, as seconds since 1970"},
  };
  return all;
}

const Definition& definition(std::string_view name) {
  const auto all = catalogue();
  const auto found = std::ranges::find(all, name, &Definition::name);
  check(found != all.end(), "a metric is not in the catalogue");
  return *found;
}

std::string reference() {
  return "# Metrics and health\n\n"
         "`duestream run` and `duestream sink` answer on `http.listen` (docs/configuration.md), by default 127.0.0.1:9464 and\n"
         "127.0.0.1:9465:\n\n"
         "| path | what |\n|---|---|\n"
         "| `/metrics` | what is below, in Prometheus' text format |\n"
         "| `/health/live` | 200 while every worker turns; 503: restart the process |\n"
         "| `/health/ready` | 200 when everything of this process works; 503 names each task that does not, and why |\n\n"
         "Gathered about five times a second and never per event; lags are measured once a second. Counters count since the process\n"
         "began, and only what is committed. Alerts: deploy/prometheus/alerts.yml; what to do then: docs/runbook.md. This page is printed\n"
         "by `duestream metrics`.\n\n"
         "For each kind `duestream_inputs_total` is the sum of `duestream_records_total` over its outcomes, and\n"
         "`duestream_parked_records`. The summary of `duestream run --json` has the same figures: `inputs`, `decisions`, `duplicates`,\n"
         "`conflicts`, `dead_letters`, `parked` of documents; under `master` the same with `applied`, under `internal` with `answered`,\n"
         "in place of `decisions`.\n\n"
         "## duestream run\n\n" +
         rows(Of::run) + "\n## duestream sink\n\n" + rows(Of::sink) + "\n## Both\n\n" + rows(Of::process);
}

}  // namespace due::metrics
