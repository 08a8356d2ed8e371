// What a group of the embedded log owes its members when one of them dies in the middle of a hand-over.
#include <gtest/gtest.h>

#include "stream/log/embedded/coordinator/group.h"

namespace due::log::embedded::coordinator {
namespace {

class HandOver : public testing::Test {
 protected:
  static Group::Subscription slot(const std::string& instance) {
    return {instance, {{"spine", 0}, {"spine", 1}}, Duration{10'000}};
  }
  // What a member is told, acknowledged unless it is a revoke.
  std::optional<Rebalance> poll(const std::string& member) {
    now += Instant{1'000};
    const auto told = group.poll(member, now);
    if (told && told->kind == Rebalance::Kind::assigned) {
      group.acknowledge(member, *told, now);
      owned[member].insert(told->partitions.begin(), told->partitions.end());
    }
    return told;
  }

  Group group{"group"};
  Instant now{0};
  std::map<std::string, std::set<TopicPartition>> owned;
};

TEST_F(HandOver, LeavesNoPartitionWithoutOwnerWhenTheGiverDiesBeforeItAcknowledges) {
  group.join("a1", slot("a"), now);
  for (int i = 0; i < 3; ++i) (void)poll("a1");
  ASSERT_EQ(owned["a1"].size(), 2U);
  group.join("b1", slot("b"), now);
  std::optional<Rebalance> revoked;
  for (int i = 0; i < 5 && !revoked; ++i) {
    revoked = poll("a1");
    (void)poll("b1");
  }
  ASSERT_TRUE(revoked);
  ASSERT_EQ(revoked->kind, Rebalance::Kind::revoked);
  group.join("a2", slot("a"), now);  // its process was killed here, and is started again
  for (int i = 0; i < 10; ++i)
    for (const char* member : {"a2", "b1"}) (void)poll(member);
  EXPECT_EQ(owned["a2"].size(), 1U);
  EXPECT_EQ(owned["b1"].size(), 1U);
}

}  // namespace
}  // namespace due::log::embedded::coordinator
