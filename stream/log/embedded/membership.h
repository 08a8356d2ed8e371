// stream/log/embedded/membership.h
// One member's view of its Group: joins at the first poll, learns what it lost, joins again.
//
//   Errors   Remedy::stop: another member took over this static instance, after what it took was told as lost
//   Threads  one
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "stream/log/embedded/broker.h"
#include "stream/log/log.h"

namespace due::log::embedded {

class LogMembership final : public Membership {
 public:
  static Result<std::unique_ptr<LogMembership>> join(std::shared_ptr<Broker> broker, const MembershipOptions& options);
  ~LogMembership() override;
  Result<std::optional<Rebalance>> poll(Duration deadline) override;
  Status acknowledge(const Rebalance& rebalance) override;
  Identity identity() override;

 private:
  LogMembership(std::shared_ptr<Broker> broker, MembershipOptions options, std::set<TopicPartition> partitions)
      : broker_(std::move(broker)), options_(std::move(options)), partitions_(std::move(partitions)) {}
  Result<std::optional<Rebalance>> poll_once(const Broker::Locked& locked);
  Group& group(const Broker::Locked& locked) { return broker_->group(locked, options_.group); }

  std::shared_ptr<Broker> broker_;
  MembershipOptions options_;
  std::set<TopicPartition> partitions_;  // of the spine
  std::string id_;                       // empty: has not joined (again) yet
  std::set<TopicPartition> held_;        // was told, and has not given up
  std::optional<Rebalance::Kind> open_;  // waits for acknowledge()
  bool fenced_ = false;
};

}  // namespace due::log::embedded
