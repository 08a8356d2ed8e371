#include <gtest/gtest.h>

#include "stream/cli/topic_reader.h"
#include "stream/log/embedded/embedded_log.h"

namespace due::cli {
namespace {

class NewestRecords : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = log::embedded::EmbeddedLog::open({});
    ASSERT_TRUE(opened.has_value());
    log_ = std::move(*opened);
    const log::TopicSpec spec{"t", 2, {{"retention.ms", "-1"}}};
    ASSERT_TRUE(log_->create({&spec, 1}).has_value());
    // Records 0 to 4999, each second later than the one before, alternating between the partitions.
    auto publisher = log_->publisher();
    ASSERT_TRUE(publisher.has_value());
    for (int i = 0; i < 5'000; ++i) {
      const std::string key = i % 1'000 == 0 ? "rare" : "often", value = std::to_string(i);
      log::OutgoingRecord r;
      r.topic = "t";
      r.partition = i % 2;
      r.key = key;
      r.value = value;
      r.timestamp = EventTime{i * 1'000'000LL};
      ASSERT_TRUE((*publisher)->send(r).has_value());
    }
    ASSERT_TRUE((*publisher)->flush().has_value());
  }
  Found find(std::size_t count, std::string_view key, std::int64_t look_back_max = INT64_MAX) {
    auto whole = whole_topic(*log_, "t");
    EXPECT_TRUE(whole.has_value());
    auto found = newest(*log_, {"t", *whole, count, look_back_max},
                        [key](const log::Record& r) { return key.empty() || r.key == key; });
    EXPECT_TRUE(found.has_value());
    return found ? std::move(*found) : Found{};
  }
  static std::string values(const Found& f) {
    std::string all;
    for (const KeptRecord& k : f.records) all += (all.empty() ? "" : " ") + k.value.value_or("-");
    return all;
  }
  std::unique_ptr<log::embedded::EmbeddedLog> log_;
};



TEST_F(NewestRecords, AreTheLastOfAllPartitionsOldestFirst) { EXPECT_EQ(values(find(5, "")), "4995 4996 4997 4998 4999"); }

TEST_F(NewestRecords, AreLookedForFurtherAndFurtherBack) { EXPECT_EQ(values(find(3, "rare")), "2000 3000 4000"); }

TEST_F(NewestRecords, AreAllThatThereAreWhereThereAreFewer) {
  const Found f = find(9, "rare");
  EXPECT_EQ(values(f), "0 1000 2000 3000 4000");
  EXPECT_TRUE(f.all);
}

TEST_F(NewestRecords, AreSaidToBeIncompleteWhereTheSearchWasBounded) {
  const Found f = find(9, "rare", 1'200);  // of 2,500 offsets in each partition
  EXPECT_EQ(values(f), "3000 4000");
  EXPECT_FALSE(f.all);
}

TEST_F(NewestRecords, OfAnEmptyStretchAreNone) {
  auto found = newest(*log_, {"t", {{0, 7, 7}}, 3}, [](const log::Record&) { return true; });
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->records.empty());
  EXPECT_TRUE(found->all);
}

}  // namespace
}  // namespace due::cli
