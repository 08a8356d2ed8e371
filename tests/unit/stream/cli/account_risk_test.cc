#include "stream/cli/feeds/account_risk.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>

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

// How many invoices and payments each of the first customers has, and how many events all have.
struct Books {
  std::map<std::string, int> invoices, payments, events;
};
Books books_of(const AccountRiskFeed::Options& options) {
  AccountRiskFeed feed{options};
  Books books;
  for (FeedRecord record; feed.next(record);) {
    if (feed.duplicate()) continue;
    ++books.events[*record.key];
    if (record.topic == "invoices") ++books.invoices[*record.key];
    if (record.topic == "payments") ++books.payments[*record.key];
  }
  return books;
}

TEST(AccountRiskFeed, LargeAccountsBeginWithInvoicesThatNobodyPays) {
  const Books ahead = books_of({.customers = 1'000, .count = 600, .preloaded = 600, .large_accounts = 3, .items = 200});
  EXPECT_EQ(ahead.invoices, (std::map<std::string, int>{{"C00000000", 200}, {"C00000001", 200}, {"C00000002", 200}}));
  EXPECT_TRUE(ahead.payments.empty());
  const Books whole = books_of({.customers = 1'000, .count = 20'000, .preloaded = 20'000, .large_accounts = 3, .items = 2'000});
  EXPECT_GE(whole.invoices.at("C00000002"), 2'000);
  EXPECT_GT(whole.payments.size(), 100U);  // behind them the workload goes on
  EXPECT_LT(whole.payments.at("C00000002"), 500);
}

TEST(AccountRiskFeed, SkewSaysHowUnequallyActiveCustomersAre) {
  const auto most_active = [](std::int64_t skew) {
    return books_of({.customers = 100, .count = 10'000, .preloaded = 10'000, .skew_thousandths = skew}).events.at("C00000000");
  };
  const int alike = most_active(0), usual = most_active(800), steep = most_active(1'500);
  EXPECT_NEAR(alike, 100, 50);
  EXPECT_GT(usual, 4 * alike);
  EXPECT_GT(steep, 2 * usual);
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
