#include "stream/cli/feeds/ndjson.h"

#include <gtest/gtest.h>

#include <sstream>

namespace due::cli {
namespace {

constexpr const char* event =
    R"({"specversion":"1.0","type":"due.payment.received.v1","time":"2025-03-01T12:00:00Z","data":{"customer_id":"C1"}})";

std::string complaint_about(const std::string& text) {
  std::istringstream in{text};
  NdjsonFeed feed{in, "events.ndjson"};
  FeedRecord record;
  while (feed.next(record)) {
  }
  return feed.broken() ? feed.broken()->what : "";
}

TEST(NdjsonFeed, TakesTopicKeyAndTimestampOfAnEventFromItself) {
  std::istringstream in{std::string{event} + "\r\n\n  \n"};
  NdjsonFeed feed{in, "x"};
  FeedRecord record;
  ASSERT_TRUE(feed.next(record));
  EXPECT_EQ(record.topic, "payments");
  EXPECT_EQ(record.key, "C1");
  EXPECT_EQ(record.value, event);
  EXPECT_EQ(record.timestamp, parse_time("2025-03-01T12:00:00Z"));
  EXPECT_FALSE(feed.next(record));
  EXPECT_FALSE(feed.broken());
}

TEST(NdjsonFeed, TakesEverythingOfAWrapper) {
  std::istringstream in{
      R"({"topic":"usage","key":"C\u0031","value":"not json \"at all\"","headers":{"history":"true","a":""},)"
      R"("timestamp":"2025-03-01T00:00:00Z"}
{"topic":"invoices"}
{"topic":"invoices","key":null,"value":null})"};
  NdjsonFeed feed{in, "x"};
  FeedRecord record;
  ASSERT_TRUE(feed.next(record));
  EXPECT_EQ(record.topic, "usage");
  EXPECT_EQ(record.key, "C1");
  EXPECT_EQ(record.value, "not json \"at all\"");
  EXPECT_EQ(record.headers, (std::vector<std::pair<std::string, std::string>>{{"history", "true"}, {"a", ""}}));
  EXPECT_EQ(record.timestamp, parse_time("2025-03-01T00:00:00Z"));
  for (int n = 0; n < 2; ++n) {
    ASSERT_TRUE(feed.next(record));
    EXPECT_FALSE(record.key || record.value || record.timestamp);
    EXPECT_TRUE(record.headers.empty());
  }
  EXPECT_FALSE(feed.next(record));
}

TEST(NdjsonFeed, NamesFileLineAndRemedyOfABrokenLine) {
  EXPECT_TRUE(
      complaint_about(std::string{event} + "\n\nx\n").starts_with("events.ndjson, line 3: a line must be one JSON object; mend the line"));
  for (const char* const line :
       {R"([1])", R"({"a":1})", R"({"topic":7})", R"({"topic":"x","key":7})", R"({"topic":"x","value":{}})",
        R"({"topic":"x","headers":[]})", R"({"topic":"x","headers":{"a":1}})", R"({"topic":"x","timestamp":"yesterday"})",
        R"({"specversion":"1.0"})", R"({"specversion":"1.0","type":"due.usage.recorded.v1","data":{}})",
        R"({"specversion":"1.0","type":"other","data":{"customer_id":"C1"}})"})
    EXPECT_TRUE(complaint_about(line).starts_with("events.ndjson, line 1: ")) << line;
}

TEST(NdjsonFeed, SendsWhatIsBroadcastWithoutAKeyAndMasterDataUnderItsCustomer) {
  std::istringstream in{
      R"({"specversion":"1.0","type":"due.control.close-requested.v1","time":"2025-03-01T12:00:00Z","data":{"control_id":"1"}})"
      "\n"
      R"({"specversion":"1.0","type":"due.customer.created.v1","data":{"customer_id":"C1"}})"};
  NdjsonFeed feed{in, "x"};
  FeedRecord record;
  ASSERT_TRUE(feed.next(record));
  EXPECT_EQ(record.topic, "controls");
  EXPECT_EQ(record.key, std::nullopt);
  ASSERT_TRUE(feed.next(record));
  EXPECT_EQ(record.topic, "customers");
  EXPECT_EQ(record.key, "C1");
}

TEST(NdjsonFeed, StopsAtTheFirstBrokenLine) {
  std::istringstream in{"x\n" + std::string{event}};
  NdjsonFeed feed{in, "x"};
  FeedRecord record;
  EXPECT_FALSE(feed.next(record));
  EXPECT_FALSE(feed.next(record));
}

}  // namespace
}  // namespace due::cli
