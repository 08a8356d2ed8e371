// tests/simulator/client/log.h
// The log's seam for one simulated process: the embedded log's own readers, groups and transactions, behind the network.
//
//   Errors   as stream/log/log.h; with Fault::retry_errors calls fail that may be repeated
//   Threads  one strand uses what it was handed
#pragma once

#include <memory>

#include "stream/log/log.h"
#include "tests/simulator/world/node.h"

namespace due::sim {

class NodeLog final : public log::Log {
 public:
  explicit NodeLog(Node& node) : node_(node) {}
  Result<std::unique_ptr<log::Membership>> join(const log::MembershipOptions& options) override;
  Result<std::unique_ptr<log::Reader>> reader(log::Isolation isolation) override;
  Result<std::unique_ptr<log::Committer>> open_committer(const log::CommitterOptions& options) override;
  Result<std::unique_ptr<log::Publisher>> publisher() override;
  Result<std::vector<std::optional<log::CommittedPosition>>> committed(const std::string& group,
                                                                       std::span<const log::TopicPartition> partitions,
                                                                       log::Duration deadline) override;
  Result<log::Bounds> bounds(const log::TopicPartition& partition, log::Isolation isolation) override;
  Result<std::vector<log::TopicInfo>> describe(std::span<const std::string> topics) override;
  Status create(std::span<const log::TopicSpec> topics) override;
  Result<std::string> cluster() override;
  log::Time& time() override { return node_.time; }

 private:
  // Asks until an answer comes, three times at most.
  template <class A>
  Result<A> ask(const std::string& what, std::function<Result<A>()> serve);

  Node& node_;
};

}  // namespace due::sim
