#include "tests/bench/latency/measure.h"

#include <gtest/gtest.h>

#include <numeric>

namespace due::bench {
namespace {

TEST(Latency, SendsEachEventAtItsTimeWhateverBecameOfOthers) {
  const Schedule s{.start = 1'000, .rate = 20'000};
  EXPECT_EQ(s.at(0), 1'000);
  EXPECT_EQ(s.at(1), 51'000);
  EXPECT_EQ(s.at(20'000), 1'000'001'000);
  EXPECT_EQ(s.due_by(999), 0);
  EXPECT_EQ(s.due_by(1'000), 1);
  EXPECT_EQ(s.due_by(50'999), 1);
  EXPECT_EQ(s.due_by(51'000), 2);
  for (const std::int64_t n : {0, 7, 19'999, 600'000}) EXPECT_EQ(s.due_by(s.at(n)), n + 1) << n;
}

TEST(Latency, FindsTheEventOfADecision) {
  EXPECT_EQ(text_of(R"({"id":"invoices/0/1","data":{"event_id":"a-1","decision":"LOW"}})", R"("event_id":")"), "a-1");
  EXPECT_EQ(text_of(R"({"id":"a-2"})", R"("id":")"), "a-2");
  EXPECT_EQ(text_of(R"({"id":"a-2"})", R"("event_id":")"), std::nullopt);
  EXPECT_EQ(text_of(R"({"event_id":"cut)", R"("event_id":")"), std::nullopt);
}

TEST(Latency, HasPercentilesThatWereMeasured) {
  std::vector<std::int64_t> v(1'000);
  std::iota(v.begin(), v.end(), 1);
  EXPECT_EQ(percentile(v, 0.5), 500);
  EXPECT_EQ(percentile(v, 0.99), 990);
  EXPECT_EQ(percentile(v, 0.999), 999);
  EXPECT_EQ(percentile(v, 1), 1'000);
  EXPECT_EQ(percentile({7}, 0.5), 7);
  EXPECT_EQ(percentile({7, 9}, 0.99), 9);
}

// Percentiles of the parts do not add up to those of the whole: each is sorted by itself.
TEST(Latency, TellsThePartsOfTheWayApart) {
  const std::vector<Way> ways = {{100, 130, 135}, {200, 210, 260}, {300, 320, 321}};
  EXPECT_EQ(parts_of(ways, &Way::due, &Way::readable), (std::vector<std::int64_t>{21, 35, 60}));
  EXPECT_EQ(parts_of(ways, &Way::due, &Way::in_log), (std::vector<std::int64_t>{10, 20, 30}));
  EXPECT_EQ(parts_of(ways, &Way::in_log, &Way::readable), (std::vector<std::int64_t>{1, 5, 50}));
  EXPECT_TRUE(parts_of({}, &Way::due, &Way::readable).empty());
}

}  // namespace
}  // namespace due::bench
