#include "tests/bench/stages/workload.h"

#include <algorithm>

#include "schemas/base/result.h"
#include "stream/cli/feeds/account_risk.h"
#include "topology/account/account_logic.h"

namespace due::stages {
namespace {

constexpr std::int64_t unique_events = 50'000, customers = 3'333;
constexpr std::size_t measured = 6'000;  // about two events of each customer, as between two boundaries of a large run
constexpr std::size_t cache_bytes = 256U << 20;

runtime::Machine::Options options(const topology::Subtopology& subtopology) {
  runtime::Machine::Options o;
  o.identity = {"account-0", 0, 1, subtopology.inputs, "00c0ffee00c0ffee"};
  o.identity.input_topics.insert(o.identity.input_topics.end(), subtopology.broadcast.begin(), subtopology.broadcast.end());
  o.subtopology = &subtopology;
  for (const std::string& topic : subtopology.outputs) o.outputs.push_back({topic, 1, 1 << 20});
  return o;
}

}  // namespace

const Workload& workload() {
  static const Workload made = [] {
    cli::AccountRiskFeed feed({.customers = customers, .count = unique_events, .preloaded = unique_events});
    Workload w;
    for (cli::FeedRecord r; feed.next(r);) w.records.push_back(r);
    w.known = w.records.size() - measured;
    return w;
  }();
  return made;
}

topology::InputRecord record_at(std::size_t i) {
  const cli::FeedRecord& from = workload().records[i];
  topology::InputRecord r;
  r.input = from.topic == "invoices" ? 0 : from.topic == "payments" ? 1 : 2;
  r.offset = static_cast<std::int64_t>(i);
  r.timestamp = *from.timestamp;
  r.key = *from.key;
  r.value = *from.value;
  return r;
}

TaskInMemory::TaskInMemory() : subtopology_(topology::account_subtopology()), machine_(options(subtopology_), rows_, cache_bytes) {
  const Workload& w = workload();
  const EventTime behind_all = w.records.back().timestamp->plus_micros(micros_per_day);
  machine_.tick({behind_all, behind_all});
  std::vector<topology::Prepared> known(w.known);
  fresh_.resize(w.records.size() - w.known);
  for (std::size_t i = 0; i < w.records.size(); ++i) {
    topology::Prepared& p = i < w.known ? known[i] : fresh_[i - w.known];
    p.record = record_at(i);
    machine_.prepare(p, arena_);
  }
  take(known);
  persist();
}

void TaskInMemory::take(std::span<const topology::Prepared> records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    machine_.record(records[i]);
    if ((i + 1) % batch_records == 0) (void)machine_.take();
  }
  (void)machine_.take();
}

void TaskInMemory::persist() {
  state::ObjectCache& cache = machine_.cache();
  cache.cut();
  (void)cache.encode(SIZE_MAX);
  rows_.write(*cache.batch());
  cache.written();
  cache.end_step();
}

}  // namespace due::stages
