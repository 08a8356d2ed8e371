#include "stream/cli/feeds/files/mappings.h"

#include <gtest/gtest.h>

namespace due::cli {
namespace {

constexpr const char* header =
    "clear_date,due_date,cust_number,seq_in_customer,amount,days_late,invoice_id,terms_days_est,currency_est,ref_pred_days_late\n";

std::vector<FeedRecord> records_of(const std::string& rows) {
  auto feed = hrc_closed_feed(header + rows, "rows");
  std::vector<FeedRecord> records;
  if (!feed) {
    ADD_FAILURE() << feed.error().what;
    return records;
  }
  for (FeedRecord record; (*feed)->next(record);) records.push_back(record);
  return records;
}

std::string complaint_about(const std::string& csv) {
  const auto feed = hrc_closed_feed(csv, "rows");
  return feed ? "" : feed.error().what;
}

TEST(HrcClosedFeed, MakesAnInvoiceAndAPaymentOfEachRow) {
  const auto records = records_of("2019-01-07,2019-01-19,CC6000,1,292.65,-12,1930189182,15,CAD,\n");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].topic, "invoices");
  EXPECT_EQ(records[0].key, "CC6000");
  EXPECT_EQ(
      records[0].value,
      R"({"specversion":"1.0","id":"hrc-invoice-00001","source":"/hrc/closed-items","type":"due.invoice.issued.v1","subject":"CC6000",)"
      R"("time":"2019-01-04T00:00:00Z","datacontenttype":"application/json","data":{"customer_id":"CC6000","invoice_id":"HRC-00001",)"
      R"("issue_date":"2019-01-04","due_date":"2019-01-19","currency":"CAD","gross_minor":29265,"number":"1930189182"}})");
  EXPECT_EQ(records[1].topic, "payments");
  EXPECT_EQ(
      records[1].value,
      R"({"specversion":"1.0","id":"hrc-payment-00001","source":"/hrc/closed-items","type":"due.payment.received.v1","subject":"CC6000",)"
      R"("time":"2019-01-07T00:00:00Z","datacontenttype":"application/json","data":{"customer_id":"CC6000","payment_id":"HRC-00001-P",)"
      R"("invoice_id":"HRC-00001","value_date":"2019-01-07","currency":"CAD","amount_minor":29265}})");
  EXPECT_EQ(records[1].timestamp, parse_time("2019-01-07T00:00:00Z"));
  EXPECT_EQ(records[1].headers.at(1), (std::pair<std::string, std::string>{"history", "true"}));
}

TEST(HrcClosedFeed, FillsWhatARowLeavesOpenAndNeverIssuesAfterTheClearing) {
  const auto records = records_of("2019-01-03,2019-01-31,1,1,10.5,0,,,,\n2019-01-03,2019-02-03,2,1,7,0,,15,USD,\n");
  ASSERT_EQ(records.size(), 4U);
  EXPECT_NE(records[0].value->find(R"("issue_date":"2019-01-01","due_date":"2019-01-31","currency":"USD","gross_minor":1050})"),
            std::string::npos);
  EXPECT_NE(records[1].value->find(R"("issue_date":"2019-01-03","due_date":"2019-02-03","currency":"USD","gross_minor":700})"),
            std::string::npos);
}

TEST(HrcClosedFeed, OrdersByDateThenInvoicesBeforePaymentsThenRow) {
  const auto records =
      records_of("2019-01-03,2019-01-03,A,1,1.00,0,,0,,\n2019-01-03,2019-01-02,B,1,1.00,0,,0,,\n2019-01-02,2019-01-05,C,1,1.00,0,,2,,\n");
  std::string order;
  for (const FeedRecord& record : records) order += record.topic.substr(0, 1) + *record.key + ' ';
  EXPECT_EQ(order, "iB iC pC iA pA pB ");
}

TEST(HrcClosedFeed, NamesTheRowAndTheColumnThatItCannotRead) {
  const std::string good = "2019-01-03,2019-01-02,1,1,1.00,0,,,,\n";
  EXPECT_TRUE(complaint_about("clear_date,due_date\n").starts_with("rows: has no column cust_number"));
  EXPECT_EQ(complaint_about(header + good + "2019-01-03,2019-01-02,1,1\n"), "rows, row 2: has another number of cells than the header");
  EXPECT_EQ(complaint_about(header + std::string{"2019-1-3,2019-01-02,1,1,1.00,0,,,,\n"}),
            "rows, row 1: clear_date cannot be \"2019-1-3\"");
  for (const char* const amount : {"", "1.", ".5", "1.005", "-1.00", "0.00", "1e3", "99999999999999999999"})
    EXPECT_EQ(complaint_about(header + std::string{"2019-01-03,2019-01-02,1,1,"} + amount + ",0,,,,\n"),
              std::string{"rows, row 1: amount cannot be \""} + amount + '"');
  EXPECT_NE(complaint_about(header + std::string{"2019-01-03,2019-01-02,1,1,1.00,0,,x,,\n"}), "");
  EXPECT_NE(complaint_about(header + std::string{"2019-01-03,2019-01-02,1,1,1.00,0,,,JPY,\n"}), "");
  EXPECT_NE(complaint_about(header + std::string{"2019-01-03,2019-01-02,,1,1.00,0,,,,\n"}), "");
}

}  // namespace
}  // namespace due::cli
