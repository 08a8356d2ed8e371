#include "stream/log/embedded/membership.h"

namespace due::log::embedded {

using coordinator::Standing;
using Kind = Rebalance::Kind;

Result<std::unique_ptr<LogMembership>> LogMembership::join(std::shared_ptr<Broker> broker, const MembershipOptions& options) {
  const auto locked = broker->lock();
  std::set<TopicPartition> partitions;
  for (const std::string& name : options.spine_topics) {
    const auto topic = broker->topics(locked).topic(name);
    if (!topic) return topic.error();
    for (std::int32_t p = 0; p < (*topic)->info.partitions; ++p) partitions.insert({name, p});
  }
  if (Status may = broker->topics(locked).writable(); !may) return may.error();
  return std::unique_ptr<LogMembership>{new LogMembership{broker, options, std::move(partitions)}};
}

LogMembership::~LogMembership() {
  const auto locked = broker_->lock();
  if (!id_.empty()) group(locked).leave(id_, broker_->time().monotonic());
  broker_->announce(locked);
}

Result<std::optional<Rebalance>> LogMembership::poll(Duration deadline) {
  const Instant until = broker_->time().monotonic() + deadline;
  auto locked = broker_->lock();
  for (;;) {
    auto polled = poll_once(locked);
    if (!polled || *polled || broker_->time().monotonic() >= until) return polled;
    broker_->wait(locked, until);
  }
}

Result<std::optional<Rebalance>> LogMembership::poll_once(const Broker::Locked& locked) {
  const Instant now = broker_->time().monotonic();
  Group& group_of_mine = group(locked);
  if (fenced_) {
    return Error{Remedy::stop, "static instance " + options_.instance + " of group " + options_.group +
                                   " was taken over by another member: give each process an instance of its own"};
  }
  if (id_.empty()) {
    id_ = (options_.instance.empty() ? "member" : options_.instance) + "-" + broker_->topics(locked).random_hex();
    group_of_mine.join(id_, {options_.instance, partitions_, options_.session_timeout}, now);
    broker_->announce(locked);
  }
  const std::int32_t generation = group_of_mine.generation_of(id_, now);
  std::optional<Rebalance> rebalance = group_of_mine.poll(id_, now);
  if (group_of_mine.generation_of(id_, now) != generation) broker_->announce(locked);
  if (const Standing standing = group_of_mine.standing(id_); standing != Standing::member && !open_) {
    fenced_ = standing == Standing::fenced;
    group_of_mine.leave(id_, now);
    id_.clear();
    if (held_.empty()) return std::optional<Rebalance>{};  // joins again, or says that it is fenced, at the next poll
    rebalance = Rebalance{Kind::lost, {held_.begin(), held_.end()}};
  }
  if (!rebalance) return rebalance;
  open_ = rebalance->kind;
  if (rebalance->kind == Kind::assigned) held_.insert(rebalance->partitions.begin(), rebalance->partitions.end());
  return rebalance;
}

Status LogMembership::acknowledge(const Rebalance& rebalance) {
  check(open_ == rebalance.kind, "an acknowledgement of a rebalance that is not open");
  const auto locked = broker_->lock();
  open_.reset();
  if (rebalance.kind != Kind::assigned) {
    for (const TopicPartition& p : rebalance.partitions) held_.erase(p);
  }
  if (!id_.empty()) group(locked).acknowledge(id_, rebalance, broker_->time().monotonic());
  broker_->announce(locked);
  return Done{};
}

Identity LogMembership::identity() {
  const auto locked = broker_->lock();
  const std::int32_t generation = id_.empty() ? -1 : group(locked).generation_of(id_, broker_->time().monotonic());
  return {.group = options_.group, .member = id_, .instance = options_.instance, .generation = generation};
}

}  // namespace due::log::embedded
