#include "tests/simulator/naive/naive_worker.h"

#include <algorithm>
#include <deque>

#include "stream/log/embedded/reader.h"
#include "tests/simulator/client/committer.h"

namespace due::sim {
namespace {

constexpr std::size_t batch_records = 8;
constexpr std::uint16_t out = 0, chain = 1;

// The last link that a reader of committed records sees now.
std::int64_t last_link(World& world, int partition) {
  std::int64_t last = -1;
  log::embedded::LogReader reader(world.shared_broker(), log::Isolation::read_committed);
  const log::Assignment all[] = {{{"chain", partition}, {0}, {0}}};
  check(reader.add(all).has_value(), "the chain cannot be read");
  const auto batch = reader.poll(100'000, log::Duration(0));
  check(batch.has_value(), "the chain cannot be read");
  for (const log::Record& r : (*batch)->records()) last = std::stoll(std::string(r.value.value_or("-1")));
  return last;
}

}  // namespace

NaiveWorker::NaiveWorker(Node& node, std::string instance) : node_(node), log_(node), instance_(std::move(instance)) {}

// Any error ends the process: whoever watches it starts the next one.
void NaiveWorker::run() {
  if (!open()) return;
  while (serve_group() && poll() && commit()) {
  }
}

bool NaiveWorker::open() {
  auto reader = log_.reader(log::Isolation::read_committed);
  auto membership = log_.join({"naive", instance_, {"in"}, log::Duration(node_.world.plan().session / millis)});
  if (!reader || !membership || !open_producer()) return false;
  reader_ = std::move(*reader);
  membership_ = std::move(*membership);
  return true;
}

bool NaiveWorker::open_producer() {
  committer_.reset();
  log::CommitterOptions options;
  options.transactional_id = instance_;
  options.topics = {"out", "chain"};
  options.transaction_timeout = log::Duration(node_.world.plan().transaction_timeout / millis);
  auto committer = open_node_committer(node_, options, Counts::ignored);
  if (committer) committer_ = std::move(*committer);
  return committer.has_value();
}

bool NaiveWorker::serve_group() {
  while (true) {
    auto event = membership_->poll(log::Duration(0));
    if (!event) return false;
    if (!*event) return true;
    for (const log::TopicPartition& p : (*event)->partitions) {
      if ((*event)->kind != log::Rebalance::Kind::assigned) owned_.erase(p.partition);
    }
    if (!membership_->acknowledge(**event)) return false;
    if ((*event)->kind != log::Rebalance::Kind::assigned) continue;
    for (const log::TopicPartition& p : (*event)->partitions)
      if (!take_over(p.partition)) return false;
  }
}

// From the position as it is, whether or not a transaction that names it is under way.
bool NaiveWorker::take_over(int partition) {
  node_.pass(node_.dice.between(100, 2'000));
  Owned o;
  {
    const auto locked = node_.world.broker().lock();
    const auto position = node_.world.broker().transactions(locked).committed("naive", {"in", partition});
    o.next = position ? position->next.value : 0;
  }
  o.seq = last_link(node_.world, partition) + 1;
  owned_[partition] = o;
  return seek(partition);
}

bool NaiveWorker::seek(int partition) {
  Owned& o = owned_[partition];
  o.tag = ++tags_;
  const log::Assignment input[] = {{{"in", partition}, {o.next}, {o.tag}}};
  return reader_->add(input).has_value();
}

bool NaiveWorker::poll() {
  const auto batch = reader_->poll(batch_records, log::Duration(10));
  if (!batch) return false;
  for (const log::Record& r : (*batch)->records())
    for (auto& [partition, o] : owned_)
      if (o.tag == r.input.value) o.taken.push_back(r.offset.value);
  return true;
}

bool NaiveWorker::commit() {
  std::deque<std::string> texts;
  std::vector<log::OutputRecord> records;
  log::Transaction t;
  const auto add = [&](std::uint16_t topic, int partition, std::int64_t value) {
    const std::string& text = texts.emplace_back(std::to_string(value));
    records.push_back({.topic = topic, .partition = partition, .key = {}, .value = text, .headers = {}});
  };
  for (auto& [partition, o] : owned_) {
    if (o.taken.empty()) continue;
    for (const std::int64_t offset : o.taken) add(out, partition, offset);
    add(chain, partition, o.seq);
    t.positions.push_back({{"in", partition}, {o.taken.back() + 1}, std::to_string(o.seq)});
  }
  if (records.empty()) return true;
  // Which transaction a record belongs to, and how many there are in it: for whoever looks afterwards.
  const std::string name = node_.process.name() + "." + std::to_string(++transactions_) + "/" + std::to_string(records.size());
  for (log::OutputRecord& r : records) r.key = name;
  t.batches.emplace_back(records);
  t.identity = membership_->identity();
  committer_->commit(std::move(t));
  const auto done = committer_->wait(log::Duration(60'000));
  const bool good = done && done->outcome == log::Outcome::clean;
  if (!good && !open_producer()) return false;
  for (auto& [partition, o] : owned_) {
    if (o.taken.empty()) continue;
    if (good) {
      o.next = o.taken.back() + 1;
      ++o.seq;
    }
    o.taken.clear();
    if (good) continue;
    const log::InputTag old[] = {{o.tag}};
    reader_->remove(old);
    if (!seek(partition)) return false;
  }
  return true;
}

}  // namespace due::sim
