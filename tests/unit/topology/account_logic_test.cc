// What events do to a customer, as decisions show it.
#include <gtest/gtest.h>

#include "tests/support/topology_driver.h"

namespace due::test {
namespace {

enum Feature : std::size_t { invoices_30 = 0, invoiced_30 = 1, avg_delay_30 = 2, late_30 = 3, paid_30 = 4, usage_30 = 5, usage_case_30 = 6,
                             invoices_180 = 14, invoiced_180 = 15, avg_delay_180 = 16, outstanding = 21, overdue = 22, open_items = 23 };

codec::DecisionView only_decision(const std::vector<Emitted>& outputs) {
  EXPECT_EQ(outputs.size(), 1U);
  if (outputs.empty()) return {};
  const auto d = codec::read_decision(outputs.front().value);
  EXPECT_TRUE(d.has_value()) << outputs.front().value;
  return d.value_or(codec::DecisionView{});
}

CompanyRecord correction(const std::string& id, int version, int day, std::int64_t gross) {
  const std::string data = R"("customer_id":"C","invoice_id":")" + id + R"(","version":)" + std::to_string(version) +
                           R"(,"issue_date":")" + day_text(day) + R"(","due_date":")" + day_text(day + 30) +
                           R"(","currency":"EUR","gross_minor":)" + std::to_string(gross);
  return {"invoices", "C", cloud_event("due.invoice.corrected.v1", "v" + std::to_string(version) + id, day_text(day) + "T00:00:00Z", data)};
}

TEST(AccountLogic, KeepsABucketUntilItsWindowHasPassed) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 100));
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u1", 29, 1, ""))).features[invoices_30], 1);   // (29 - 30, 29] holds day 0
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u2", 30, 1, ""))).features[invoices_30], 0);   // (0, 30] does not
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u3", 179, 1, ""))).features[invoices_180], 1);
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u4", 180, 1, ""))).features[invoices_180], 0);
}

TEST(AccountLogic, CountsALateEventInItsOwnBucket) {
  TopologyDriver d;
  d.pipe(usage("C", "u1", 100, 5, ""));
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u2", 90, 3, "K"))).features[usage_30], 3);  // as of day 90: day 100 is left out
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u3", 100, 2, ""))).features[usage_30], 10);
}

TEST(AccountLogic, CallsOverdueWhatWasDueBeforeTheDay) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 100));  // due on day 30
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u1", 30, 1, ""))).features[overdue], 0);
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u2", 31, 1, ""))).features[overdue], 100);
}

TEST(AccountLogic, AllocatesAPaymentBeforeItsInvoiceWhenThatComes) {
  TopologyDriver d;
  const auto early = only_decision(d.pipe(payment("C", "P", "A", 40, 60)));
  EXPECT_EQ(early.features[outstanding], 0);
  EXPECT_EQ(early.features[avg_delay_30], 0);
  const auto then = only_decision(d.pipe(invoice("C", "A", 40 - 30 - 2, 100)));  // due on day 38: paid two days late
  EXPECT_EQ(then.features[outstanding], 40);
  EXPECT_EQ(then.features[open_items], 1);
  const auto later = only_decision(d.pipe(usage("C", "u", 40, 1, "")));
  EXPECT_EQ(later.features[avg_delay_30], 2 * 10'000);
  EXPECT_EQ(later.features[late_30], 10'000);
}

TEST(AccountLogic, DropsARepetitionAndRefusesAnotherContent) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 100));
  EXPECT_TRUE(d.pipe(invoice("C", "A", 0, 100, "another-event-id")).empty());
  EXPECT_EQ(d.counts().documents.duplicates, 1);
  const auto conflict = d.pipe(invoice("C", "A", 0, 101));
  ASSERT_EQ(conflict.size(), 1U);
  EXPECT_EQ(conflict[0].code, "CONFLICT");
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u", 0, 1, ""))).features[outstanding], 100);
}

TEST(AccountLogic, TakesACorrectionAsTheNewerVersionAndNoOlderOne) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 100));
  d.pipe(payment("C", "P", "A", 1, 30));
  const auto corrected = only_decision(d.pipe(correction("A", 3, 5, 250)));
  EXPECT_EQ(corrected.features[outstanding], 220);
  EXPECT_EQ(corrected.features[invoices_30], 1);
  EXPECT_EQ(corrected.features[invoiced_30], 250);
  EXPECT_EQ(d.pipe(correction("A", 2, 5, 90))[0].code, "CONFLICT");
  EXPECT_TRUE(d.pipe(correction("A", 3, 5, 250)).empty());
}

TEST(AccountLogic, TakesACancelledInvoiceOutOfBalancesAndBuckets) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 100));
  d.pipe(invoice("C", "B", 0, 50));
  const auto after = only_decision(d.pipe(cancellation("C", "X", "A", 3)));
  EXPECT_EQ(after.features[outstanding], 50);
  EXPECT_EQ(after.features[invoices_30], 1);
  EXPECT_EQ(d.pipe(cancellation("C", "Y", "A", 4))[0].code, "INCONSISTENT");
}

TEST(AccountLogic, LowersAnInvoiceByItsCreditMemosAndNoFurther) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 100));
  const auto first = only_decision(d.pipe(credit_memo("C", "M1", "A", 3, 30)));
  EXPECT_EQ(first.event_type, "due.invoice.credited.v1");
  EXPECT_EQ(first.features[outstanding], 70);
  EXPECT_EQ(first.features[invoices_30], 1);
  EXPECT_EQ(first.features[invoiced_30], 70);
  EXPECT_TRUE(d.pipe(credit_memo("C", "M1", "A", 3, 30)).empty());
  EXPECT_EQ(d.pipe(credit_memo("C", "M1", "A", 3, 31))[0].code, "CONFLICT");
  EXPECT_EQ(d.pipe(credit_memo("C", "M2", "A", 3, 71))[0].code, "INCONSISTENT");
  const auto whole = only_decision(d.pipe(credit_memo("C", "M3", "A", 4, 70)));
  EXPECT_EQ(whole.features[outstanding], 0);
  EXPECT_EQ(whole.features[open_items], 0);
  EXPECT_EQ(whole.features[invoiced_30], 0);
}

TEST(AccountLogic, KeepsWhatIsCreditedOverCorrectionAndCancellation) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 100));
  d.pipe(payment("C", "P", "A", 1, 50));
  EXPECT_EQ(only_decision(d.pipe(credit_memo("C", "M", "A", 2, 30))).features[outstanding], 20);
  EXPECT_EQ(d.pipe(correction("A", 2, 5, 29))[0].code, "INCONSISTENT");
  const auto corrected = only_decision(d.pipe(correction("A", 2, 5, 200)));
  EXPECT_EQ(corrected.features[outstanding], 120);
  EXPECT_EQ(corrected.features[invoiced_30], 170);
  const auto cancelled = only_decision(d.pipe(cancellation("C", "X", "A", 6)));
  EXPECT_EQ(cancelled.features[outstanding], 0);
  EXPECT_EQ(cancelled.features[invoiced_30], 0);
  EXPECT_EQ(d.pipe(credit_memo("C", "N", "A", 7, 1))[0].code, "INCONSISTENT");
}

TEST(AccountLogic, DecidesOnACreditMemoThatNamesNoInvoice) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 100));
  const auto after = only_decision(d.pipe(credit_memo("C", "M", "", 3, 500)));
  EXPECT_EQ(after.features[outstanding], 100);
  EXPECT_EQ(after.features[invoiced_30], 100);
  EXPECT_TRUE(d.pipe(credit_memo("C", "M", "", 3, 500)).empty());
}

TEST(AccountLogic, ParksACreditMemoUntilItsInvoiceComes) {
  TopologyDriver d;
  EXPECT_TRUE(d.pipe(credit_memo("C", "M", "A", 1, 40)).empty());
  EXPECT_EQ(d.counts().documents.parked, 1);
  const auto both = d.pipe(invoice("C", "A", 0, 100));
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(codec::read_decision(both[1].value)->features[outstanding], 60);
}

TEST(AccountLogic, ReopensWhatAReversedPaymentHadPaid) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 100));
  EXPECT_EQ(only_decision(d.pipe(payment("C", "P", "A", 40, 100))).features[open_items], 0);
  EXPECT_EQ(d.pipe(reversal("C", "R0", "P", 41, 99))[0].code, "INCONSISTENT");
  const auto after = only_decision(d.pipe(reversal("C", "R", "P", 42, 100)));
  EXPECT_EQ(after.features[outstanding], 100);
  EXPECT_EQ(after.features[avg_delay_180], 0);
  EXPECT_EQ(after.features[open_items], 1);
}

TEST(AccountLogic, ParksACancellationUntilItsInvoiceComes) {
  TopologyDriver d;
  EXPECT_TRUE(d.pipe(cancellation("C", "X", "A", 1)).empty());
  EXPECT_EQ(d.counts().documents.parked, 1);
  const auto both = d.pipe(invoice("C", "A", 0, 100));
  ASSERT_EQ(both.size(), 2U);  // the invoice, then what had waited for it
  EXPECT_EQ(codec::read_decision(both[1].value)->event_type, "due.invoice.cancelled.v1");
  EXPECT_EQ(codec::read_decision(both[1].value)->features[outstanding], 0);
  EXPECT_EQ(d.counts().documents.parked, 0);
}

TEST(AccountLogic, GivesUpAParkedRecordAtItsTimerAndNotBefore) {
  TopologyDriver d;
  d.pipe(cancellation("C", "X", "A", 1));
  const EventTime due = d.now().time.plus_micros(30 * micros_per_day);
  EXPECT_TRUE(d.tick(due.plus_micros(-1)).empty());
  const auto letters = d.tick(due);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].code, "UNKNOWN_REFERENCE");
  EXPECT_EQ(d.counts().documents.parked, 0);
  EXPECT_EQ(d.counts().documents.inputs, d.counts().documents.dead_letters);
}

TEST(AccountLogic, DecidesHighAboveTheThresholdsAndNotAtThem) {
  TopologyDriver d;
  EXPECT_EQ(only_decision(d.pipe(invoice("C", "A", 0, 1'000'000))).decision, "LOW");
  const auto large = only_decision(d.pipe(invoice("C", "B", 0, 1)));
  EXPECT_EQ(large.decision, "HIGH");
  ASSERT_EQ(large.reasons.size(), 1U);
  EXPECT_EQ(large.reasons[0].code, "OUTSTANDING");
  d.pipe(invoice("D", "A", 0, 10));
  EXPECT_EQ(only_decision(d.pipe(payment("D", "P", "A", 45, 10))).decision, "LOW");  // 15 days late on average
  d.pipe(invoice("D", "B", 0, 10));
  const auto slow = only_decision(d.pipe(payment("D", "Q", "B", 46, 10)));
  EXPECT_EQ(slow.decision, "HIGH");
  ASSERT_EQ(slow.reasons.size(), 1U);
  EXPECT_EQ(slow.reasons[0].code, "AVG_DELAY_180D");
}

TEST(AccountLogic, RefusesAKeyThatIsNotTheCustomer) {
  TopologyDriver d;
  CompanyRecord r = invoice("C", "A", 0, 100);
  r.key = "D";
  EXPECT_EQ(d.pipe(r)[0].code, "WRONG_KEY");
  EXPECT_EQ(d.pipe(r)[0].value, r.value);  // the record, untouched
}

TEST(AccountLogic, IsUnchangedByAnAmountThatItRefuses) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, INT64_MAX - 10));
  const Hash128 before = d.digest();
  for (const CompanyRecord& r : {invoice("C", "B", 3, 11), correction("A", 2, 3, 11), payment("C", "P", "A", 3, 11)}) {
    const auto refused = d.pipe(r);
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].code, "AMOUNT_OUT_OF_RANGE");
    EXPECT_EQ(d.digest(), before) << r.value;
  }
  EXPECT_EQ(only_decision(d.pipe(invoice("C", "B", 3, 10))).features[open_items], 2);
  CompanyRecord dollars = invoice("C", "D", 3, INT64_MAX);
  dollars.value.replace(dollars.value.find("EUR"), 3, "USD");
  EXPECT_EQ(only_decision(d.pipe(dollars)).features[open_items], 1);  // of its own ledger
}

class UsageBound : public testing::TestWithParam<std::size_t> {};

TEST_P(UsageBound, IsItsOwnAndOfItsWindowAlone) {
  TopologyDriver d({}, GetParam());
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u1", 0, INT64_MAX - 5, ""))).features[usage_30], INT64_MAX - 5);
  EXPECT_EQ(only_decision(d.pipe(invoice("C", "A", 0, 100))).features[outstanding], 100);  // money has a bound of its own
  const Hash128 before = d.digest();
  for (const char* id : {"u2", "u3"}) {
    const auto refused = d.pipe(usage("C", id, 179, 6, ""));
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(refused[0].code, "AMOUNT_OUT_OF_RANGE");
    EXPECT_EQ(d.digest(), before);
  }
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u4", 179, 5, ""))).features[usage_30], 5);
  (void)d.digest();
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u5", 180, 6, ""))).features[usage_30], 11);  // day 0 has left
  EXPECT_EQ(only_decision(d.pipe(usage("C", "u6", 180, INT64_MAX - 11, ""))).features[usage_30], INT64_MAX);
}
INSTANTIATE_TEST_SUITE_P(CacheBytes, UsageBound, testing::Values(64U << 20, 1));  // 1: loaded anew for every record

}  // namespace
}  // namespace due::test
