#include <algorithm>

#include "tests/integration/log_suite.h"

namespace due::log::suite {

using Kind = Rebalance::Kind;

void MembershipSuite::SetUp() {
  LogSuite::SetUp();
  if (IsSkipped()) return;
  spine = scene().topic("spine", 4);
  group = scene().name("group");
}

namespace {

bool disjoint(const Member& a, const Member& b) {
  return std::none_of(a.owned().begin(), a.owned().end(), [&](const TopicPartition& p) { return b.owned().contains(p); });
}
bool halves(const Member& a, const Member& b) { return a.owned().size() == 2 && b.owned().size() == 2 && disjoint(a, b); }

TEST_P(MembershipSuite, GivesASoleMemberEveryPartitionAndAGeneration) {
  auto member = scene().sole_member(group, {spine});
  EXPECT_EQ(member->owned().size(), 4U);
  const Identity identity = member->identity();
  EXPECT_EQ(identity.group, group);
  EXPECT_FALSE(identity.member.empty());
  EXPECT_GE(identity.generation, 0);
}

TEST_P(MembershipSuite, HasNoGenerationBeforeItHasJoined) {
  EXPECT_LT(scene().join(group, {}, {spine})->identity().generation, 0);
}

TEST_P(MembershipSuite, SharesSeveralSpineTopicsEvenly) {
  const std::string second = scene().topic("spine-2", 4);
  auto a = scene().join(group, {}, {spine, second}), b = scene().join(group, {}, {spine, second});
  ASSERT_TRUE(scene().settle({a.get(), b.get()}, [&] { return a->owned().size() == 4 && b->owned().size() == 4; }));
  EXPECT_TRUE(disjoint(*a, *b));
}

TEST_P(MembershipSuite, TakesFromTheFirstMemberOnlyWhatTheSecondGets) {
  auto a = scene().sole_member(group, {spine});
  auto b = scene().join(group, {}, {spine});
  ASSERT_TRUE(scene().settle({a.get(), b.get()}, [&] { return halves(*a, *b); }));
  EXPECT_EQ(a->count(Kind::lost), 0U);
  EXPECT_EQ(a->count(Kind::revoked), 1U);
  for (const Rebalance& r : a->events()) {
    if (r.kind != Kind::revoked) continue;
    EXPECT_EQ(r.partitions.size(), 2U) << "a cooperative rebalance leaves the others where they are";
  }
  const auto same_generation = [&] { return a->identity().generation == b->identity().generation; };
  EXPECT_TRUE(scene().settle({a.get(), b.get()}, same_generation));
}

TEST_P(MembershipSuite, GivesARevokedPartitionToItsHeirOnlyAfterTheAcknowledgement) {
  auto a = scene().sole_member(group, {spine});
  a->hold_revokes();
  auto b = scene().join(group, {}, {spine});
  ASSERT_TRUE(scene().settle({a.get(), b.get()}, [&] { return a->holds_revoke(); }));
  for (int i = 0; i < 20; ++i) {
    a->poll(Duration{5});
    b->poll(Duration{5});
    EXPECT_TRUE(b->owned().empty()) << "given away before it was given up";
  }
  a->release_revokes();
  EXPECT_TRUE(scene().settle({a.get(), b.get()}, [&] { return halves(*a, *b); }));
}

TEST_P(MembershipSuite, GivesThePartitionsOfALeaverToThoseWhoStay) {
  auto a = scene().join(group, {}, {spine}), b = scene().join(group, {}, {spine});
  ASSERT_TRUE(scene().settle({a.get(), b.get()}, [&] { return halves(*a, *b); }));
  const Identity before = a->identity();
  b.reset();
  ASSERT_TRUE(scene().settle({a.get()}, [&] { return a->owned().size() == 4; }));
  EXPECT_GT(a->identity().generation, before.generation);
  EXPECT_EQ(a->count(Kind::lost), 0U);
}

TEST_P(MembershipSuite, GivesAStaticMemberThatComesBackItsFormerPartitionsAndDisturbsNobody) {
  auto a = scene().join(group, "slot-a", {spine}), b = scene().join(group, "slot-b", {spine});
  ASSERT_TRUE(scene().settle({a.get(), b.get()}, [&] { return halves(*a, *b); }));
  const std::set<TopicPartition> before = b->owned();
  const std::size_t events = a->events().size();
  b.reset();
  b = scene().join(group, "slot-b", {spine});
  ASSERT_TRUE(scene().settle({a.get(), b.get()}, [&] { return b->owned().size() == 2; }));
  EXPECT_EQ(b->owned(), before);
  EXPECT_EQ(a->events().size(), events);
  EXPECT_EQ(b->identity().instance, "slot-b");
}

TEST_P(MembershipSuite, FencesTheOlderOfTwoMembersOfOneInstance) {
  const std::string out = scene().topic("out");
  auto older = scene().join(group, "slot", {spine});
  ASSERT_TRUE(scene().settle({older.get()}, [&] { return older->owned().size() == 4; }));
  const Identity before = older->identity();
  auto newer = scene().join(group, "slot", {spine});
  ASSERT_TRUE(scene().settle({newer.get()}, [&] { return newer->owned().size() == 4; }));

  auto writer = scene().committer(scene().name("older"), {out});
  EXPECT_EQ(scene().commit(*writer, {output(0, 0, "older")}, at({spine, 0}, 1, "older"), before).outcome, Outcome::doubtful);
  writer = scene().committer(scene().name("newer"), {out});
  EXPECT_EQ(scene().commit(*writer, {output(0, 0, "newer")}, at({spine, 0}, 1, "newer"), newer->identity()).outcome,
            Outcome::clean);
  EXPECT_EQ(scene().position(group, {spine, 0})->metadata, "newer");

  ASSERT_TRUE(scene().settle({older.get()}, [&] { return older->count(Kind::lost) == 1; }));
  EXPECT_TRUE(older->owned().empty());
  EXPECT_LT(older->identity().generation, 0);
}

TEST_P(MembershipSuite, ExpelsAMemberThatDoesNotPollAndTakesItBackWhenItDoes) {
  auto silent = scene().join(group, {}, {spine}), alive = scene().join(group, {}, {spine});
  ASSERT_TRUE(scene().settle({silent.get(), alive.get()}, [&] { return halves(*silent, *alive); }));
  const Identity before = silent->identity();
  ASSERT_TRUE(scene().settle({alive.get()}, [&] { return alive->owned().size() == 4; })) << "the silent member was not expelled";

  const std::string out = scene().topic("out");
  auto writer = scene().committer(scene().name("silent"), {out});
  EXPECT_EQ(scene().commit(*writer, {output(0, 0, "late")}, at({spine, 0}, 1, "late"), before).outcome, Outcome::doubtful);

  ASSERT_TRUE(scene().settle({silent.get(), alive.get()}, [&] { return silent->count(Kind::lost) == 1; }));
  ASSERT_TRUE(scene().settle({silent.get(), alive.get()}, [&] { return halves(*silent, *alive); })) << "it did not rejoin";
  EXPECT_GT(silent->identity().generation, before.generation);
}

TEST_P(MembershipSuite, MovesTheGenerationOfAMemberWhoseOwnPartitionsStay) {
  auto a = scene().join(group, {}, {spine}), b = scene().join(group, {}, {spine});
  ASSERT_TRUE(scene().settle({a.get(), b.get()}, [&] { return halves(*a, *b); }));
  const std::int32_t before = a->identity().generation;
  auto c = scene().join(group, {}, {spine});
  ASSERT_TRUE(scene().settle({a.get(), b.get(), c.get()}, [&] {
    return !c->owned().empty() && a->identity().generation > before && b->identity().generation > before;
  }));
  EXPECT_EQ(a->owned().size() + b->owned().size() + c->owned().size(), 4U);
}

TEST_P(MembershipSuite, KeepsTwoGroupsOfOneSpineApart) {
  auto a = scene().sole_member(group, {spine});
  auto b = scene().sole_member(scene().name("other-group"), {spine});
  EXPECT_EQ(a->owned(), b->owned());
}

}  // namespace
}  // namespace due::log::suite
