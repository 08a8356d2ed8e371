#include <gtest/gtest.h>

#include "stream/cli/watched/lag_meter.h"

namespace due::cli {
namespace {

using namespace std::chrono_literals;

TEST(LagHistory, IsZeroWhereNothingIsBehind) {
  LagHistory h;
  EXPECT_EQ(h.seconds(1s, 5, 5), 0);
  EXPECT_EQ(h.seconds(2s, 7, 7), 0);
}

TEST(LagHistory, SaysHowLongTheOldestRecordHasBeenThere) {
  LagHistory h;
  EXPECT_EQ(h.seconds(10s, 5, 8), 0);   // 5 to 7 seen now
  EXPECT_EQ(h.seconds(11s, 5, 9), 1);   // 5 since 10 s
  EXPECT_EQ(h.seconds(14s, 7, 9), 4);   // 7 since 10 s
  EXPECT_EQ(h.seconds(15s, 8, 9), 4);   // 8 since 11 s
  EXPECT_EQ(h.seconds(16s, 9, 9), 0);
  EXPECT_EQ(h.seconds(17s, 9, 10), 0);  // a new one, seen now
}

TEST(LagHistory, IsNotRaisedByRecordsThatComeAndGo) {
  LagHistory h;
  for (int s = 0; s < 10'000; ++s) EXPECT_LE(h.seconds(std::chrono::seconds(s), s * 10, s * 10 + 15), 1) << s;
}

TEST(LagHistory, RemembersTheOldestOverADay) {
  LagHistory h;
  double last = 0;
  for (int s = 0; s <= 86'400; ++s) last = h.seconds(std::chrono::seconds(s), 1, s + 2);
  EXPECT_EQ(last, 86'400);
}

}  // namespace
}  // namespace due::cli
