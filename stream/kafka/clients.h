// stream/kafka/clients.h
// The parts of a KafkaLog, each in a file of its own: what opens them.
//
//   Errors   as stream/log/log.h says of each
//   Threads  Admin and Positions may be shared; the others belong to one thread
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "stream/kafka/handles.h"
#include "stream/kafka/kafka_log.h"

namespace due::kafka {

Result<std::unique_ptr<log::Membership>> open_membership(const Settings& settings, const log::MembershipOptions& options);
Result<std::unique_ptr<log::Reader>> open_reader(const Settings& settings, log::Isolation isolation);
// `limit`: the least max.message.bytes of the topics; a request's records of one partition stay below it, even if they do not compress.
Result<std::unique_ptr<log::Committer>> open_committer(const Settings& settings, const log::CommitterOptions& options, std::int64_t limit);
Result<std::unique_ptr<log::Publisher>> open_publisher(const Settings& settings);

// Topics and their bounds, by Kafka's admin requests.
class Admin {
 public:
  static Result<std::unique_ptr<Admin>> open(const Settings& settings);
  Result<log::Bounds> bounds(const log::TopicPartition& partition, log::Isolation isolation);
  Result<std::vector<log::TopicInfo>> describe(std::span<const std::string> topics);
  Status create(std::span<const log::TopicSpec> topics);
  Result<std::string> cluster();

 private:
  explicit Admin(ProducerHandle client) : client_(std::move(client)) {}
  AdminOptionsHandle options(rd_kafka_admin_op_t operation, const void* opaque = nullptr) const;
  Result<log::Bounds> ask_bounds(const log::TopicPartition& partition, log::Isolation isolation);
  Result<std::vector<log::TopicInfo>> describe_partitions(std::span<const std::string> topics);
  Status describe_configs(std::vector<log::TopicInfo>& infos);
  bool answered_by_leaders(std::span<const log::TopicInfo> topics);

  const ProducerHandle client_;
};

// The stable positions of groups. One consumer handle per group, which never joins: it knows where the group's coordinator is.
class Positions {
 public:
  explicit Positions(const Settings& settings) : settings_(settings) {}
  Result<std::vector<std::optional<log::CommittedPosition>>> committed(
      const std::string& group, std::span<const log::TopicPartition> partitions, log::Duration deadline);

 private:
  Result<rd_kafka_t*> client_of(const std::string& group);  // owned by clients_, for as long as this lives

  const Settings settings_;
  std::mutex mutex_;
  std::unordered_map<std::string, ConsumerHandle> clients_;
};

}  // namespace due::kafka
