#include "tests/probes/probe.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace due::probe {
namespace {

constexpr log::Duration patience{30'000};
constexpr log::Duration moment{20};

}  // namespace

void give_up(const std::string& what) {
  std::printf("probe could not be run: %s\n", what.c_str());
  std::fflush(stdout);
  std::_Exit(2);
}

std::string fresh(const std::string& plain) {
  static const auto start = std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds{1};
  return "probe-" + std::to_string(start) + "-" + plain;
}

std::unique_ptr<kafka::KafkaLog> connect(kafka::Settings settings) { return need(kafka::KafkaLog::open(std::move(settings))); }
std::unique_ptr<kafka::KafkaLog> connect(const std::string& broker, const std::string& client_id,
                                         std::map<std::string, std::string> properties) {
  return connect({.bootstrap = broker, .client_id = client_id, .properties = std::move(properties)});
}

std::string create_topic(log::Log& log, const std::string& plain, std::int32_t partitions) {
  const log::TopicSpec spec{fresh(plain), partitions, {}};
  need(log.create({&spec, 1}));
  for (std::int32_t p = 0; p < partitions; ++p) need(log.bounds({spec.name, p}, log::Isolation::read_committed));
  return spec.name;
}

Member::Member(log::Log& log, const std::string& group, const std::string& instance, const std::string& spine)
    : membership_(need(log.join({.group = group, .instance = instance, .spine_topics = {spine}}))) {}

void Member::poll(log::Duration deadline) {
  const auto rebalance = need(membership_->poll(deadline));
  if (!rebalance) return;
  for (const log::TopicPartition& p : rebalance->partitions) {
    if (rebalance->kind == log::Rebalance::Kind::assigned) owned_.insert(p);
    else owned_.erase(p);
  }
  need(membership_->acknowledge(*rebalance));
}

void settle(const std::vector<Member*>& members, std::size_t partitions_each) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    bool settled = true;
    for (Member* m : members) {
      m->poll(moment);
      settled = settled && m->owned().size() == partitions_each;
    }
    if (settled) return;
  }
  give_up("the members did not settle");
}

log::Committed commit(log::Committer& committer, Member& member, const Work& work) {
  std::vector<log::OutputRecord> records(work.values.size());
  for (std::size_t i = 0; i < records.size(); ++i) records[i].value = work.values[i];
  committer.commit({.batches = {records}, .positions = {{work.position, work.next, work.metadata}}, .identity = member.identity()});
  while (true) {
    if (auto committed = committer.wait(moment)) return *std::move(committed);
    member.poll(log::Duration{0});
  }
}

std::vector<std::string> visible(log::Log& log, const log::TopicPartition& partition) {
  const log::Bounds bounds = need(log.bounds(partition, log::Isolation::read_committed));
  auto reader = need(log.reader(log::Isolation::read_committed));
  const log::Assignment input{partition, bounds.start, log::InputTag{1}};
  need(reader->add({&input, 1}));
  std::vector<std::string> values;
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    const auto batch = need(reader->poll(10'000, moment));
    for (const log::Record& record : batch->records()) values.emplace_back(record.value.value_or(""));
    for (const log::Progress& p : batch->progress()) {
      if (p.at_end && p.next >= bounds.end) return values;
    }
  }
  give_up(partition.topic + " was not read to its end");
}

log::CommittedPosition position(log::Log& log, const std::string& group, const log::TopicPartition& partition) {
  const auto positions = need(log.committed(group, {&partition, 1}, patience));
  return positions[0].value_or(log::CommittedPosition{log::Offset{-1}, "none"});
}

std::string text_of(log::Outcome outcome) { return outcome == log::Outcome::clean ? "clean" : "doubtful"; }

int verdict(bool holds, const std::string& fact) {
  std::printf("%s: %s\n", holds ? "HOLDS" : "DOES NOT HOLD", fact.c_str());
  return holds ? 0 : 1;
}

}  // namespace due::probe
