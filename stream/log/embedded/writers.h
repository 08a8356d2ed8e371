// stream/log/embedded/writers.h
// Publisher and Committer: both lay records out per partition without the mutex and append them under it.
//
//   Errors   send: quarantine_record for a record above max.message.bytes or with too many headers; stop: absent partitions, and
//            whatever Topics says. A commit's failures are its outcome
//   Threads  one each
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/log/embedded/broker.h"
#include "stream/log/log.h"

namespace due::log::embedded {

// A topic and what is to be appended to each of its partitions.
struct TopicWrites {
  const Topic* topic = nullptr;
  std::vector<PartitionWrite> partitions;

  static TopicWrites of(const Topic& topic);
  Status add(std::int32_t partition, const store::Content& content);
};

class LogPublisher final : public Publisher {
 public:
  explicit LogPublisher(std::shared_ptr<Broker> broker) : broker_(std::move(broker)) {}
  ~LogPublisher() override;
  Status send(const OutgoingRecord& record) override;
  Status flush() override;

 private:
  Result<TopicWrites*> writes_to(const std::string& topic);

  std::shared_ptr<Broker> broker_;
  std::map<std::string, TopicWrites> topics_;
  TopicWrites* last_ = nullptr;  // most senders write to one topic
  std::size_t buffered_ = 0;     // bytes
};

class LogCommitter final : public Committer {
 public:
  static Result<std::unique_ptr<LogCommitter>> open(std::shared_ptr<Broker> broker, const CommitterOptions& options);
  void commit(Transaction transaction) override;
  std::optional<Committed> wait(Duration deadline) override;

 private:
  LogCommitter(std::shared_ptr<Broker> broker, Session session, std::vector<TopicWrites> topics)
      : broker_(std::move(broker)), session_(std::move(session)), topics_(std::move(topics)) {}
  Status prepare(const Transaction& transaction);

  std::shared_ptr<Broker> broker_;
  Session session_;
  std::vector<TopicWrites> topics_;
  std::optional<Committed> outcome_;  // of the commit in flight
};

}  // namespace due::log::embedded
