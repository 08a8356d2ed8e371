#include "stream/cli/feeds/generator.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>
#include <string>

#include "schemas/codec/event_decoder.h"

namespace due::cli {
namespace {

CompanyOptions small() {
  CompanyOptions options;
  options.customers = 100;
  options.days = 200;
  options.bad_records_permille = 20;
  return options;
}

std::vector<FeedRecord> records_of(const CompanyOptions& options) {
  GeneratorFeed feed{options};
  std::vector<FeedRecord> records;
  for (FeedRecord record; feed.next(record);) records.push_back(record);
  EXPECT_EQ(records.size(), feed.size());
  return records;
}

std::string_view header(const FeedRecord& record, std::string_view name) {
  for (const auto& [found, value] : record.headers)
    if (found == name) return value;
  return {};
}

TEST(GeneratorFeed, MakesEqualBytesOfEqualSeedsAndOthersOfOthers) {
  const auto values = [](const CompanyOptions& options) {
    std::string all;
    for (const FeedRecord& record : records_of(options)) all += record.topic + record.key.value_or("-") + record.value.value_or("-");
    return all;
  };
  CompanyOptions other = small();
  other.seed = 2;
  EXPECT_EQ(values(small()), values(small()));
  EXPECT_NE(values(small()), values(other));
}

TEST(GeneratorFeed, OrdersRecordsByTimestampInsideThePeriod) {
  const CompanyOptions options = small();
  EventTime last = EventTime::earliest();
  for (const FeedRecord& record : records_of(options)) {
    EXPECT_LE(last, *record.timestamp);
    last = *record.timestamp;
    EXPECT_EQ(header(record, "history"), "true");
  }
  EXPECT_LT(last, start_of(options.start.plus(options.days)));
}

TEST(GeneratorFeed, MakesEventsThatDecodeAndFlawsThatAreRefusedAsExpected) {
  codec::EventDecoder decoder;
  std::map<std::string, int> outcomes;
  for (const FeedRecord& record : records_of(small())) {
    std::deque<std::string> arena;
    const auto decoded = decoder.decode(record.value, {}, arena);
    const auto* refused = std::get_if<codec::Refusal>(&decoded);
    const std::string_view expected = header(record, "expected-reason");
    // What only intake or the account can see decodes well.
    static const std::set<std::string_view> later = {"MISSING_KEY", "WRONG_KEY",         "FUTURE_DATED",
                                                     "CONFLICT",    "UNKNOWN_REFERENCE", "CURRENCY_MISMATCH"};
    if (expected.empty() || later.contains(expected)) {
      ASSERT_EQ(refused, nullptr) << *record.value;
    } else {
      ASSERT_NE(refused, nullptr) << expected << ' ' << record.value.value_or("null");
      ASSERT_EQ(codec::reason_code(refused->reason), expected);
    }
    EXPECT_EQ(!record.key, expected == "MISSING_KEY");
    if (refused == nullptr && record.key) {
      EXPECT_EQ(std::get<events::Event>(decoded).customer_id == *record.key, expected != "WRONG_KEY");
    }
    ++outcomes[std::string{expected}];
  }
  for (int flaw = 1; flaw <= flaw_count; ++flaw) EXPECT_GT(outcomes[std::string{expected_reason(static_cast<Flaw>(flaw))}], 0) << flaw;
}

TEST(GeneratorFeed, TellsAllKindsOfStoriesWithRepetitions) {
  std::map<std::string, int> types;
  std::map<std::string, int> values;
  for (const FeedRecord& record : records_of(small())) {
    if (!record.value || !header(record, "expected-reason").empty()) continue;
    const std::size_t at = record.value->find("due.");
    ++types[record.value->substr(at, record.value->find('"', at) - at)];
    ++values[*record.value];
  }
  for (const char* const type : {"due.invoice.issued.v1", "due.invoice.corrected.v1", "due.invoice.cancelled.v1", "due.payment.received.v1",
                                 "due.payment.reversed.v1", "due.usage.recorded.v1"})
    EXPECT_GT(types[type], 0) << type;
  int repeated = 0;
  for (const auto& [value, count] : values) repeated += count > 1 ? 1 : 0;
  EXPECT_GT(repeated, 10);
}

TEST(GeneratorFeed, MakesNoRepetitionsAndNoFlawsWhereNoneAreWanted) {
  CompanyOptions options = small();
  options.duplicates_permille = 0;
  options.bad_records_permille = 0;
  std::set<std::string> seen;
  for (const FeedRecord& record : records_of(options)) {
    EXPECT_TRUE(seen.insert(*record.value).second) << *record.value;
    EXPECT_EQ(header(record, "expected-reason"), "");
  }
}

TEST(GeneratorFeed, MakesAYearOfTwoThousandCustomersInAnInterestingSize) {
  const GeneratorFeed feed{CompanyOptions{}};
  EXPECT_GT(feed.size(), 150'000U);
  EXPECT_LT(feed.size(), 300'000U);
}

TEST(CustomerOf, MakesTheWantedShareOfLatePayers) {
  CompanyOptions options;
  options.late_payers_permille = 400;
  int late = 0;
  for (std::uint32_t customer = 0; customer < 10'000; ++customer)
    late += customer_of(options, customer).temperament != Temperament::punctual ? 1 : 0;
  EXPECT_NEAR(late, 4'000, 200);
  options.late_payers_permille = 0;
  for (std::uint32_t customer = 0; customer < 1'000; ++customer)
    EXPECT_EQ(customer_of(options, customer).temperament, Temperament::punctual);
}

}  // namespace
}  // namespace due::cli
