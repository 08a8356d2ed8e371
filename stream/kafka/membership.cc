// stream/kafka/membership.cc
// A consumer that is subscribed to the spine topics and reads none of them: it is there for the group protocol alone.
//
//   Fetches  nothing. A partition is paused before and after it is assigned, at a position where no log ends: should librdkafka
//            fetch in spite of the pause, the broker would answer "out of range", not with records
//   Errors   stop: another process took the instance over (after `lost` has been told), the group or topic is not allowed
//   Threads  one
#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include "schemas/base/result.h"
#include "stream/kafka/clients.h"
#include "stream/kafka/settings.h"
#include "stream/kafka/triage.h"

namespace due::kafka {
namespace {

using log::Rebalance;
using log::TopicPartition;

constexpr std::int64_t behind_every_log = std::int64_t{1} << 62;

PartitionsHandle list_of(const std::vector<TopicPartition>& partitions) {
  PartitionsHandle list{rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size()))};
  for (const TopicPartition& p : partitions)
    rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = behind_every_log;
  return list;
}

std::vector<TopicPartition> partitions_of(const rd_kafka_topic_partition_list_t* list) {
  std::vector<TopicPartition> partitions;
  if (list == nullptr) return partitions;
  for (const auto& p : std::span(list->elems, static_cast<std::size_t>(list->cnt))) partitions.push_back({p.topic, p.partition});
  return partitions;
}

std::string text_or_empty(const char* text) { return text == nullptr ? std::string{} : std::string{text}; }

class GroupMembership final : public log::Membership {
 public:
  GroupMembership(log::MembershipOptions options, ConsumerHandle client)
      : options_(std::move(options)), client_(std::move(client)), queue_(rd_kafka_queue_get_consumer(client_.get())) {}
  ~GroupMembership() override;

  Status subscribe();
  Result<std::optional<Rebalance>> poll(log::Duration deadline) override;
  Status acknowledge(const Rebalance& rebalance) override;
  log::Identity identity() override;

 private:
  void take(const rd_kafka_event_t& event);
  void take_rebalance(const rd_kafka_event_t& event);
  void take_error(const rd_kafka_event_t& event);
  std::optional<Rebalance> next();
  std::string subject() const { return "membership of group " + options_.group + ", instance " + options_.instance; }

  const log::MembershipOptions options_;
  const ConsumerHandle client_;
  std::vector<TopicHandle> topics_;  // held, so that their partitions are known and can be paused before they are assigned
  const QueueHandle queue_;
  std::deque<Rebalance> waiting_;
  std::set<TopicPartition> owned_;
  bool open_ = false;           // told to the caller, and not acknowledged yet
  std::optional<Error> final_;  // told once `lost` has been acknowledged
};

GroupMembership::~GroupMembership() {
  // A static member stays a member until its session ends, so that its next process finds everything as it was.
  if (options_.instance.empty() && !final_) rd_kafka_consumer_close(client_.get());
}

Status GroupMembership::subscribe() {
  PartitionsHandle topics{rd_kafka_topic_partition_list_new(static_cast<int>(options_.spine_topics.size()))};
  for (const std::string& name : options_.spine_topics) {
    topics_.emplace_back(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
    rd_kafka_topic_partition_list_add(topics.get(), name.c_str(), RD_KAFKA_PARTITION_UA);
  }
  if (const auto code = rd_kafka_subscribe(client_.get(), topics.get()); meaning_of(code) != Meaning::none)
    return triage(code, Speaker::other, subject());
  return Done{};
}

Result<std::optional<Rebalance>> GroupMembership::poll(log::Duration deadline) {
  const Deadline end{deadline};
  do {
    if (auto rebalance = next()) return rebalance;
    if (final_ && !open_) return *final_;
    const EventHandle event{rd_kafka_queue_poll(queue_.get(), end.left_ms())};
    if (event) take(*event);
  } while (!end.passed());
  return next();
}

std::optional<Rebalance> GroupMembership::next() {
  if (open_ || waiting_.empty()) return std::nullopt;
  Rebalance rebalance = std::move(waiting_.front());
  waiting_.pop_front();
  open_ = true;
  return rebalance;
}

void GroupMembership::take(const rd_kafka_event_t& event) {
  switch (rd_kafka_event_type(&event)) {
    case RD_KAFKA_EVENT_REBALANCE: return take_rebalance(event);
    case RD_KAFKA_EVENT_ERROR: return take_error(event);
    case RD_KAFKA_EVENT_FETCH: fail("a paused membership received a record");
    default: return;
  }
}

void GroupMembership::take_rebalance(const rd_kafka_event_t& event) {
  auto* mutable_event = const_cast<rd_kafka_event_t*>(&event);  // the accessors are not const-correct
  Rebalance rebalance{Rebalance::Kind::revoked, partitions_of(rd_kafka_event_topic_partition_list(mutable_event))};
  if (meaning_of(rd_kafka_event_error(mutable_event)) == Meaning::assign) {
    rebalance.kind = Rebalance::Kind::assigned;
    owned_.insert(rebalance.partitions.begin(), rebalance.partitions.end());
  } else {
    if (rd_kafka_assignment_lost(client_.get()) != 0) rebalance.kind = Rebalance::Kind::lost;
    for (const TopicPartition& p : rebalance.partitions) owned_.erase(p);
  }
  if (rebalance.partitions.empty()) {  // the protocol wants its answer; the caller has nothing to do
    if (const Status done = acknowledge(rebalance); !done) final_ = done.error();
    return;
  }
  waiting_.push_back(std::move(rebalance));
}

void GroupMembership::take_error(const rd_kafka_event_t& event) {
  auto* mutable_event = const_cast<rd_kafka_event_t*>(&event);
  const auto code = rd_kafka_event_error(mutable_event);
  Error error = triage(code, Speaker::other, subject(), text_or_empty(rd_kafka_event_error_string(mutable_event)));
  const Meaning meaning = meaning_of(code);
  if (auto fatal = given_up(client_.get(), subject())) {
    error = std::move(*fatal);
  } else if (error.remedy == Remedy::retry || meaning == Meaning::expelled || meaning == Meaning::out_of_range) {
    return;
  }
  // librdkafka tells nobody to give up after a fatal error (another process has taken this instance over): we do.
  if (!owned_.empty()) waiting_.push_back({Rebalance::Kind::lost, {owned_.begin(), owned_.end()}});
  owned_.clear();
  final_ = error;
}

Status GroupMembership::acknowledge(const Rebalance& rebalance) {
  if (!rebalance.partitions.empty()) {
    check(open_, "acknowledge() without an open rebalance");
    open_ = false;
  }
  if (final_) return Done{};
  const PartitionsHandle list = list_of(rebalance.partitions);
  if (rebalance.kind != Rebalance::Kind::assigned) {
    const ErrorHandle error{rd_kafka_incremental_unassign(client_.get(), list.get())};
    if (error) return triage(*error, Speaker::other, subject());
    return Done{};
  }
  (void)rd_kafka_pause_partitions(client_.get(), list.get());  // takes effect where librdkafka knows the partition already
  const ErrorHandle error{rd_kafka_incremental_assign(client_.get(), list.get())};
  if (error) return triage(*error, Speaker::other, subject());
  (void)rd_kafka_pause_partitions(client_.get(), list.get());
  return Done{};
}

log::Identity GroupMembership::identity() {
  log::Identity identity{.group = options_.group, .member = {}, .instance = options_.instance, .generation = -1};
  if (final_) return identity;
  const GroupMetadataHandle now{rd_kafka_consumer_group_metadata(client_.get())};
  if (!now) return identity;
  identity.member = text_or_empty(rd_kafka_consumer_group_metadata_member_id(now.get()));
  identity.generation = rd_kafka_consumer_group_metadata_generation_id(now.get());
  return identity;
}

Layers layers_of(const log::MembershipOptions& options) {
  const std::int64_t session = options.session_timeout.count();
  // A worker that does not poll for six sessions is stuck: its partitions go to others. Heartbeats alone would keep them forever.
  constexpr std::int64_t sessions_without_poll = 6;
  Layers layers{
      .choices = {{"session.timeout.ms", std::to_string(session)},
                  {"heartbeat.interval.ms", std::to_string(std::clamp<std::int64_t>(session / 10, 200, 1'000))},
                  {"max.poll.interval.ms", std::to_string(session * sessions_without_poll)},
                  {"topic.metadata.refresh.interval.ms", "30000"}},
      .fixed = {{"group.id", options.group},
                {"partition.assignment.strategy", "cooperative-sticky"},
                {"enable.auto.commit", "false"},
                {"enable.auto.offset.store", "false"},
                {"auto.offset.reset", "error"},
                {"isolation.level", "read_committed"}},
  };
  if (!options.instance.empty()) layers.fixed.emplace_back("group.instance.id", options.instance);
  return layers;
}

}  // namespace

Result<std::unique_ptr<log::Membership>> open_membership(const Settings& settings, const log::MembershipOptions& options) {
  auto conf = configure(settings, layers_of(options));
  if (!conf) return conf.error();
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR);
  auto client = new_consumer(std::move(*conf), "the membership of group " + options.group);
  if (!client) return client.error();
  (void)rd_kafka_poll_set_consumer(client->get());
  auto membership = std::make_unique<GroupMembership>(options, std::move(*client));
  if (const Status done = membership->subscribe(); !done) return done.error();
  return std::unique_ptr<log::Membership>(std::move(membership));
}

}  // namespace due::kafka
