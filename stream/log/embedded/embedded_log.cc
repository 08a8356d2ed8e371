#include "stream/log/embedded/embedded_log.h"

#include "stream/log/embedded/broker.h"
#include "stream/log/embedded/membership.h"
#include "stream/log/embedded/reader.h"
#include "stream/log/embedded/writers.h"

namespace due::log::embedded {

EmbeddedLog::EmbeddedLog(std::shared_ptr<Broker> broker) : broker_(std::move(broker)) {}
EmbeddedLog::~EmbeddedLog() = default;

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open(Options options) {
  auto broker = Broker::open(std::move(options));
  if (!broker) return broker.error();
  return std::unique_ptr<EmbeddedLog>{new EmbeddedLog{std::move(*broker)}};
}

Result<std::unique_ptr<Membership>> EmbeddedLog::join(const MembershipOptions& options) {
  auto joined = LogMembership::join(broker_, options);
  if (!joined) return joined.error();
  return std::unique_ptr<Membership>{std::move(*joined)};
}

Result<std::unique_ptr<Reader>> EmbeddedLog::reader(Isolation isolation) {
  return std::unique_ptr<Reader>{std::make_unique<LogReader>(broker_, isolation)};
}

Result<std::unique_ptr<Committer>> EmbeddedLog::open_committer(const CommitterOptions& options) {
  auto opened = LogCommitter::open(broker_, options);
  if (!opened) return opened.error();
  return std::unique_ptr<Committer>{std::move(*opened)};
}

Result<std::unique_ptr<Publisher>> EmbeddedLog::publisher() {
  const auto locked = broker_->lock();
  if (Status may = broker_->topics(locked).writable(); !may) return may.error();
  return std::unique_ptr<Publisher>{std::make_unique<LogPublisher>(broker_)};
}

Result<std::vector<std::optional<CommittedPosition>>> EmbeddedLog::committed(const std::string& group,
                                                                             std::span<const TopicPartition> partitions,
                                                                             Duration deadline) {
  const Instant until = time().monotonic() + deadline;
  auto locked = broker_->lock();
  Transactions& transactions = broker_->transactions(locked);
  const auto open = [&]() -> const TopicPartition* {
    for (const TopicPartition& p : partitions) {
      if (transactions.pending(group, p)) return &p;
    }
    return nullptr;
  };
  for (transactions.expire(); const TopicPartition* p = open(); transactions.expire()) {
    if (time().monotonic() >= until) {
      const std::string position = "the position of group " + group + " in " + p->topic + "-" + std::to_string(p->partition);
      return Error{Remedy::retry, position + " is named by a transaction that is still open: open its id again, or await its timeout"};
    }
    broker_->wait(locked, until);
  }
  std::vector<std::optional<CommittedPosition>> answers;
  for (const TopicPartition& p : partitions) answers.push_back(transactions.committed(group, p));
  return answers;
}

Result<Bounds> EmbeddedLog::bounds(const TopicPartition& partition, Isolation isolation) {
  const auto locked = broker_->lock();
  broker_->transactions(locked).expire();
  const auto log = broker_->topics(locked).partition(partition);
  if (!log) return log.error();
  const store::PartitionLog& found = **log;
  return Bounds{.start = found.start(), .end = isolation == Isolation::read_committed ? found.stable_end() : found.end()};
}

Result<std::vector<TopicInfo>> EmbeddedLog::describe(std::span<const std::string> topics) {
  const auto locked = broker_->lock();
  std::vector<TopicInfo> infos;
  for (const std::string& name : topics) {
    if (const Topic* topic = broker_->topics(locked).find(name)) infos.push_back(topic->info);
  }
  return infos;
}

Status EmbeddedLog::create(std::span<const TopicSpec> topics) {
  const auto locked = broker_->lock();
  const std::int64_t wall = time().wall().micros;
  for (const TopicSpec& spec : topics) {
    if (Status created = broker_->topics(locked).create(spec, {wall - wall % 1'000}); !created) return created;
  }
  return Done{};
}

Result<std::string> EmbeddedLog::cluster() {
  const auto locked = broker_->lock();
  return broker_->topics(locked).identity();
}

Time& EmbeddedLog::time() { return broker_->time(); }

}  // namespace due::log::embedded
