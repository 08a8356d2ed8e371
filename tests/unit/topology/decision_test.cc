// A decision on the wire, to the byte: what schemas/json/decision.schema.json promises.
#include "topology/risk/decision.h"

#include <gtest/gtest.h>

#include "schemas/codec/decision_reader.h"

namespace due::topology::risk {
namespace {

struct Case {
  events::Event event;
  InputRecord record;
  Currency currency;
  Verdict verdict;
  features::Vector features{};
};

Case high() {
  Case c;
  c.event.id = "e\"1";  // a quote has to be escaped
  c.event.source = "/erp";
  c.event.customer_id = "C1";
  c.event.data = events::InvoiceIssued{"I1", Date{20'148}, Date{20'178}, *Currency::parse("EUR"), 1'200'000};
  c.record.input = 0;
  c.record.partition = 3;
  c.record.offset = 123;
  c.currency = *Currency::parse("EUR");
  c.verdict = {true, true, 480, 20, 15, 1'200'000, 1'000'000};
  for (std::size_t i = 0; i < features::count; ++i) c.features[i] = static_cast<std::int64_t>(i) - 2;
  return c;
}

std::string written(DecisionWriter& writer, const Case& c, EventTime time) {
  return std::string(writer.write({c.event, c.record, events::business_date(c.event), c.currency, time, c.verdict, c.features}));
}

DecisionWriter writer() { return DecisionWriter({"account-3", 3, 4, {"invoices", "payments", "usage"}, "00c0ffee00c0ffee"}); }

TEST(Decision, IsWrittenAsPublished) {
  DecisionWriter w = writer();
  EXPECT_EQ(written(w, high(), EventTime{1'740'832'200'123'000}),
            R"({"specversion":"1.0","id":"invoices/3/123","source":"/duestream/account","type":"due.risk.decided.v1",)"
            R"("time":"2025-03-01T12:30:00.123Z","data":{"event_id":"e\"1","event_source":"/erp","event_type":"due.invoice.issued.v1",)"
            R"("customer_id":"C1","business_date":"2025-03-01","currency":"EUR","decision":"HIGH","rule":"baseline-1","reasons":[)"
            R"({"code":"AVG_DELAY_180D","delay_days_sum":480,"payments":20,"threshold_days":15},)"
            R"({"code":"OUTSTANDING","outstanding_minor":1200000,"threshold_minor":1000000}],)"
            R"("features":[-2,-1,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21],"feature_schema":")" +
                features::schema_id() + R"(","logic":"00c0ffee00c0ffee"}})");
}

TEST(Decision, OwesNothingToTheOneBefore) {
  DecisionWriter used = writer();
  (void)written(used, high(), EventTime{1'740'832'200'123'000});
  Case low = high();
  low.event.data = events::UsageRecorded{"u", "m", true, 4, EventTime{1'740'900'000'000'000}};
  low.record.input = 2;
  low.currency = {};
  low.verdict = {};
  const EventTime later{1'740'832'200'124'000};
  DecisionWriter fresh = writer();
  const std::string text = written(used, low, later);
  EXPECT_EQ(text, written(fresh, low, later));
  const auto d = codec::read_decision(text);
  ASSERT_TRUE(d.has_value());
  EXPECT_EQ(d->id, "usage/3/123");
  EXPECT_EQ(d->business_date, "2025-03-02");
  EXPECT_EQ(d->time, "2025-03-01T12:30:00.124Z");
  EXPECT_EQ(d->currency, "");
  EXPECT_EQ(d->decision, "LOW");
  EXPECT_TRUE(d->reasons.empty());
}

// Names as long as intake lets through, of bytes that are all escaped, and the longest numbers.
TEST(Decision, HasRoomForTheLongestNames) {
  Case c = high();
  const std::string id(64, '"'), source(256, '\\');
  c.event.id = c.event.customer_id = id;
  c.event.source = source;
  c.record.offset = INT64_MAX;
  c.features.fill(INT64_MIN);
  c.verdict = {true, true, INT64_MIN, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
  DecisionWriter w = writer();
  const auto d = codec::read_decision(written(w, c, EventTime{0}));
  ASSERT_TRUE(d.has_value());
  EXPECT_EQ(d->customer_id, id);
  EXPECT_EQ(d->features, std::vector<std::int64_t>(features::count, INT64_MIN));
}

}  // namespace
}  // namespace due::topology::risk
