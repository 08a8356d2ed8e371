// stream/kafka/kafka_log.h
// stream/log/log.h on Apache Kafka, through librdkafka. No type of librdkafka is visible here.
//
//   auto log = kafka::KafkaLog::open({.bootstrap = "127.0.0.1:9092", .client_id = "duestream", .properties = {}});
//   if (!log) return log.error();
//   auto reader = (*log)->reader(log::Isolation::read_committed);
//
//   Errors   open(): stop, if a property is unknown or malformed, if no broker can be used within connect_wait, or if one refuses us
//   Clock    the system's
//   Threads  KafkaLog may be shared and outlives nothing: what it hands out lives on without it
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "stream/log/log.h"

namespace due::kafka {

struct Settings {
  std::string bootstrap;  // host:port, comma separated
  std::string client_id;
  // librdkafka's own names (ssl.*, sasl.*, socket.timeout.ms, ...). They replace this library's choices, except those that
  // exactly-once rests on: isolation, automatic commits, offset reset, idempotence, acks, assignment strategy.
  std::map<std::string, std::string> properties;
  std::size_t reader_bytes = 64U << 20;   // of records that a reader fetches ahead; librdkafka keeps as much again beside them
  std::size_t producer_bytes = 1U << 30;  // of records in a committer's hands; the largest record must fit in
  // How long open() waits until a broker can be used, and says why not; 0: it asks none, the first call that needs one does.
  std::chrono::milliseconds connect_wait{0};
  // librdkafka looks up the coordinator of this group for every reader, although none joins or commits: a group on which the user has a
  // right, or every look-up is a refusal in the broker's log. Reading goes on all the same.
  std::string readers_group = "duestream-reader";
  // For tests/probes/late_requests alone: commits count as clean although a request was sent twice. Loses and doubles money.
  bool ignore_request_counts = false;
};

// What a client of librdkafka says of itself: warnings and errors, more where its property `debug` asks for it.
struct ClientLine {
  int severity;  // as syslog: 3 error, 4 warning, 6 info, 7 debug
  const char *client, *facility, *text;
};
// Where the lines of every client of this process go; to stderr until this is called. `write` is called from librdkafka's threads, one at
// a time.
void write_client_log(std::function<void(const ClientLine&)> write);

class Admin;
class Positions;

class KafkaLog final : public log::Log {
 public:
  using Options = Settings;
  static Result<std::unique_ptr<KafkaLog>> open(Options options);
  ~KafkaLog() override;

  Result<std::unique_ptr<log::Membership>> join(const log::MembershipOptions& options) override;
  Result<std::unique_ptr<log::Reader>> reader(log::Isolation isolation) override;
  Result<std::unique_ptr<log::Committer>> open_committer(const log::CommitterOptions& options) override;
  Result<std::unique_ptr<log::Publisher>> publisher() override;
  Result<std::vector<std::optional<log::CommittedPosition>>> committed(
      const std::string& group, std::span<const log::TopicPartition> partitions, log::Duration deadline) override;
  Result<log::Bounds> bounds(const log::TopicPartition& partition, log::Isolation isolation) override;
  Result<std::vector<log::TopicInfo>> describe(std::span<const std::string> topics) override;
  Status create(std::span<const log::TopicSpec> topics) override;
  Result<std::string> cluster() override;
  log::Time& time() override;

 private:
  KafkaLog(Options options, std::unique_ptr<Admin> admin, std::unique_ptr<Positions> positions);
  std::int64_t smallest_limit(std::span<const std::string> topics) const;

  const Options options_;
  const std::unique_ptr<Admin> admin_;
  const std::unique_ptr<Positions> positions_;
  const std::unique_ptr<log::Time> time_;
  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> limits_;  // guarded by mutex_: max.message.bytes of topics, as describe() saw them last
};

}  // namespace due::kafka
