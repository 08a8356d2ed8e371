#include "stream/log/embedded/writers.h"

#include "stream/log/batch_bytes.h"

namespace due::log::embedded {
namespace {

constexpr std::size_t buffered_bytes_max = 256 * 1024;

}  // namespace

TopicWrites TopicWrites::of(const Topic& topic) {
  TopicWrites writes{.topic = &topic, .partitions = {}};
  for (std::int32_t p = 0; p < topic.info.partitions; ++p) {
    writes.partitions.push_back({.partition = {topic.info.name, p},
                                 .log = topic.partitions[static_cast<std::size_t>(p)].get(),
                                 .log_append_time = topic.info.log_append_time});
  }
  return writes;
}

Status TopicWrites::add(std::int32_t partition, const store::Content& content) {
  const TopicInfo& info = topic->info;
  if (partition < 0 || partition >= info.partitions) {
    return Error{Remedy::stop, "topic " + info.name + " has no partition " + std::to_string(partition) + ": it has " +
                                   std::to_string(info.partitions)};
  }
  const std::int64_t bytes = batch_bytes(content.key, content.value, content.headers);
  if (bytes > info.message_bytes_max) {
    return Error{Remedy::quarantine_record, "a record of " + std::to_string(bytes) + " bytes is above max.message.bytes " +
                                                std::to_string(info.message_bytes_max) + " of topic " + info.name};
  }
  if (content.headers.size() > store::header_count_max) {
    return Error{Remedy::quarantine_record, "a record with " + std::to_string(content.headers.size()) + " headers is above the limit of " +
                                                std::to_string(store::header_count_max) + "; it is for topic " + info.name};
  }
  store::append_frame(partitions[static_cast<std::size_t>(partition)].frames, store::FrameKind::data, content);
  return Done{};
}

// -------------------------------------------------------------------------------------------------------------- publishing

LogPublisher::~LogPublisher() { (void)flush(); }  // who wants to know whether records were stored asks flush()

Result<TopicWrites*> LogPublisher::writes_to(const std::string& topic) {
  if (last_ != nullptr && last_->topic->info.name == topic) return last_;
  auto found = topics_.find(topic);
  if (found == topics_.end()) {
    const auto locked = broker_->lock();
    const auto known = broker_->topics(locked).topic(topic);
    if (!known) return known.error();
    found = topics_.emplace(topic, TopicWrites::of(**known)).first;
  }
  last_ = &found->second;
  return last_;
}

Status LogPublisher::send(const OutgoingRecord& record) {
  auto writes = writes_to(record.topic);
  if (!writes) return writes.error();
  const store::Content content{
      .key = record.key,
      .value = record.value,
      .headers = record.headers,
      .timestamp = {record.timestamp.micros - record.timestamp.micros % 1'000},
  };
  if (Status added = (*writes)->add(record.partition, content); !added) return added;
  buffered_ += sizeof(store::FrameHead) + record.key.value_or("").size() + record.value.value_or("").size();
  return buffered_ < buffered_bytes_max ? Status{Done{}} : flush();
}

Status LogPublisher::flush() {
  buffered_ = 0;
  const auto locked = broker_->lock();
  Topics& topics = broker_->topics(locked);
  const std::int64_t wall = broker_->time().wall().micros;
  const EventTime at{wall - wall % 1'000};
  for (auto& [name, writes] : topics_) {
    for (PartitionWrite& write : writes.partitions) {
      if (write.frames.empty()) continue;
      if (Status may = topics.writable(); !may) return may;
      const auto appended = write.log->append(write.frames, {}, write.log_append_time ? std::optional{at} : std::nullopt);
      if (!appended) return topics.written(appended.error());
      write.frames.clear();
      if (Status synced = topics.sync_data(*write.log); !synced) return synced;
    }
  }
  broker_->announce(locked);
  return Done{};
}

// -------------------------------------------------------------------------------------------------------------- committing

Result<std::unique_ptr<LogCommitter>> LogCommitter::open(std::shared_ptr<Broker> broker, const CommitterOptions& options) {
  const auto locked = broker->lock();
  std::vector<TopicWrites> topics;
  for (const std::string& name : options.topics) {
    const auto topic = broker->topics(locked).topic(name);
    if (!topic) return topic.error();
    topics.push_back(TopicWrites::of(**topic));
  }
  auto session = broker->transactions(locked).open(options.transactional_id, options.transaction_timeout);
  broker->announce(locked);  // what was open has ended
  if (!session) return session.error();
  return std::unique_ptr<LogCommitter>{new LogCommitter{broker, std::move(*session), std::move(topics)}};
}

Status LogCommitter::prepare(const Transaction& transaction) {
  for (TopicWrites& writes : topics_) {
    for (PartitionWrite& write : writes.partitions) write.frames.clear();
  }
  const std::int64_t wall = broker_->time().wall().micros;
  const EventTime at{wall - wall % 1'000};
  for (const std::span<const OutputRecord>& batch : transaction.batches) {
    for (const OutputRecord& record : batch) {
      check(record.topic < topics_.size(), "an output for a topic that the committer was not opened with");
      const store::Content content{.key = record.key, .value = record.value, .headers = record.headers, .timestamp = at};
      if (Status added = topics_[record.topic].add(record.partition, content); !added) return added;
    }
  }
  return Done{};
}

void LogCommitter::commit(Transaction transaction) {
  check(!outcome_, "a second commit while one is in flight");
  check(!transaction.positions.empty(), "a transaction without positions");
  if (const Status prepared = prepare(transaction); !prepared) {
    outcome_ = Committed{.outcome = Outcome::doubtful, .why = prepared.error().what, .log_time = {}};
    return;
  }
  std::vector<PartitionWrite*> writes;
  for (TopicWrites& topic : topics_) {
    for (PartitionWrite& write : topic.partitions) {
      if (!write.frames.empty()) writes.push_back(&write);
    }
  }
  const auto locked = broker_->lock();
  Prepared prepared{.writes = writes,
                    .positions = std::move(transaction.positions),
                    .identity = std::move(transaction.identity),
                    .group = nullptr};
  prepared.group = &broker_->group(locked, prepared.identity.group);
  outcome_ = broker_->transactions(locked).commit(session_, prepared);
  broker_->announce(locked);
}

std::optional<Committed> LogCommitter::wait(Duration) { return std::exchange(outcome_, std::nullopt); }

}  // namespace due::log::embedded
