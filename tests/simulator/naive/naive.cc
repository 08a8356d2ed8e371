#include "tests/simulator/naive/naive.h"

#include <algorithm>

#include "stream/log/embedded/writers.h"
#include "tests/simulator/naive/naive_worker.h"
#include "tests/simulator/oracle/evidence.h"
#include "tests/simulator/run/collect.h"

namespace due::sim {
namespace {

constexpr int workers = 2, records_of_partition = 500;

class NaiveStory {
 public:
  explicit NaiveStory(std::uint64_t seed);
  NaiveRun tell();

 private:
  static Plan plan_of(std::uint64_t seed);
  void publish(int n);
  void start(int worker);
  void disturb();
  void watch_positions();
  void look_at(int partition, const oracle::Evidence& evidence);

  World world_;
  Network network_;
  Dice dice_;
  MachineClock clock_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<Process*> running_{workers};
  std::vector<std::int64_t> positions_ = std::vector<std::int64_t>(naive_partitions);
  int incarnations_ = 0;
  NaiveRun run_;
};

Plan NaiveStory::plan_of(std::uint64_t seed) {
  Plan p = draw_plan(seed, {});
  p.partitions = naive_partitions;
  p.faults = {};
  p.network_delay = 8 * millis;  // much of the time a transaction is under way, as with a broker at a distance
  p.socket_timeout = 200 * millis;  // impatient, so that many a request is sent twice
  for (const Fault f : {Fault::crash, Fault::freeze, Fault::late_request, Fault::lost_request, Fault::lost_answer, Fault::slow_markers})
    p.faults.add(f);
  return p;
}

NaiveStory::NaiveStory(std::uint64_t seed) : world_(plan_of(seed), false), network_(world_), dice_(seed, "naive") {
  const auto locked = world_.broker().lock();
  for (const char* name : {"in", "out", "chain"})
    check(world_.broker().topics(locked).create({name, naive_partitions, {}}, {}).has_value(), "no topic");
}

void NaiveStory::publish(int n) {
  {
    log::embedded::LogPublisher publisher(world_.shared_broker());
    for (int p = 0; p < naive_partitions; ++p)
      check(publisher.send({.topic = "in", .partition = p, .key = {}, .value = "v", .headers = {}, .timestamp = {}}).has_value(),
            "no input");
  }
  world_.log_moved();
  if (n + 1 < records_of_partition) world_.scheduler().at(world_.now() + dice_.between(1, 40) * millis, [this, n] { publish(n + 1); });
}

void NaiveStory::start(int worker) {
  Process& process = world_.process("naive-" + std::to_string(worker) + "." + std::to_string(++incarnations_));
  Node& node = *nodes_.emplace_back(std::make_unique<Node>(world_, network_, process, clock_));
  running_[static_cast<std::size_t>(worker)] = &process;
  world_.spawn(process, [this, worker, &node] {
    try {
      NaiveWorker(node, "naive-" + std::to_string(worker)).run();
    } catch (const Crash&) {
    }
    world_.scheduler().at(world_.now() + dice_.spread(20 * millis, seconds), [this, worker] { start(worker); });
  });
}

void NaiveStory::disturb() {
  Process& victim = *running_[dice_.below(workers)];
  if (dice_.chance(0.5)) {
    world_.scheduler().kill(victim);
  } else {
    world_.scheduler().freeze(victim, world_.now() + world_.plan().session + dice_.spread(millis, 2 * seconds));
  }
  if (world_.faults_on()) world_.scheduler().at(world_.now() + dice_.between(500, 4'000) * millis, [this] { disturb(); });
}

void NaiveStory::watch_positions() {
  {
    const auto locked = world_.broker().lock();
    for (int p = 0; p < naive_partitions; ++p) {
      const auto position = world_.broker().transactions(locked).committed("naive", {"in", p});
      std::int64_t& last = positions_[static_cast<std::size_t>(p)];
      if (position && position->next.value < last) ++run_.broken["position set back"];
      if (position) last = position->next.value;
    }
  }
  world_.scheduler().at(world_.now() + millis, [this] { watch_positions(); });
}

// Of every record one output, every link once.
void NaiveStory::look_at(int partition, const oracle::Evidence& evidence) {
  std::map<std::string, int> outputs, links;
  for (const oracle::Entry* e : oracle::visible(evidence.partitions.at({"out", partition}))) ++outputs[*e->value];
  for (const oracle::Entry* e : oracle::visible(evidence.partitions.at({"chain", partition}))) ++links[*e->value];
  for (const auto& [value, n] : outputs) run_.broken["doubled"] += n > 1 ? 1 : 0;
  for (const auto& [value, n] : links) run_.broken["forked"] += n > 1 ? 1 : 0;
}

// Transactions of which some records are visible and some are not.
std::int64_t torn_transactions(const oracle::Evidence& evidence) {
  std::map<std::string, std::int64_t> visible;
  for (const auto& [place, entries] : evidence.partitions)
    if (place.first != "in")
      for (const oracle::Entry* e : oracle::visible(entries)) ++visible[*e->key];
  return std::count_if(visible.begin(), visible.end(),
                       [](const auto& t) { return std::stoll(t.first.substr(t.first.find('/') + 1)) != t.second; });
}

NaiveRun NaiveStory::tell() {
  for (const char* kind : {"torn", "position set back", "doubled", "forked"}) run_.broken[kind] = 0;
  publish(0);
  for (int w = 0; w < workers; ++w) start(w);
  world_.scheduler().at(seconds, [this] { disturb(); });
  watch_positions();
  world_.scheduler().run(12 * seconds);
  world_.heal();
  for (const auto& node : nodes_) world_.scheduler().thaw(node->process);
  world_.scheduler().run(30 * seconds);
  const oracle::Evidence evidence = collect(world_, {});
  for (int p = 0; p < naive_partitions; ++p) look_at(p, evidence);
  run_.broken["torn"] += torn_transactions(evidence);
  world_.scheduler().end(world_.processes());
  return run_;
}

}  // namespace

NaiveRun run_naive(std::uint64_t seed) { return NaiveStory(seed).tell(); }

}  // namespace due::sim
