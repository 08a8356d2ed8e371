#include "tests/simulator/client/log.h"

#include <algorithm>
#include <utility>

#include "schemas/simulated/plant.h"
#include "stream/log/embedded/membership.h"
#include "stream/log/embedded/reader.h"
#include "stream/log/embedded/writers.h"
#include "tests/simulator/client/committer.h"

namespace due::sim {
namespace {

using log::embedded::Broker;

Error try_again(const std::string& what) { return {Remedy::retry, what + ": no answer in time"}; }

class NodeReader final : public log::Reader {
 public:
  NodeReader(Node& node, log::Isolation isolation) : node_(node), inner_(node.world.shared_broker(), isolation) {}

  Status add(std::span<const log::Assignment> inputs) override {
    node_.pass(delay());
    return inner_.add(inputs);
  }
  void remove(std::span<const log::InputTag> inputs) override { inner_.remove(inputs); }
  void pause(log::InputTag input) override { inner_.pause(input); }
  void resume(log::InputTag input) override { inner_.resume(input); }

  // A fetch may bring less than there is; and what it brings is a little old when it arrives.
  Result<std::unique_ptr<log::Batch>> poll(std::size_t records_max, log::Duration deadline) override {
    const Micros until = node_.world.now() + deadline.count() * millis;
    for (;;) {
      node_.pass(delay());
      if (node_.dice.chance(0.2)) records_max = 1 + node_.dice.below(records_max);
      auto batch = inner_.poll(records_max, log::Duration(0));
      node_.pass(delay());
      if (!batch || !(*batch)->records().empty() || !(*batch)->progress().empty() || node_.world.now() >= until) return batch;
      node_.world.scheduler().wait(node_.world.log_signal(), until);
    }
  }

 private:
  Micros delay() { return node_.dice.between(1, node_.world.plan().network_delay); }

  Node& node_;
  log::embedded::LogReader inner_;
};

class NodeMembership final : public log::Membership {
 public:
  NodeMembership(Node& node, std::unique_ptr<log::embedded::LogMembership> inner, const log::MembershipOptions& options)
      : node_(node),
        inner_(std::move(inner)),
        options_(options),
        heartbeat_every_(node.dice.between(20 * millis, options.session_timeout.count() * millis / 3)),
        joined_(node.world.now()),
        alive_(std::make_shared<bool>(true)) {
    if (node_.world.plan().background_heartbeats) beat();
  }

  Result<std::optional<log::Rebalance>> poll(log::Duration deadline) override {
    const Micros until = node_.world.now() + deadline.count() * millis;
    for (;;) {
      node_.pass(node_.dice.between(1, 200));
      if (unaware()) {
        if (node_.world.now() >= until) return std::optional<log::Rebalance>{};
        node_.pass(std::min<Micros>(until - node_.world.now(), 10 * millis));
        continue;
      }
      auto polled = inner_->poll(log::Duration(0));
      last_identity_ = inner_->identity();
      if (polled && *polled) node_.tell(text(**polled));
      if (polled && *polled && (*polled)->kind == log::Rebalance::Kind::lost) node_.world.count("lost without a revoke");
      if (!polled || *polled || node_.world.now() >= until) return polled;
      node_.pass(std::min<Micros>(until - node_.world.now(), node_.dice.between(5, 20) * millis));
    }
  }
  Status acknowledge(const log::Rebalance& rebalance) override {
    node_.pass(node_.dice.between(1, 200));
    return inner_->acknowledge(rebalance);
  }
  log::Identity identity() override {
    node_.pass(node_.dice.between(1, 50));
    if (unaware()) return last_identity_;
    if (node_.world.on(Fault::stale_identity) && node_.dice.chance(0.2)) return last_identity_;
    const log::Identity now = inner_->identity();
    if (now.generation > last_identity_.generation && last_identity_.generation >= 0)
      node_.world.count("generation moved without a rebalance");
    return last_identity_ = now;
  }

 private:
  static std::string text(const log::Rebalance& r) {
    using Kind = log::Rebalance::Kind;
    std::string t = r.kind == Kind::assigned ? "assigned" : r.kind == Kind::revoked ? "revoked" : "lost";
    for (const log::TopicPartition& p : r.partitions) t += " " + p.topic + "/" + std::to_string(p.partition);
    return t;
  }
  // A process that stood still goes on as the member that it was, until the answer to its next heartbeat says what became of that.
  bool unaware() {
    const Micros thawed = node_.process.frozen_until();
    if (thawed <= joined_ || node_.world.now() - thawed >= heartbeat_every_) return false;
    if (std::exchange(thawed_, thawed) != thawed) node_.world.count("went on unaware of the group");
    return true;
  }
  // A client's own thread keeps its membership alive, whatever the process computes; not while the process stands still.
  void beat() {
    node_.world.scheduler().at(node_.world.now() + options_.session_timeout.count() * millis / 4, [this, alive = std::weak_ptr(alive_)] {
      if (alive.expired() || node_.process.doomed()) return;
      if (node_.process.frozen_until() <= node_.world.now()) {
        Broker& broker = node_.world.broker();
        const auto locked = broker.lock();
        broker.group(locked, options_.group).heartbeat(last_identity_.member, broker.time().monotonic());
      }
      beat();
    });
  }

  Node& node_;
  std::unique_ptr<log::embedded::LogMembership> inner_;
  log::MembershipOptions options_;
  log::Identity last_identity_;
  Micros heartbeat_every_, joined_, thawed_ = 0;
  std::shared_ptr<bool> alive_;
};

}  // namespace

template <class A>
Result<A> NodeLog::ask(const std::string& what, std::function<Result<A>()> serve) {
  if (node_.world.on(Fault::retry_errors) && node_.dice.chance(0.01)) return try_again(what);
  for (int tries = 0; tries < 3; ++tries)
    if (auto answer = node_.network.ask<Result<A>>(Request::ask, serve)) return std::move(*answer);
  return try_again(what);
}

Result<std::unique_ptr<log::Membership>> NodeLog::join(const log::MembershipOptions& options) {
  auto joined = log::embedded::LogMembership::join(node_.world.shared_broker(), options);
  if (!joined) return joined.error();
  return std::unique_ptr<log::Membership>(std::make_unique<NodeMembership>(node_, std::move(*joined), options));
}

Result<std::unique_ptr<log::Reader>> NodeLog::reader(log::Isolation isolation) {
  return std::unique_ptr<log::Reader>(std::make_unique<NodeReader>(node_, isolation));
}

Result<std::unique_ptr<log::Committer>> NodeLog::open_committer(const log::CommitterOptions& options) {
  return open_node_committer(node_, options, planted("second-copies-ignored") ? Counts::ignored : Counts::heeded);
}

Result<std::unique_ptr<log::Publisher>> NodeLog::publisher() { return Error{Remedy::stop, "a simulated process does not publish"}; }

Result<std::vector<std::optional<log::CommittedPosition>>> NodeLog::committed(const std::string& group,
                                                                              std::span<const log::TopicPartition> partitions,
                                                                              log::Duration deadline) {
  using Positions = std::vector<std::optional<log::CommittedPosition>>;
  const Micros until = node_.world.now() + deadline.count() * millis;
  World& world = node_.world;
  const std::vector<log::TopicPartition> asked(partitions.begin(), partitions.end());
  const std::function<Result<std::optional<Positions>>()> serve = [&world, group, asked]() -> Result<std::optional<Positions>> {
    const auto locked = world.broker().lock();
    auto& transactions = world.broker().transactions(locked);
    transactions.expire();
    Positions found;
    for (const log::TopicPartition& p : asked) {
      if (transactions.pending(group, p)) return std::optional<Positions>{};
      found.push_back(transactions.committed(group, p));
    }
    return std::optional(std::move(found));
  };
  while (true) {
    auto answer = ask<std::optional<Positions>>("positions of group " + group, serve);
    if (!answer) return answer.error();
    if (*answer) return std::move(**answer);
    if (world.now() >= until) return Error{Remedy::retry, "positions of group " + group + " are named by an open transaction"};
    node_.pass(node_.dice.between(5, 50) * millis);
  }
}

Result<log::Bounds> NodeLog::bounds(const log::TopicPartition& partition, log::Isolation isolation) {
  World& world = node_.world;
  return ask<log::Bounds>("bounds of " + partition.topic, [&world, partition, isolation]() -> Result<log::Bounds> {
    const auto locked = world.broker().lock();
    world.broker().transactions(locked).expire();
    const auto found = world.broker().topics(locked).partition(partition);
    if (!found) return found.error();
    const auto& l = **found;
    return log::Bounds{.start = l.start(), .end = isolation == log::Isolation::read_committed ? l.stable_end() : l.end()};
  });
}

Result<std::vector<log::TopicInfo>> NodeLog::describe(std::span<const std::string> topics) {
  World& world = node_.world;
  const std::vector<std::string> names(topics.begin(), topics.end());
  return ask<std::vector<log::TopicInfo>>("metadata", [&world, names]() -> Result<std::vector<log::TopicInfo>> {
    const auto locked = world.broker().lock();
    std::vector<log::TopicInfo> infos;
    for (const std::string& name : names)
      if (const auto* topic = world.broker().topics(locked).find(name)) infos.push_back(topic->info);
    return infos;
  });
}

Status NodeLog::create(std::span<const log::TopicSpec>) { return Error{Remedy::stop, "a simulated process creates no topics"}; }

Result<std::string> NodeLog::cluster() {
  World& world = node_.world;
  return ask<std::string>("cluster", [&world]() -> Result<std::string> { return world.broker().topics(world.broker().lock()).identity(); });
}

}  // namespace due::sim
