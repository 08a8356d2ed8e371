#include "stream/log/embedded/coordinator/group.h"

#include <algorithm>

namespace due::log::embedded::coordinator {
namespace {

std::vector<TopicPartition> difference(const std::set<TopicPartition>& from, const std::set<TopicPartition>& without) {
  std::vector<TopicPartition> left;
  std::set_difference(from.begin(), from.end(), without.begin(), without.end(), std::back_inserter(left));
  return left;
}

}  // namespace

void Group::join(const std::string& id, Subscription subscription, Instant now) {
  expire(now);
  Member member{.subscription = std::move(subscription), .seen = now};
  const std::string& instance = member.subscription.instance;
  const auto older = std::find_if(members_.begin(), members_.end(), [&](const auto& entry) {
    return !instance.empty() && entry.second.subscription.instance == instance;
  });
  bool disturbs = true;
  if (older != members_.end()) {
    // What it was told to give up, and did not live to acknowledge, waits for the next generation.
    disturbs = older->second.subscription.partitions != member.subscription.partitions ||
               !difference(older->second.held, older->second.target).empty();
    member.target = std::move(older->second.target);
    member.generation = older->second.generation;
    fenced_.insert(older->first);
    members_.erase(older);
  }
  members_.emplace(id, std::move(member));
  if (disturbs) begin_joining();
}

void Group::leave(const std::string& id, Instant now) {
  fenced_.erase(id);
  const auto found = members_.find(id);
  if (found == members_.end() || !found->second.subscription.instance.empty()) return;
  members_.erase(found);
  begin_joining();
  expire(now);
  complete_if_joined();
}

Standing Group::standing(const std::string& id) const {
  if (members_.contains(id)) return Standing::member;
  return fenced_.contains(id) ? Standing::fenced : Standing::removed;
}

std::optional<Rebalance> Group::poll(const std::string& id, Instant now) {
  expire(now);  // first: who comes too late does not prolong its session by coming
  const auto found = members_.find(id);
  if (found == members_.end()) return std::nullopt;
  Member& member = found->second;
  member.seen = now;
  if (member.open) return std::nullopt;
  if (joining_) {
    member.joined = true;
    complete_if_joined();
  }
  if (joining_) return std::nullopt;
  if (auto surplus = difference(member.held, member.target); !surplus.empty()) {
    member.open = true;
    return Rebalance{Rebalance::Kind::revoked, std::move(surplus)};
  }
  if (auto gain = difference(member.target, member.held); !gain.empty()) {
    member.open = true;
    member.held.insert(gain.begin(), gain.end());
    return Rebalance{Rebalance::Kind::assigned, std::move(gain)};
  }
  return std::nullopt;
}

void Group::acknowledge(const std::string& id, const Rebalance& rebalance, Instant now) {
  expire(now);
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  found->second.open = false;
  if (rebalance.kind != Rebalance::Kind::revoked) return;
  for (const TopicPartition& p : rebalance.partitions) found->second.held.erase(p);
  begin_joining();
}

void Group::heartbeat(const std::string& id, Instant now) {
  expire(now);
  if (const auto found = members_.find(id); found != members_.end()) found->second.seen = now;
}

std::int32_t Group::generation_of(const std::string& id, Instant now) {
  expire(now);
  const auto found = members_.find(id);
  return found == members_.end() ? -1 : found->second.generation;
}

std::optional<std::string> Group::refusal(const Identity& identity, Instant now) {
  expire(now);
  const std::string who = "member '" + identity.member + "' of group " + name_;
  if (identity.generation < 0) {
    if (members_.empty()) return std::nullopt;  // nobody is there whom a position without a group could harm
    return who + " has no generation";
  }
  const auto found = members_.find(identity.member);
  if (found == members_.end()) return who + " is not known: it was fenced, expelled, or has left";
  if (found->second.subscription.instance != identity.instance) return who + " is not static instance '" + identity.instance + "'";
  if (found->second.generation != identity.generation) {
    return who + " names generation " + std::to_string(identity.generation) + ", it is " + std::to_string(generation_) + " by now";
  }
  return std::nullopt;
}

void Group::expire(Instant now) {
  const std::size_t expired = std::erase_if(
      members_, [now](const auto& entry) { return now - entry.second.seen > entry.second.subscription.session_timeout; });
  if (expired == 0) return;
  begin_joining();
  complete_if_joined();
}

void Group::begin_joining() {
  if (joining_) return;
  joining_ = true;
  for (auto& [id, member] : members_) member.joined = false;
}

void Group::complete_if_joined() {
  if (joining_ && std::all_of(members_.begin(), members_.end(), [](const auto& entry) { return entry.second.joined; })) complete();
}

void Group::complete() {
  std::map<std::string, Subscriber> subscribers;
  std::map<TopicPartition, std::string> holders;
  for (const auto& [id, member] : members_) {
    subscribers[id] = {member.subscription.partitions, member.target};
    for (const TopicPartition& p : member.held) holders[p] = id;
  }
  const Assignments given = assign(subscribers);
  ++generation_;
  joining_ = false;
  for (auto& [id, member] : members_) {
    member.generation = generation_;
    member.target.clear();
    for (const TopicPartition& p : given.at(id)) {
      const auto holder = holders.find(p);
      if (holder == holders.end() || holder->second == id) member.target.insert(p);
    }
  }
}

}  // namespace due::log::embedded::coordinator
