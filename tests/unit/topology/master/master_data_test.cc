// What is remembered of customers, contracts and disputes, and what becomes of every record of theirs.
#include <gtest/gtest.h>

#include "tests/support/master_records.h"
#include "tests/support/topology_driver.h"
#include "topology/master/customers.h"
#include "topology/master/disputes.h"
#include "topology/master/price_rules.h"

namespace due::test {
namespace {

using topology::master::Customer;
using topology::master::Dispute;
using topology::master::PriceBook;

Date day(int n) { return *parse_date(day_text(n)); }
EventTime at(int n) { return start_of(day(n)); }

const Customer& customer_of(TopologyDriver& d, std::string_view id) { return *d.store().find<Customer>(Customer::key_of(id)); }
const Dispute& dispute_of(TopologyDriver& d, std::string_view id) { return *d.store().find<Dispute>(Dispute::key_of("C", id)); }
std::string code_of(const std::vector<Emitted>& outputs) { return outputs.empty() ? "" : outputs.front().code; }

void expect_sum(TopologyDriver& d) {
  for (const topology::Tally& t : {d.counts().documents, d.counts().master, d.counts().internal})
    EXPECT_EQ(t.inputs, t.done + t.duplicates + t.conflicts + t.dead_letters + t.parked);
}

TEST(MasterData, TellsWhatWasKnownThenAboutADay) {
  TopologyDriver d;
  d.set_time(at(10));
  EXPECT_TRUE(d.pipe(customer("C", 1, 0, R"(,"credit_limit_minor":100)")).empty());
  d.set_time(at(20));
  d.pipe(customer("C", 2, 5, R"(,"credit_limit_minor":200)"));  // said on day 20 about days from 5 on
  const Customer& c = customer_of(d, "C");
  const auto limit = [&](int about, int known) {
    const auto* record = c.as_of(day(about), at(known)).record;
    return record == nullptr ? -1 : record->credit_limit_minor.value_or(-2);
  };
  EXPECT_EQ(limit(7, 9), -1);    // not known yet
  EXPECT_EQ(limit(-1, 15), -1);  // not valid yet
  EXPECT_EQ(limit(7, 10), 100);
  EXPECT_EQ(limit(7, 19), 100);
  EXPECT_EQ(limit(7, 20), 200);
  EXPECT_EQ(limit(4, 20), 100);  // the second version says nothing about day 4
  EXPECT_EQ(limit(5, 20), 200);
  expect_sum(d);
}

TEST(MasterData, EndsAndResumesACustomer) {
  TopologyDriver d;
  d.set_time(at(0));
  d.pipe(customer("C", 1, 0, R"(,"valid_to":")" + day_text(50) + "\""));
  d.pipe(deactivation("C", 2, 30));
  const Customer& c = customer_of(d, "C");
  EXPECT_TRUE(c.as_of(day(29), at(0)).active);
  EXPECT_FALSE(c.as_of(day(30), at(0)).active);
  ASSERT_NE(c.as_of(day(30), at(0)).record, nullptr);  // it is known who it was
  EXPECT_EQ(c.as_of(day(51), at(0)).record, nullptr);
  d.pipe(customer("C", 3, 40));
  EXPECT_TRUE(customer_of(d, "C").as_of(day(40), at(0)).active);
  EXPECT_FALSE(customer_of(d, "C").as_of(day(39), at(0)).active);
}

TEST(MasterData, DropsARepetitionAndRefusesAnotherContentOrAnOlderVersion) {
  TopologyDriver d;
  d.pipe(customer("C", 1, 0));
  d.pipe(customer("C", 3, 10));
  EXPECT_TRUE(d.pipe(customer("C", 3, 10)).empty());
  EXPECT_EQ(code_of(d.pipe(customer("C", 3, 11))), "CONFLICT");
  EXPECT_EQ(code_of(d.pipe(customer("C", 2, 5))), "CONFLICT");
  EXPECT_EQ(code_of(d.pipe(deactivation("C", 3, 10))), "CONFLICT");  // the same members, another type
  EXPECT_EQ(d.counts().master.done, 2);
  EXPECT_EQ(d.counts().master.duplicates, 1);
  EXPECT_EQ(d.counts().master.conflicts, 3);
  EXPECT_EQ(d.counts().documents.inputs, 0);
  expect_sum(d);
}

TEST(MasterData, ChecksKeysAndClocksAsForDocuments) {
  TopologyDriver d;
  CompanyRecord foreign = customer("C", 1, 0);
  foreign.key = "D";
  EXPECT_EQ(code_of(d.pipe(foreign)), "WRONG_KEY");
  EXPECT_EQ(code_of(d.pipe({"customers", "C", "{broken"})), "NOT_JSON");
  EXPECT_EQ(code_of(d.pipe({"contracts", "C", customer("C", 1, 0).value})), "UNKNOWN_TYPE");
  EXPECT_EQ(code_of(d.pipe(customer("C", 1, 0, "", "2099-01-01T00:00:00Z"))), "FUTURE_DATED");
  EXPECT_TRUE(d.pipe(customer("C", 1, 25'000, "", day_text(0) + "T00:00:00Z")).empty());  // valid from a day to come
  EXPECT_EQ(d.counts().master.dead_letters, 4);
  expect_sum(d);
}

TEST(MasterData, FindsThePriceRulesOfAMeter) {
  TopologyDriver d;
  d.set_time(at(0));
  d.pipe(contract("C", "b", 1, 0, "2.00"));
  d.pipe(contract("C", "a", 1, 0, "1.00"));
  d.pipe(contract("C", "c", 1, 0, "9.00", "hours"));
  d.set_time(at(10));
  d.pipe(contract("C", "a", 2, 5, "1.50"));
  const PriceBook& book = *d.store().find<PriceBook>(PriceBook::key_of_customer("C"));
  const auto prices = [&](int about, int known) {
    std::string text;
    for (const events::PriceRule* r : book.rules_for("images", day(about), at(known)))
      text += r->rule_id + format(r->tiers[0].unit_price) + " ";
    return text;
  };
  EXPECT_EQ(prices(6, 0), "a1 b2 ");
  EXPECT_EQ(prices(6, 10), "a1.5 b2 ");
  EXPECT_EQ(prices(4, 10), "a1 b2 ");
  EXPECT_EQ(prices(-1, 10), "");
  EXPECT_TRUE(d.pipe(contract("C", "a", 2, 5, "1.5")).empty());  // the same price
  EXPECT_EQ(code_of(d.pipe(contract("C", "a", 2, 5, "1.51"))), "CONFLICT");
}

TEST(MasterData, FollowsADisputeToItsDecision) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 1'000));
  d.pipe(dispute("C", "D1", "A", 5, 400));
  EXPECT_EQ(dispute_of(d, "D1").status, Dispute::Status::opened);
  EXPECT_EQ(code_of(d.pipe(dispute_decision("C", "D1", 6, 401))), "INCONSISTENT");
  EXPECT_TRUE(d.pipe(dispute_decision("C", "D1", 6, 300)).empty());
  EXPECT_EQ(dispute_of(d, "D1").status, Dispute::Status::approved);
  EXPECT_EQ(dispute_of(d, "D1").approved_amount, 300);
  EXPECT_TRUE(d.pipe(dispute_decision("C", "D1", 6, 300)).empty());
  EXPECT_EQ(d.counts().master.duplicates, 1);
  EXPECT_EQ(code_of(d.pipe(dispute_decision("C", "D1", 7, 0))), "CONFLICT");  // it is decided once
  d.pipe(dispute("C", "D2", "A", 5, 1'000));
  d.pipe(dispute_decision("C", "D2", 8, 0));
  EXPECT_EQ(dispute_of(d, "D2").status, Dispute::Status::rejected);
  expect_sum(d);
}

TEST(MasterData, RefusesADisputeThatItsInvoiceCannotBear) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 1'000));
  EXPECT_EQ(code_of(d.pipe(dispute("C", "D1", "A", 5, 1'001))), "INCONSISTENT");
  EXPECT_EQ(code_of(d.pipe(dispute("C", "D1", "A", 5, 400, "USD"))), "CURRENCY_MISMATCH");
  EXPECT_EQ(d.store().find<Dispute>(Dispute::key_of("C", "D1")), nullptr);
  d.pipe(credit_memo("C", "M", "A", 6, 700));
  EXPECT_EQ(code_of(d.pipe(dispute("C", "D1", "A", 7, 301))), "INCONSISTENT");
  EXPECT_TRUE(d.pipe(dispute("C", "D1", "A", 7, 300)).empty());
  d.pipe(cancellation("C", "X", "A", 8));
  EXPECT_EQ(code_of(d.pipe(dispute("C", "D2", "A", 9, 1))), "INCONSISTENT");
  expect_sum(d);
}

TEST(MasterData, ParksADecisionForItsDisputeAndThatForItsInvoice) {
  TopologyDriver d;
  d.pipe(dispute_decision("C", "D1", 6, 300));
  d.pipe(dispute("C", "D1", "A", 5, 400));
  EXPECT_EQ(d.counts().master.parked, 2);
  EXPECT_EQ(d.pipe(invoice("C", "A", 0, 1'000)).size(), 1U);  // one decision, for the invoice
  EXPECT_EQ(d.counts().master.parked, 0);
  EXPECT_EQ(d.counts().master.done, 2);
  EXPECT_EQ(dispute_of(d, "D1").status, Dispute::Status::approved);
  expect_sum(d);
}

TEST(MasterData, GivesUpADisputeWhoseInvoiceDoesNotCome) {
  TopologyDriver d;
  d.pipe(dispute("C", "D1", "A", 5, 400));
  const auto letters = d.tick(d.now().time.plus_micros(30 * micros_per_day));
  EXPECT_EQ(code_of(letters), "UNKNOWN_REFERENCE");
  EXPECT_EQ(d.counts().master.dead_letters, 1);
  expect_sum(d);
}

TEST(MasterData, CountsUsageOnTheDateInTheCustomersZone) {
  const CompanyRecord late = {"usage", "C",
                              cloud_event("due.usage.recorded.v1", "u", day_text(9) + "T23:30:00Z",
                                          R"("customer_id":"C","usage_id":"U","meter":"m","quantity":1,"occurred_at":")" + day_text(9) +
                                              R"(T23:30:00Z")")};
  const auto business_date = [](const std::vector<Emitted>& outputs) {
    return outputs.size() == 1 ? codec::read_decision(outputs[0].value)->business_date : "no decision";
  };
  TopologyDriver utc, berlin, later;
  utc.pipe(customer("C", 1, 0));
  EXPECT_EQ(business_date(utc.pipe(late)), day_text(9));
  berlin.pipe(customer("C", 1, 0, R"(,"time_zone":"Europe/Berlin")"));
  EXPECT_EQ(business_date(berlin.pipe(late)), day_text(10));
  later.pipe(customer("C", 1, 10, R"(,"time_zone":"Europe/Berlin")"));  // from the day after on
  EXPECT_EQ(business_date(later.pipe(late)), day_text(9));
}

TEST(MasterData, ChangesNoFeatureOfADocument) {
  const auto records = company(300);
  TopologyDriver alone, beside;
  std::size_t n = 0;
  for (const CompanyRecord& r : records) {
    alone.pipe(r);
    if (++n % 7 == 0) beside.pipe(customer(r.key, static_cast<int>(n), static_cast<int>(n % 50), R"(,"credit_limit_minor":5)"));
    if (n % 11 == 0) beside.pipe(contract(r.key, "r", static_cast<int>(n), 0, "1"));
    beside.pipe(r);
  }
  ASSERT_GT(beside.counts().master.done, 50);
  std::vector<std::string> expected, found;
  for (const Emitted& e : alone.outputs)
    if (e.output == 0) expected.push_back(e.value.substr(e.value.find("\"data\"")));
  for (const Emitted& e : beside.outputs)
    if (e.output == 0) found.push_back(e.value.substr(e.value.find("\"data\"")));
  EXPECT_EQ(found, expected);
}

TEST(MasterData, IsTheSameFromDiskAsFromMemory) {
  TopologyDriver large, small({}, 1);  // nothing stays in memory between steps
  const auto tell = [](TopologyDriver& d) {
    d.pipe(customer("C", 1, 0, R"(,"time_zone":"Asia/Tokyo","payment_terms_days":30)"));
    d.pipe(contract("C", "a", 1, 0, "1.00"));
    d.pipe(dispute_decision("C", "D1", 6, 300));
    d.pipe(dispute("C", "D1", "A", 5, 400));
    d.digest();
    d.pipe(contract("C", "a", 2, 5, "2.00"));
    d.pipe(invoice("C", "A", 0, 1'000));
    d.pipe(customer("C", 2, 3));
    d.pipe(deactivation("C", 3, 9));
    return d.digest();
  };
  EXPECT_EQ(tell(large), tell(small));
  EXPECT_EQ(dispute_of(small, "D1").status, Dispute::Status::approved);
  EXPECT_FALSE(customer_of(small, "C").as_of(day(9), at(1'000)).active);
}

}  // namespace
}  // namespace due::test
