#include "stream/cli/feeds/account_risk.h"

#include <gtest/gtest.h>

#include <deque>

#include "schemas/base/hash.h"
#include "schemas/codec/event_decoder.h"

namespace due::cli {
namespace {

// The hash of "topic key milliseconds value\n" for each record; the peers' generator writes the same lines.
std::string hash_of(const AccountRiskFeed::Options& options, int& records) {
  AccountRiskFeed feed{options};
  RunningHash running;
  for (FeedRecord record; feed.next(record); ++records) {
    const std::int64_t ms = record.timestamp->micros / 1'000;
    running.add(record.topic + ' ' + *record.key + ' ' + std::to_string(ms) + ' ' + *record.value + '\n');
  }
  return running.value().hex();
}

TEST(AccountRiskFeed, MakesTheBytesOfThePeersGenerator) {
  int records = 0;
  EXPECT_EQ(hash_of({.phase = 0, .customers = 1'000, .count = 20'000, .preloaded = 20'000}, records), "6f045f2bbd45c8ea14792757f95e2088");
  EXPECT_EQ(records, 20'189);
  records = 0;
  EXPECT_EQ(hash_of({.phase = 1, .customers = 1'000, .count = 5'000, .preloaded = 20'000}, records), "cc28b2e212e7c2691301c9de2331a9f8");
  EXPECT_EQ(records, 5'056);
}

TEST(AccountRiskFeed, MakesEventsThatDecode) {
  AccountRiskFeed feed{{.phase = 0, .customers = 100, .count = 2'000, .preloaded = 2'000}};
  codec::EventDecoder decoder;
  std::deque<std::string> arena;
  int repeated = 0;
  for (FeedRecord record; feed.next(record);) {
    const auto decoded = decoder.decode(*record.value, {}, arena);
    ASSERT_TRUE(std::holds_alternative<events::Event>(decoded)) << *record.value;
    EXPECT_EQ(std::get<events::Event>(decoded).customer_id, *record.key);
    repeated += feed.duplicate() ? 1 : 0;
  }
  EXPECT_GT(repeated, 5);
}

TEST(JavaQueue, GivesEqualKeysInTheOrderOfJavasHeap) {
  struct Item {
    int at;
    char name;
  };
  JavaQueue<Item> queue;
  for (const Item item : {Item{1, 'a'}, Item{1, 'b'}, Item{1, 'c'}, Item{0, 'd'}, Item{1, 'e'}}) queue.add(item);
  std::string order;
  while (!queue.empty()) order += queue.poll().name;
  EXPECT_EQ(order, "debca");
}

}  // namespace
}  // namespace due::cli
