#include "stream/metrics/engine.h"

#include <algorithm>
#include <map>

#include "schemas/codec/reason.h"

namespace due::metrics {
namespace {

double seconds(std::chrono::microseconds d) { return static_cast<double>(d.count()) / 1e6; }
double number(std::int64_t n) { return static_cast<double>(n); }

void add_tally(Page& page, const std::string& kind, const std::string& done, const topology::Tally& t) {
  page.add("duestream_inputs_total", number(t.inputs), {kind});
  page.add("duestream_records_total", number(t.done), {kind, done});
  page.add("duestream_records_total", number(t.duplicates), {kind, "duplicate"});
  page.add("duestream_records_total", number(t.conflicts), {kind, "conflict"});
  page.add("duestream_records_total", number(t.dead_letters), {kind, "dead_letter"});
  page.add("duestream_parked_records", number(t.parked), {kind});
}

runtime::WorkerStanding sum_of(std::span<const runtime::WorkerStanding> workers) {
  runtime::WorkerStanding sum;
  for (const runtime::WorkerStanding& w : workers) {
    sum.counts.add(w.counts);
    sum.commits.add(w.commits);
    sum.cache.found += w.cache.found;
    sum.cache.loaded += w.cache.loaded;
    sum.cache.absent += w.cache.absent;
    sum.cache.evicted += w.cache.evicted;
    sum.cache.bytes += w.cache.bytes;
    sum.cache.changed_bytes += w.cache.changed_bytes;
    sum.doubtful_batches += w.doubtful_batches;
    sum.persists += w.persists;
    sum.persisted_bytes += w.persisted_bytes;
    sum.revokes += w.revokes;
    sum.steps_folded += w.steps_folded;
    sum.recovery_estimate = std::max(sum.recovery_estimate, w.recovery_estimate);
  }
  return sum;
}

void add_state(Page& page, const EngineFacts& facts, const runtime::WorkerStanding& all) {
  page.add("duestream_persists_total", number(all.persists));
  page.add("duestream_persisted_bytes_total", number(all.persisted_bytes));
  page.add("duestream_cache_requests_total", static_cast<double>(all.cache.found), {"hit"});
  page.add("duestream_cache_requests_total", static_cast<double>(all.cache.loaded), {"loaded"});
  page.add("duestream_cache_requests_total", static_cast<double>(all.cache.absent), {"absent"});
  page.add("duestream_cache_evictions_total", static_cast<double>(all.cache.evicted));
  page.add("duestream_cache_bytes", static_cast<double>(all.cache.bytes));
  page.add("duestream_cache_changed_bytes", static_cast<double>(all.cache.changed_bytes));
  page.add("duestream_cache_limit_bytes", static_cast<double>(facts.memory.state));
  page.add("duestream_memory_limit_bytes", static_cast<double>(facts.memory.all));
  page.add("duestream_memory_share_bytes", static_cast<double>(facts.memory.state), {"state"});
  page.add("duestream_memory_share_bytes", static_cast<double>(facts.memory.blocks), {"blocks"});
  page.add("duestream_memory_share_bytes", static_cast<double>(facts.memory.fetched), {"fetched"});
  page.add("duestream_memory_share_bytes", static_cast<double>(facts.memory.outputs), {"outputs"});
  page.add("duestream_recovery_estimate_seconds", seconds(all.recovery_estimate));
  page.add("duestream_recovery_budget_seconds", seconds(facts.recovery_budget));
  page.add("duestream_folded_steps_total", number(all.steps_folded));
}

// A takeover begins when the session has ended; then about a second to fence who wrote last, and the fold of what is missing.
void add_standbys(Page& page, const EngineFacts& facts, std::span<const runtime::WorkerStanding> workers, std::span<const Lag> lags) {
  std::map<std::string, std::int64_t> behind;
  for (const Lag& lag : lags)
    if (lag.standby) behind[lag.task] += lag.records;
  std::int64_t folding = 0, failed = 0, steps = 0, farthest = 0, longest = 0;
  double rate = 0;
  for (const runtime::WorkerStanding& w : workers) {
    rate = std::max(rate, w.fold_rate);
    steps += w.standby_steps;
    for (const runtime::TaskStanding& t : w.tasks) {
      std::int64_t records = 0;
      for (const runtime::InputStanding& i : t.inputs) records += i.next;
      longest = std::max(longest, records);
    }
    for (const runtime::StandbyStanding& s : w.standbys) {
      ++(s.failed.empty() ? folding : failed);
      if (!s.failed.empty()) continue;
      page.add("duestream_standby_lag_records", number(behind[s.task]), {s.task});
      farthest = std::max(farthest, behind[s.task]);
    }
  }
  page.add("duestream_standby_tasks", number(folding));
  page.add("duestream_standby_failed_tasks", number(failed));
  page.add("duestream_standby_steps_total", number(steps));
  if (rate <= 0) return;
  const double given = seconds(facts.session_timeout) + 1;
  if (folding > 0) page.add("duestream_takeover_estimate_seconds", given + number(farthest) / rate, {"standby"});
  page.add("duestream_takeover_estimate_seconds", given + number(longest) / rate, {"cold"});
}

}  // namespace

void add_engine(Page& page, const EngineFacts& facts, std::span<const runtime::WorkerStanding> workers, std::span<const Lag> lags) {
  page.announce(Of::run);
  page.add("duestream_build_info", 1, {facts.version, facts.logic});
  for (const Lag& lag : lags) {
    if (lag.standby) continue;
    page.add("duestream_lag_records", number(lag.records), {lag.task, lag.topic, std::to_string(lag.partition)});
    page.add("duestream_lag_seconds", lag.seconds, {lag.task, lag.topic, std::to_string(lag.partition)});
  }
  const runtime::WorkerStanding all = sum_of(workers);
  add_tally(page, "documents", "decided", all.counts.documents);
  add_tally(page, "master", "applied", all.counts.master);
  add_tally(page, "internal", "answered", all.counts.internal);
  for (std::size_t i = 0; i < all.counts.dead_letters.size(); ++i)
    page.add("duestream_dead_letters_total", number(all.counts.dead_letters[i]),
             {std::string(codec::reason_code(static_cast<codec::Reason>(i)))});
  page.add("duestream_commit_duration_seconds", all.commits);
  page.add("duestream_batches_sent_again_total", number(all.doubtful_batches));
  add_state(page, facts, all);
  add_standbys(page, facts, workers, lags);
  for (const runtime::WorkerStanding& w : workers)
    for (const runtime::TaskStanding& t : w.tasks) {
      page.add("duestream_tail_steps", number(t.tail_steps), {t.task});
      page.add("duestream_task_ready", t.why_not.empty() ? 1 : 0, {t.task});
      // Before its first step a task has no time.
      if (t.time > EventTime{0}) page.add("duestream_task_time_seconds", static_cast<double>(t.time.micros) / 1e6, {t.task});
    }
  page.add("duestream_workers", static_cast<double>(workers.size()));
  page.add("duestream_group_members", static_cast<double>(std::ranges::count_if(workers, &runtime::WorkerStanding::member)));
  page.add("duestream_rebalances_total", number(all.revokes));
}

}  // namespace due::metrics
