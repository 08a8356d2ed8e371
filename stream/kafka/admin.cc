// stream/kafka/admin.cc
// Questions about topics, bounds and stable positions, each with a deadline of its own.
#include <algorithm>
#include <array>
#include <thread>

#include "schemas/base/result.h"
#include "stream/kafka/clients.h"
#include "stream/kafka/settings.h"
#include "stream/kafka/triage.h"

namespace due::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds request_wait{15'000};
// Of new topics, on the broker that is asked: it makes their partitions one after the other, which takes a busy one a while.
constexpr milliseconds appearance_wait{60'000};
// Of what passes by itself: a leader being elected, a controller that is busy, a connection lost. A process shall not end because of it.
constexpr milliseconds patience{30'000};
constexpr milliseconds pause_between_looks{5};

// Asks until the answer is one, or an error that does not pass by itself, or patience is at its end; the last error then.
template <class Question>
auto insist(Question question) {
  const Deadline end{patience};
  while (true) {
    auto answer = question();
    if (answer || answer.error().remedy != Remedy::retry || end.passed()) return answer;
    std::this_thread::sleep_for(pause_between_looks);
  }
}

std::string name_of(const log::TopicPartition& p) { return p.topic + "-" + std::to_string(p.partition); }

Result<EventHandle> answer(rd_kafka_queue_t* queue, const std::string& subject) {
  EventHandle event{rd_kafka_queue_poll(queue, static_cast<int>(request_wait.count() + 1'000))};
  if (!event) return Error{Remedy::retry, subject + ": no answer within " + std::to_string(request_wait.count()) + " ms"};
  const auto code = rd_kafka_event_error(event.get());
  if (meaning_of(code) == Meaning::none) return event;
  const char* detail = rd_kafka_event_error_string(event.get());
  return triage(code, Speaker::other, subject, detail == nullptr ? "" : detail);
}

// What this user may do with a topic, where the broker says.
void take_rights(const rd_kafka_TopicDescription_t& topic, log::TopicInfo& info) {
  std::size_t count = 0;
  const rd_kafka_AclOperation_t* operations = rd_kafka_TopicDescription_authorized_operations(&topic, &count);
  if (operations == nullptr) return;
  const std::span rights(operations, count);
  info.readable = std::ranges::find(rights, RD_KAFKA_ACL_OPERATION_READ) != rights.end();
  info.writable = std::ranges::find(rights, RD_KAFKA_ACL_OPERATION_WRITE) != rights.end();
}

}  // namespace

// ------------------------------------------------------------------------------------------------------------------ topics

Result<std::unique_ptr<Admin>> Admin::open(const Settings& settings) {
  auto conf = configure(settings, {.choices = {{"retry.backoff.ms", "20"}}, .fixed = {}});
  if (!conf) return conf.error();
  auto client = new_producer(std::move(*conf), "questions to the cluster");
  if (!client) return client.error();
  return std::unique_ptr<Admin>(new Admin(std::move(*client)));
}

AdminOptionsHandle Admin::options(rd_kafka_admin_op_t operation, const void* opaque) const {
  AdminOptionsHandle options{rd_kafka_AdminOptions_new(client_.get(), operation)};
  std::array<char, 256> why{};
  (void)rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(request_wait.count()), why.data(), why.size());
  rd_kafka_AdminOptions_set_opaque(options.get(), const_cast<void*>(opaque));
  return options;
}

Result<log::Bounds> Admin::bounds(const log::TopicPartition& partition, log::Isolation isolation) {
  return insist([&] { return ask_bounds(partition, isolation); });
}

Result<log::Bounds> Admin::ask_bounds(const log::TopicPartition& partition, log::Isolation isolation) {
  const QueueHandle queue{rd_kafka_queue_new(client_.get())};
  log::Bounds bounds;
  // Both questions travel together; the opaque pointer says which one an answer belongs to.
  const std::array<std::pair<rd_kafka_OffsetSpec_t, log::Offset*>, 2> questions{
      {{RD_KAFKA_OFFSET_SPEC_EARLIEST, &bounds.start}, {RD_KAFKA_OFFSET_SPEC_LATEST, &bounds.end}}};
  for (const auto& [what, where] : questions) {
    const AdminOptionsHandle how = options(RD_KAFKA_ADMIN_OP_LISTOFFSETS, where);
    const ErrorHandle refused{rd_kafka_AdminOptions_set_isolation_level(
        how.get(), isolation == log::Isolation::read_committed ? RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED
                                                               : RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED)};
    const PartitionsHandle list{rd_kafka_topic_partition_list_new(1)};
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)->offset = what;
    rd_kafka_ListOffsets(client_.get(), list.get(), how.get(), queue.get());
  }
  std::optional<Error> failure;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto event = answer(queue.get(), "bounds of " + name_of(partition));
    if (!event) {
      failure = event.error();
      continue;
    }
    std::size_t count = 0;
    const auto* infos = rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event->get()), &count);
    check(count == 1, "one partition was asked for");
    const auto* found = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[0]);
    if (meaning_of(found->err) != Meaning::none) failure = triage(found->err, Speaker::other, "bounds of " + name_of(partition));
    static_cast<log::Offset*>(rd_kafka_event_opaque(event->get()))->value = found->offset;
  }
  if (failure) return *failure;
  return bounds;
}

Result<std::vector<log::TopicInfo>> Admin::describe(std::span<const std::string> topics) {
  if (topics.empty()) return std::vector<log::TopicInfo>{};
  auto infos = insist([&] { return describe_partitions(topics); });
  if (!infos || infos->empty()) return infos;
  if (const Status done = insist([&] { return describe_configs(*infos); }); !done) return done.error();
  return infos;
}

Result<std::vector<log::TopicInfo>> Admin::describe_partitions(std::span<const std::string> topics) {
  std::vector<const char*> names;
  for (const std::string& topic : topics) names.push_back(topic.c_str());
  const TopicNamesHandle asked{rd_kafka_TopicCollection_of_topic_names(names.data(), names.size())};
  const QueueHandle queue{rd_kafka_queue_new(client_.get())};
  const AdminOptionsHandle how = options(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
  const ErrorHandle refused{rd_kafka_AdminOptions_set_include_authorized_operations(how.get(), 1)};
  rd_kafka_DescribeTopics(client_.get(), asked.get(), how.get(), queue.get());
  const auto event = answer(queue.get(), "describe topics");
  if (!event) return event.error();
  std::size_t count = 0;
  const auto* found = rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event->get()), &count);
  std::vector<log::TopicInfo> infos;
  std::string hidden;
  for (const rd_kafka_TopicDescription_t* topic : std::span(found, count)) {
    log::TopicInfo info;
    info.name = rd_kafka_TopicDescription_name(topic);
    if (const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(topic); error != nullptr) {
      if (meaning_of(*error) == Meaning::absent_topic) continue;
      if (meaning_of(*error) == Meaning::forbidden) {
        hidden += (hidden.empty() ? "" : ", ") + info.name;
        continue;
      }
      if (meaning_of(*error) != Meaning::none) return triage(*error, Speaker::other, "describe topic " + info.name);
    }
    info.id = rd_kafka_Uuid_base64str(rd_kafka_TopicDescription_topic_id(topic));
    std::size_t partitions = 0;
    const auto* const* each = rd_kafka_TopicDescription_partitions(topic, &partitions);
    std::size_t replicas = 0;
    if (partitions > 0) (void)rd_kafka_TopicPartitionInfo_replicas(each[0], &replicas);
    info.replicas = static_cast<std::int32_t>(replicas);
    info.partitions = static_cast<std::int32_t>(partitions);
    take_rights(*topic, info);
    infos.push_back(std::move(info));
  }
  if (!hidden.empty()) return triage(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Speaker::other, "describe topics " + hidden);
  return infos;
}

Status Admin::describe_configs(std::vector<log::TopicInfo>& infos) {
  std::vector<ConfigResourceHandle> asked;
  std::vector<rd_kafka_ConfigResource_t*> borrowed;
  for (const log::TopicInfo& info : infos) {
    asked.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, info.name.c_str()));
    borrowed.push_back(asked.back().get());
  }
  const QueueHandle queue{rd_kafka_queue_new(client_.get())};
  rd_kafka_DescribeConfigs(client_.get(), borrowed.data(), borrowed.size(), options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS).get(), queue.get());
  const auto event = answer(queue.get(), "describe topic configurations");
  if (!event) return event.error();
  std::size_t count = 0;
  const auto* resources = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  std::unordered_map<std::string_view, log::TopicInfo*> by_name;
  for (log::TopicInfo& info : infos) by_name[info.name] = &info;
  for (const rd_kafka_ConfigResource_t* resource : std::span(resources, count)) {
    log::TopicInfo& info = *by_name.at(rd_kafka_ConfigResource_name(resource));
    if (const auto code = rd_kafka_ConfigResource_error(resource); meaning_of(code) != Meaning::none)
      return triage(code, Speaker::other, "describe configuration of topic " + info.name);
    std::size_t entries = 0;
    const auto* values = rd_kafka_ConfigResource_configs(resource, &entries);
    for (const rd_kafka_ConfigEntry_t* entry : std::span(values, entries)) {
      const std::string_view name = rd_kafka_ConfigEntry_name(entry);
      const char* text = rd_kafka_ConfigEntry_value(entry);
      const std::string value = text == nullptr ? "" : text;
      if (name == "max.message.bytes") info.message_bytes_max = std::strtoll(value.c_str(), nullptr, 10);
      if (name == "retention.ms") info.retention_ms = std::strtoll(value.c_str(), nullptr, 10);
      if (name == "message.timestamp.type") info.log_append_time = value == "LogAppendTime";
      info.config.emplace(name, value);
    }
  }
  return Done{};
}

Status Admin::create(std::span<const log::TopicSpec> topics) {
  if (topics.empty()) return Done{};
  std::vector<NewTopicHandle> asked;
  std::vector<rd_kafka_NewTopic_t*> borrowed;
  for (const log::TopicSpec& topic : topics) {
    std::array<char, 256> why{};
    asked.emplace_back(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replicas, why.data(), why.size()));
    if (!asked.back()) return Error{Remedy::stop, "create topic " + topic.name + ": " + why.data()};
    for (const auto& [name, value] : topic.config) (void)rd_kafka_NewTopic_set_config(asked.back().get(), name.c_str(), value.c_str());
    borrowed.push_back(asked.back().get());
  }
  const QueueHandle queue{rd_kafka_queue_new(client_.get())};
  rd_kafka_CreateTopics(client_.get(), borrowed.data(), borrowed.size(), options(RD_KAFKA_ADMIN_OP_CREATETOPICS).get(), queue.get());
  const auto event = answer(queue.get(), "create topics");
  if (!event) return event.error();
  std::size_t count = 0;
  const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  std::vector<std::string> names;
  for (const rd_kafka_topic_result_t* result : std::span(results, count)) {
    names.emplace_back(rd_kafka_topic_result_name(result));
    const auto code = rd_kafka_topic_result_error(result);
    if (meaning_of(code) == Meaning::none || meaning_of(code) == Meaning::existing_topic) continue;
    const char* detail = rd_kafka_topic_result_error_string(result);
    return triage(code, Speaker::other, "create topic " + names.back(), detail == nullptr ? "" : detail);
  }
  // The controller has answered; the brokers learn of it a moment later.
  const Deadline end{appearance_wait};
  while (true) {
    const auto seen = describe_partitions(names);
    if (seen && seen.value().size() == names.size() && answered_by_leaders(*seen)) return Done{};
    if (end.passed())
      return Error{Remedy::retry, "created topics did not appear within " + std::to_string(appearance_wait.count()) +
                                     " ms; the brokers are busy or away: repeat this when they are not"};
    std::this_thread::sleep_for(pause_between_looks);
  }
}

// A broker names a partition's leader some milliseconds before that takes records; until then it does not tell offsets either.
bool Admin::answered_by_leaders(std::span<const log::TopicInfo> topics) {
  const PartitionsHandle list{rd_kafka_topic_partition_list_new(1)};
  for (const log::TopicInfo& topic : topics)
    for (std::int32_t p = 0; p < topic.partitions; ++p)
      rd_kafka_topic_partition_list_add(list.get(), topic.name.c_str(), p)->offset = RD_KAFKA_OFFSET_SPEC_LATEST;
  const QueueHandle queue{rd_kafka_queue_new(client_.get())};
  rd_kafka_ListOffsets(client_.get(), list.get(), options(RD_KAFKA_ADMIN_OP_LISTOFFSETS).get(), queue.get());
  const auto event = answer(queue.get(), "leaders of created topics");
  if (!event) return false;
  std::size_t count = 0;
  const auto* infos = rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event->get()), &count);
  for (const auto* info : std::span(infos, count))
    if (meaning_of(rd_kafka_ListOffsetsResultInfo_topic_partition(info)->err) != Meaning::none) return false;
  return count == static_cast<std::size_t>(list->cnt);
}

Result<std::string> Admin::cluster() {
  const TextHandle id{rd_kafka_clusterid(client_.get(), static_cast<int>(request_wait.count()))};
  if (!id) return Error{Remedy::retry, "the cluster did not say which one it is within " + std::to_string(request_wait.count()) + " ms"};
  return std::string(id.get());
}

// --------------------------------------------------------------------------------------------------------------- positions

Result<rd_kafka_t*> Positions::client_of(const std::string& group) {
  const std::lock_guard lock{mutex_};
  if (const auto known = clients_.find(group); known != clients_.end()) return known->second.get();
  Layers layers{
      .choices = {{"retry.backoff.ms", "5"}, {"retry.backoff.max.ms", "20"}, {"coordinator.query.interval.ms", "30000"}},
      .fixed = {{"group.id", group}, {"isolation.level", "read_committed"}},
  };
  layers.fixed.insert(layers.fixed.end(), never_joins.begin(), never_joins.end());
  auto conf = configure(settings_, layers);
  if (!conf) return conf.error();
  auto client = new_consumer(std::move(*conf), "the positions of group " + group);
  if (!client) return client.error();
  (void)rd_kafka_poll_set_consumer(client->get());
  return clients_.emplace(group, std::move(*client)).first->second.get();
}

Result<std::vector<std::optional<log::CommittedPosition>>> Positions::committed(
    const std::string& group, std::span<const log::TopicPartition> partitions, log::Duration deadline) {
  const auto client = client_of(group);
  if (!client) return client.error();
  const Deadline end{deadline};
  const std::string subject = "positions of group " + group;
  while (true) {
    const PartitionsHandle list{rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size()))};
    for (const log::TopicPartition& p : partitions) rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition);
    std::optional<Error> failure;
    // librdkafka itself asks again while a position is unstable, also behind a deadline that has passed: so one call takes all of it.
    if (const auto code = rd_kafka_committed(*client, list.get(), end.left_ms()); meaning_of(code) != Meaning::none)
      failure = triage(code, Speaker::other, subject, "no stable answer; a transaction that names them may be open");
    std::vector<std::optional<log::CommittedPosition>> positions;
    for (const auto& entry : std::span(list->elems, static_cast<std::size_t>(list->cnt))) {
      auto& position = positions.emplace_back();
      if (!failure && meaning_of(entry.err) != Meaning::none)
        failure = triage(entry.err, Speaker::other, subject, name_of({entry.topic, entry.partition}));
      if (entry.offset < 0) continue;  // never committed, or expired
      position.emplace(log::Offset{entry.offset}, std::string{static_cast<const char*>(entry.metadata), entry.metadata_size});
    }
    if (!failure) return positions;
    if (failure->remedy != Remedy::retry || end.passed()) return *failure;
    rd_kafka_poll(*client, static_cast<int>(pause_between_looks.count()));
  }
}

}  // namespace due::kafka
