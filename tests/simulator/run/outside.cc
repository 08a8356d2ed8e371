#include "tests/simulator/run/outside.h"

#include "stream/log/embedded/writers.h"
#include "tests/simulator/oracle/evidence.h"

namespace due::sim {
namespace {

using log::embedded::TopicWrites;
using log::embedded::Verdict;

constexpr log::Header history[] = {{"history", "true"}};

log::TopicPartition place_of(const oracle::Posted& p, int partitions) {
  int partition = oracle::partition_of(p.key ? *p.key : p.fact.customer, partitions);
  if (p.astray) partition = (partition + 1) % partitions;
  return {p.topic, partition};
}

}  // namespace

Upstream::Upstream(World& world, std::vector<oracle::Posted> posted)
    : world_(world), dice_(world.plan().seed, "upstream"), posted_(std::move(posted)) {}

void Upstream::start() {
  world_.scheduler().at(world_.now(), [this] { publish_piece(); });
}

void Upstream::publish_piece() {
  const Plan& plan = world_.plan();
  const std::size_t to = std::min(posted_.size(), next_ + 1 + dice_.below(posted_.size() / 20 + 1));
  const bool aborts = world_.on(Fault::aborted_inputs) && dice_.chance(0.2);
  const bool stays_open = world_.on(Fault::pinned_inputs) && dice_.chance(0.1);
  if (aborts) transact(next_, to, true);
  if (stays_open || dice_.chance(0.2)) {
    transact(next_, to, false);
  } else {
    publish(next_, to);
  }
  next_ = to;
  if (next_ == posted_.size()) return;
  const Micros usual = plan.publish_for * static_cast<Micros>(to) / static_cast<Micros>(posted_.size());
  world_.scheduler().at(std::max(world_.now() + millis, usual + dice_.between(0, 200) * millis), [this] { publish_piece(); });
}

void Upstream::publish(std::size_t from, std::size_t to) {
  {
    log::embedded::LogPublisher publisher(world_.shared_broker());
    for (std::size_t i = from; i < to; ++i) {
      const oracle::Posted& p = posted_[i];
      const log::TopicPartition place = place_of(p, world_.plan().partitions);
      log::OutgoingRecord r{.topic = place.topic, .partition = place.partition, .key = p.key, .value = p.value, .headers = {},
                            .timestamp = {wall_start + world_.now()}};
      if (p.history) r.headers = history;
      check(publisher.send(r).has_value(), "the company cannot publish");
    }
  }
  world_.tell("upstream", "published " + std::to_string(to - from) + " records");
  world_.log_moved();
}

// An id of its own for each, so that none waits for another.
void Upstream::transact(std::size_t from, std::size_t to, bool abort) {
  const auto locked = world_.broker().lock();
  auto& transactions = world_.broker().transactions(locked);
  const std::string id = "upstream-" + std::to_string(++transactions_);
  const auto session = transactions.initialise(id, log::Duration(60'000));
  check(session.has_value() && session->has_value(), "the company cannot open a transaction");
  std::map<log::TopicPartition, TopicWrites> writes;
  for (std::size_t i = from; i < to; ++i) {
    const oracle::Posted& p = posted_[i];
    const log::TopicPartition place = place_of(p, world_.plan().partitions);
    auto at = writes.find(place);
    if (at == writes.end()) at = writes.emplace(place, TopicWrites::of(**world_.broker().topics(locked).topic(place.topic))).first;
    const log::embedded::store::Content content{
        .key = p.key, .value = p.value, .headers = p.history ? std::span<const log::Header>(history) : std::span<const log::Header>(),
        .timestamp = {wall_start + world_.now()}};
    check(at->second.add(place.partition, content).has_value(), "the company cannot write");
  }
  for (auto& [place, topic] : writes) {
    check(transactions.add_partitions(**session, {&place, 1}).kind == log::embedded::Answer::Kind::done, "the company is refused");
    auto& write = topic.partitions[static_cast<std::size_t>(place.partition)];
    check(transactions.produce(**session, write, 0).kind == log::embedded::Answer::Kind::done, "the company is refused");
  }
  ++open_;
  Micros open_for = dice_.spread(100, 20 * millis);
  if (world_.on(Fault::pinned_inputs) && dice_.chance(0.2)) open_for += dice_.spread(100 * millis, 4 * seconds);
  world_.tell("upstream", (abort ? "a transaction that aborts: " : "a transaction of ") + std::to_string(to - from) + " records");
  world_.scheduler().at(world_.now() + open_for, [this, held = **session, abort] {
    --open_;
    const auto again = world_.broker().lock();
    const auto answer = world_.broker().transactions(again).end(held, abort ? Verdict::abort : Verdict::commit);
    check(answer.kind == log::embedded::Answer::Kind::done, "the company cannot end its transaction");
  });
}

// ------------------------------------------------------------------------------------------------------------------ downstream

Downstream::Downstream(World& world, const std::vector<std::string>& topics) : world_(world), dice_(world.plan().seed, "downstream") {
  const auto locked = world_.broker().lock();
  for (const std::string& topic : topics) {
    const int count = (*world_.broker().topics(locked).topic(topic))->info.partitions;
    for (int p = 0; p < count; ++p) partitions_.push_back({topic, p});
  }
  kept_.resize(partitions_.size());
}

void Downstream::start() {
  Process& process = world_.process("downstream." + std::to_string(++incarnation_));
  world_.spawn(process, [this, &process] {
    try {
      run(process);
    } catch (const Crash&) {
      world_.scheduler().at(world_.now() + dice_.spread(millis, seconds), [this] { start(); });
    }
  });
}

void Downstream::run(Process& process) {
  log::embedded::LogReader reader(world_.shared_broker(), log::Isolation::read_committed);
  std::vector<log::Assignment> inputs;
  for (std::size_t i = 0; i < partitions_.size(); ++i) inputs.push_back({partitions_[i], {kept_[i].next}, {static_cast<std::uint32_t>(i)}});
  check(reader.add(inputs).has_value(), "downstream cannot read");
  while (true) {
    std::vector<Kept> taken = kept_;
    const auto batch = reader.poll(1 + dice_.below(200), log::Duration(0));
    check(batch.has_value(), "downstream cannot read");
    for (const log::Record& r : (*batch)->records())
      if (!take(r, partitions_[r.input.value], taken[r.input.value])) return;
    for (const log::Progress& p : (*batch)->progress()) taken[p.input.value].next = p.next.value;
    if (world_.on(Fault::reader_crash) && dice_.chance(0.02)) world_.scheduler().kill(process);  // nothing of this batch is kept
    kept_ = std::move(taken);
    if ((*batch)->records().empty()) {
      world_.scheduler().wait(world_.log_signal(), world_.now() + seconds);
    } else {
      world_.scheduler().pass(dice_.between(50, 500));
    }
  }
}

bool Downstream::take(const log::Record& record, const log::TopicPartition& from, Kept& kept) {
  oracle::Mark mark;
  for (const log::Header& h : record.headers)
    if (h.name == "duestream") mark = oracle::mark_of(h.value);
  if (mark.task.empty() && from.topic.starts_with("credit-note-")) return true;  // put there by a stranger
  const auto& [task, seq, time] = mark;
  ++read_;
  std::int64_t& last = kept.last_seq[task];
  if (seq == last + 1) {
    last = seq;
    return true;
  }
  world_.violate("downstream", from.topic + "/" + std::to_string(from.partition) + " offset " + std::to_string(record.offset.value) +
                                   ": seq " + std::to_string(seq) + " of " + task + " follows " + std::to_string(last));
  return false;
}

}  // namespace due::sim
