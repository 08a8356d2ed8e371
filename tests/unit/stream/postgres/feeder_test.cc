#include "stream/postgres/feeder.h"

#include "stream/postgres/handover.h"
#include "tests/unit/stream/postgres/scene.h"

#include <thread>

namespace due::postgres {
namespace {

class Feed {
 public:
  explicit Feed(std::vector<std::string> topics) : scene(topics), topics_(std::move(topics)) {
    for (const std::string& t : topics_) options.tables.push_back(&table_of(t));
    for (std::size_t t = 0; t < topics_.size(); ++t)
      for (std::int32_t p = 0; p < 2; ++p) options.targets.push_back({t, p, topics_[t], "id"});
    options.until_caught_up = true;
    attached.next.assign(options.targets.size(), -1);
  }
  // All batches to the end; what they come to is where the next call goes on.
  std::vector<Batch> read() {
    std::vector<Batch> batches;
    auto feeder = Feeder::open(scene.log(), options, attached);
    EXPECT_TRUE(feeder.has_value()) << (feeder ? "" : feeder.error().what);
    if (!feeder) return batches;
    const std::atomic<bool> stop{false};
    do batches.push_back((*feeder)->next([] { return true; }, stop));
    while (!batches.back().last && !batches.back().failure);
    return batches;
  }
  // As if the batch had been written.
  void settle(const Batch& batch) {
    for (const Move& m : batch.moves)
      for (std::size_t i = 0; i < options.targets.size(); ++i)
        if (options.targets[i].table == m.table && options.targets[i].partition == m.partition) {
          EXPECT_EQ(attached.next[i], m.since);
          attached.next[i] = m.till;
        }
    for (const ChainEnd& head : batch.heads) {
      std::erase_if(attached.heads, [&](const ChainEnd& h) {
        return h.table == head.table && h.partition == head.partition && h.task == head.task;
      });
      attached.heads.push_back(head);
    }
  }

  LogScene scene;
  Feeder::Options options;
  Attached attached;

 private:
  std::vector<std::string> topics_;
};

std::int64_t fresh(const std::vector<Batch>& batches) {
  std::int64_t n = 0;
  for (const Batch& b : batches)
    for (const Rows& r : b.fresh) n += r.count;
  return n;
}
std::int64_t repeats(const std::vector<Batch>& batches) {
  std::int64_t n = 0;
  for (const Batch& b : batches)
    for (const Rows& r : b.repeats) n += r.count;
  return n;
}

TEST(Feeder, TakesEachRecordOnceAndGoesOnWhereItStopped) {
  Feed feed({"decisions", "invoices"});
  for (int seq = 1; seq <= 3; ++seq) feed.scene.put("decisions", 0, decision("account-0", seq));
  feed.scene.put("decisions", 1, decision("account-0", 1));  // another partition counts for itself
  feed.scene.put("invoices", 1, {"C1", "{}", {}});
  auto batches = feed.read();
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].fresh[0].count, 4);
  EXPECT_EQ(batches[0].fresh[1].count, 1);
  EXPECT_EQ(batches[0].moves.size(), 3U);
  feed.settle(batches[0]);
  EXPECT_EQ(fresh(feed.read()), 0);
  feed.scene.put("decisions", 0, decision("account-0", 4));
  batches = feed.read();
  EXPECT_EQ(fresh(batches), 1);
  ASSERT_EQ(batches.back().heads.size(), 1U);
  EXPECT_EQ(batches.back().heads[0].seq, 4);
  EXPECT_EQ(batches.back().heads[0].rows, 4);
}

TEST(Feeder, StopsAtAGapAndHandsOutWhatCameBefore) {
  Feed feed({"decisions"});
  for (const int seq : {1, 2, 4, 5}) feed.scene.put("decisions", 0, decision("account-0", seq));
  const auto batches = feed.read();
  ASSERT_TRUE(batches.back().failure);
  EXPECT_NE(batches.back().failure->what.find("behind seq 2 of task account-0 comes seq 4"), std::string::npos)
      << batches.back().failure->what;
  EXPECT_EQ(fresh(batches), 2);
  ASSERT_EQ(batches.back().moves.size(), 1U);
  EXPECT_EQ(batches.back().moves[0].till, 2);
}

TEST(Feeder, StopsWhereTheBeginningIsMissing) {
  Feed feed({"decisions"});
  feed.scene.put("decisions", 0, decision("account-0", 2));
  EXPECT_TRUE(feed.read().back().failure);
}

TEST(Feeder, TellsRepeatsFromNewRowsByTheirSequence) {
  Feed feed({"decisions"});
  for (const int seq : {1, 2, 3, 2, 3, 4}) feed.scene.put("decisions", 0, decision("account-0", seq));
  const auto batches = feed.read();
  EXPECT_FALSE(batches.back().failure);
  EXPECT_EQ(fresh(batches), 4);
  EXPECT_EQ(repeats(batches), 2);
}

TEST(Feeder, ReadsAgainFromTheBeginningAsRepeats) {
  Feed feed({"decisions", "invoices"});
  for (int seq = 1; seq <= 3; ++seq) feed.scene.put("decisions", 0, decision("account-0", seq));
  feed.scene.put("invoices", 0, {"C1", "{}", {}});
  const auto first = feed.read();
  feed.settle(first.back());
  feed.scene.put("decisions", 0, decision("account-0", 4));
  feed.options.from_beginning = true;
  const auto again = feed.read();
  EXPECT_EQ(repeats(again), 4);
  EXPECT_EQ(fresh(again), 1);
  for (const Move& m : again.back().moves) EXPECT_GE(m.till, m.since);
}

TEST(Feeder, FindsARecordMissingThatWasThereBefore) {
  Feed feed({"decisions"});
  for (const int seq : {1, 3}) feed.scene.put("decisions", 0, decision("account-0", seq));
  feed.attached.next[0] = 2;
  feed.attached.heads = {{0, 0, "account-0", 3, 3, {}}};
  feed.options.from_beginning = true;
  EXPECT_TRUE(feed.read().back().failure);
}

TEST(Feeder, StopsAtARecordThatIsNotOfItsTopic) {
  Feed feed({"decisions"});
  feed.scene.put("decisions", 0, decision("account-0", 1));
  feed.scene.put("decisions", 0, {"C1", "{}", {}});
  auto batches = feed.read();
  ASSERT_TRUE(batches.back().failure);
  EXPECT_NE(batches.back().failure->what.find("decisions/0 offset 1 is not a record of this topic"), std::string::npos);
  EXPECT_EQ(fresh(batches), 1);
  Feed other({"decisions"});
  other.scene.put("decisions", 0, {"C1", "{}", by_task("account-0", 1)});
  batches = other.read();
  ASSERT_TRUE(batches.back().failure);
  EXPECT_EQ(fresh(batches), 0);
  EXPECT_TRUE(batches.back().fresh[0].tuples.empty());  // no half row is left
}

TEST(Feeder, CutsBatchesAndChainsDoNotDependOnTheCut) {
  Feed whole({"decisions"}), cut({"decisions"});
  cut.options.batch_bytes = 1;
  for (std::int64_t seq = 1; seq <= 6'000; ++seq) {
    whole.scene.put("decisions", 1, decision("account-1", seq));
    cut.scene.put("decisions", 1, decision("account-1", seq));
  }
  const auto one = whole.read(), many = cut.read();
  EXPECT_GT(many.size(), 1U);
  EXPECT_EQ(fresh(many), 6'000);
  std::string tuples;
  ChainEnd end;
  std::vector<ChainEnd> seals;
  for (const Batch& b : many) {
    tuples += b.fresh[0].tuples;
    for (const ChainEnd& h : b.heads) end = h;
    seals.insert(seals.end(), b.seals.begin(), b.seals.end());
  }
  ASSERT_EQ(seals.size(), 1U);
  EXPECT_EQ(seals[0].seq, rows_per_seal);
  ASSERT_EQ(one.back().heads.size(), 1U);
  // Embedded logs stamp the time of arrival, so only each chain for itself can be checked: over its own rows.
  Link link = first_link("decisions", 1, "account-1");
  ChainHash hash;
  for (std::string_view rest = tuples; !rest.empty();) {
    const std::size_t size = TupleReader::size_of(rest);
    hash.extend(link, rest.substr(0, size));
    rest.remove_prefix(size);
  }
  EXPECT_EQ(hex(link), hex(end.link));
}

TEST(Feeder, EndsAtOnceWhenTold) {
  Feed feed({"decisions"});
  feed.options.until_caught_up = false;
  auto feeder = Feeder::open(feed.scene.log(), feed.options, feed.attached);
  ASSERT_TRUE(feeder.has_value());
  const std::atomic<bool> stop{true};
  EXPECT_TRUE((*feeder)->next([] { return true; }, stop).last);
}

TEST(Handover, HoldsOneBatchAndLetsGoWhenClosed) {
  Handover handover;
  EXPECT_TRUE(handover.put({}));
  std::thread closer([&] { handover.close(); });
  EXPECT_FALSE(handover.put({}));  // nobody took the first one
  closer.join();
}

}  // namespace
}  // namespace due::postgres
