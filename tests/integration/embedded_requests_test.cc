// Transactions request by request: what a late, doubled or misdelivered one does to a transaction that it does not belong to.
#include <gtest/gtest.h>

#include "stream/log/embedded/broker.h"
#include "stream/log/embedded/writers.h"

namespace due::log::embedded {
namespace {

using Kind = Answer::Kind;

class Requests : public testing::Test {
 protected:
  Requests() : broker(*Broker::open(options())), locked(broker->lock()) {
    for (const char* name : {"out", "spine"}) EXPECT_TRUE(broker->topics(locked).create({name, 2, {}}, {}));
    session = **requests().initialise("writer", Duration{60'000});
  }
  Options options() {
    Options o;
    o.seed = 7;
    o.markers_wait = [this](const std::string& id) { waiting.push_back(id); };
    return o;
  }
  Transactions& requests() { return broker->transactions(locked); }
  void begin() {
    const TopicPartition out[] = {{"out", 0}, {"out", 1}};
    ASSERT_EQ(requests().add_partitions(session, out).kind, Kind::done);
    ASSERT_EQ(requests().add_group(session, "group").kind, Kind::done);
  }
  Answer produce(std::int32_t partition, std::int64_t sequence) {
    TopicWrites writes = TopicWrites::of(**broker->topics(locked).topic("out"));
    EXPECT_TRUE(writes.add(partition, {.key = "k", .value = "v", .headers = {}, .timestamp = {}}));
    return requests().produce(session, writes.partitions[static_cast<std::size_t>(partition)], sequence);
  }
  // Nobody has joined, so an identity without a generation passes the group's fence.
  Answer positions(std::int64_t next) {
    return requests().commit_positions(session, broker->group(locked, "group"), {.group = "group", .member = {}, .instance = {}},
                                       {{{"spine", 0}, {next}, std::to_string(next)}});
  }
  Kind end(Verdict verdict = Verdict::commit) { return requests().end(session, verdict).kind; }
  void mark_all() {
    while (requests().unmarked("writer") > 0) ASSERT_TRUE(requests().mark("writer", 0));
  }
  std::int64_t visible(std::int32_t partition) { return (*broker->topics(locked).partition({"out", partition}))->stable_end().value; }
  std::int64_t position() {
    const auto found = requests().committed("group", {"spine", 0});
    return found ? found->next.value : -1;
  }

  std::vector<std::string> waiting;
  std::shared_ptr<Broker> broker;
  Broker::Locked locked;
  Session session;
};

TEST_F(Requests, ShowAPartitionOnceItsOwnMarkerIsThereAndThePositionOnceItsIs) {
  begin();
  ASSERT_EQ(produce(0, 0).kind, Kind::done);
  ASSERT_EQ(produce(1, 0).kind, Kind::done);
  ASSERT_EQ(positions(5).kind, Kind::done);
  ASSERT_EQ(end(), Kind::done);
  EXPECT_EQ(waiting, std::vector<std::string>{"writer"});
  EXPECT_EQ(requests().unmarked("writer"), 3U);
  ASSERT_TRUE(requests().mark("writer", 1));
  EXPECT_EQ(visible(0), 0);
  EXPECT_EQ(visible(1), 2);
  EXPECT_TRUE(requests().pending("group", {"spine", 0}));
  EXPECT_EQ(position(), -1);
  mark_all();
  EXPECT_EQ(visible(0), 2);
  EXPECT_EQ(position(), 5);
  EXPECT_FALSE(requests().pending("group", {"spine", 0}));
}

TEST_F(Requests, AreAskedToWaitWhileMarkersAreMissing) {
  begin();
  ASSERT_EQ(produce(0, 0).kind, Kind::done);
  ASSERT_EQ(end(), Kind::done);
  EXPECT_EQ(end(), Kind::busy);
  EXPECT_EQ(requests().add_group(session, "group").kind, Kind::busy);
  EXPECT_FALSE(requests().initialise("writer", Duration{60'000})->has_value());
  mark_all();
  EXPECT_EQ(end(), Kind::done) << "said twice";
  EXPECT_EQ(end(Verdict::abort), Kind::refused);
  EXPECT_TRUE(requests().initialise("writer", Duration{60'000})->has_value());
}

TEST_F(Requests, StoreAWriteThatComesTwiceOnce) {
  begin();
  ASSERT_EQ(produce(0, 0).kind, Kind::done);
  EXPECT_EQ(produce(0, 0).kind, Kind::done);
  EXPECT_EQ(produce(0, 2).kind, Kind::busy) << "number 1 is missing";
  ASSERT_EQ(end(), Kind::done);
  mark_all();
  EXPECT_EQ(visible(0), 2) << "one record, one marker";
}

TEST_F(Requests, TearTheNextTransactionWhenItsEndComesLate) {
  begin();
  ASSERT_EQ(end(), Kind::done);
  begin();
  ASSERT_EQ(produce(0, 0).kind, Kind::done);
  ASSERT_EQ(end(), Kind::done) << "of the first transaction, sent a second time";
  mark_all();
  EXPECT_EQ(produce(1, 0).kind, Kind::refused);
  EXPECT_EQ(visible(0), 2) << "half of the second transaction";
}

TEST_F(Requests, SetThePositionBackWhenItsCommitComesLate) {
  begin();
  ASSERT_EQ(positions(5).kind, Kind::done);
  ASSERT_EQ(end(), Kind::done);
  mark_all();
  EXPECT_EQ(positions(5).kind, Kind::refused) << "no transaction is open";
  begin();
  ASSERT_EQ(positions(9).kind, Kind::done);
  ASSERT_EQ(positions(5).kind, Kind::done) << "of the first transaction, sent a second time";
  ASSERT_EQ(end(), Kind::done);
  mark_all();
  EXPECT_EQ(position(), 5);
}

TEST_F(Requests, AreFencedOnceTheIdWasOpenedAgain) {
  begin();
  ASSERT_EQ(produce(0, 0).kind, Kind::done);
  ASSERT_EQ(positions(5).kind, Kind::done);
  EXPECT_FALSE(requests().initialise("writer", Duration{60'000})->has_value()) << "its markers first";
  EXPECT_EQ(end(), Kind::fenced);
  EXPECT_EQ(produce(0, 1).kind, Kind::fenced);
  EXPECT_EQ(positions(6).kind, Kind::fenced);
  mark_all();
  const auto heir = requests().initialise("writer", Duration{60'000});
  ASSERT_TRUE(heir->has_value());
  EXPECT_GT((*heir)->epoch, session.epoch);
  EXPECT_EQ(end(), Kind::fenced);
  EXPECT_EQ(position(), -1);
}

}  // namespace
}  // namespace due::log::embedded
