#include "stream/cli/feeds/files/mappings.h"

#include <gtest/gtest.h>

#include <vector>

namespace due::cli {
namespace {

using Open = Result<std::unique_ptr<Feed>> (*)(std::string, const std::string&);

std::vector<FeedRecord> records_of(Open open, const std::string& csv) {
  auto feed = open(csv, "rows");
  std::vector<FeedRecord> records;
  if (!feed) {
    ADD_FAILURE() << feed.error().what;
    return records;
  }
  for (FeedRecord record; (*feed)->next(record);) records.push_back(record);
  return records;
}

// What stands behind "data": without the closing brace of the event.
std::string data_of(const FeedRecord& record) {
  const std::size_t at = record.value->find("\"data\":");
  return record.value->substr(at + 7, record.value->size() - at - 8);
}
bool says(const FeedRecord& record, const std::string& part) { return record.value->find(part) != std::string::npos; }

constexpr const char* open_header =
    "posting_date,document_create_date,baseline_create_date,due_date,business_code,cust_number,doc_id,invoice_id,currency,document_type,"
    "open_amount,payment_terms\n";

TEST(HrcOpenFeed, MakesAnInvoiceOfEachRowInTheOrderOfPosting) {
  const auto records = records_of(
      hrc_open_feed, std::string{open_header} + "2020-02-28,,,2020-03-30,U001,C1,19,77,CAD,RV,18412.0,NA32\n"
                                                "2020-02-27,,,2020-03-13,U001,C2,18,76,USD,RV,1.5,NAA8\n");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(
      records[0].value,
      R"({"specversion":"1.0","id":"hrc-open-18","source":"/hrc/open-items","type":"due.invoice.issued.v1","subject":"C2",)"
      R"("time":"2020-02-27T00:00:00Z","datacontenttype":"application/json","data":{"customer_id":"C2","invoice_id":"HRCO-18",)"
      R"("issue_date":"2020-02-27","due_date":"2020-03-13","currency":"USD","gross_minor":150,"number":"76","legal_entity_id":"U001",)"
      R"("payment_terms_id":"NAA8"}})");
  EXPECT_EQ(records[0].topic, "invoices");
  EXPECT_EQ(records[0].key, "C2");
  EXPECT_EQ(records[0].headers.at(1), (std::pair<std::string, std::string>{"history", "true"}));
  EXPECT_EQ(records[1].key, "C1");
}

TEST(HrcOpenFeed, NamesTheCellThatItCannotRead) {
  const auto bad = hrc_open_feed(std::string{open_header} + "2020-02-27,,,2020-03-30,U001,C1,18,77,EUR,RV,1.00,NA32\n", "rows");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().what, "rows, row 1: currency cannot be \"EUR\"");
}

constexpr const char* salford_header = "payment_date,document_no,gross_gbp,vat_gbp,net_gbp,supplier,directorate,gl_description\n";

TEST(SalfordFeed, TakesBackTheLatestPaymentOfThatAmount) {
  const auto records = records_of(salford_feed, std::string{salford_header} +
                                                    "2011-08-01,D1,5.00,0,0,\"A, Ltd\",X,Y\n2011-08-01,D2,5.00,0,0,B,X,Y\n"
                                                    "2011-08-02,D3,5.00,0,0,\"A, Ltd\",X,Y\n2011-08-03,D4,-5.00,0,0,\"A, Ltd\",X,Y\n"
                                                    "2011-08-04,D5,-5.00,0,0,\"A, Ltd\",X,Y\n2011-08-05,D6,-5.00,0,0,\"A, Ltd\",X,Y\n");
  ASSERT_EQ(records.size(), 6U);
  EXPECT_EQ(data_of(records[0]), R"({"customer_id":"SUP-00001","payment_id":"SAL-000001","value_date":"2011-08-01","currency":"GBP",)"
                                 R"("amount_minor":500,"bank_ref":"D1","directorate":"X","gl_description":"Y"})");
  EXPECT_EQ(records[1].key, "SUP-00002");
  EXPECT_EQ(records[3].topic, "payments");
  EXPECT_TRUE(says(records[3], R"("type":"due.payment.reversed.v1")"));
  EXPECT_TRUE(says(records[3], R"("reversal_id":"SAL-000004","payment_id":"SAL-000003")"));
  EXPECT_TRUE(says(records[4], R"("payment_id":"SAL-000001")"));
  EXPECT_TRUE(says(records[5], R"("payment_id":"SAL-000006-UNKNOWN")"));
  for (const FeedRecord& record : records) EXPECT_FALSE(says(record, "Ltd"));
}

constexpr const char* retail_header = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
std::string retail_line(const std::string& number, const std::string& code, int quantity, int day, const std::string& price,
                        const std::string& customer) {
  return number + ',' + code + ',' + std::to_string(quantity) + ",2011-01-" + (day < 10 ? "0" : "") + std::to_string(day) +
         " 08:26:00," + price + ',' + customer + ",France\n";
}

TEST(OnlineRetailFeed, MakesADocumentOfAllLinesOfANumber) {
  const auto records = records_of(online_retail_feed, retail_header + retail_line("1", "A", 6, 1, "2.55", "C1") +
                                                          retail_line("2", "A", 1, 1, "1.00", "C2") +
                                                          retail_line("1", "B", 3, 2, "0.005", "C1"));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].value,
            R"({"specversion":"1.0","id":"retail-1","source":"/online-retail","type":"due.invoice.issued.v1","subject":"C1",)"
            R"("time":"2011-01-01T08:26:00Z","datacontenttype":"application/json","data":{"customer_id":"C1","invoice_id":"1",)"
            R"("issue_date":"2011-01-01","due_date":"2011-01-31","currency":"GBP","gross_minor":1532}})");  // 1530 and 1.5, rounded to 2
}

TEST(OnlineRetailFeed, CancelsTheLatestWholeInvoiceWithTheSameLines) {
  const std::string invoices = retail_line("1", "A", 6, 1, "2.55", "C1") + retail_line("1", "B", 1, 1, "1", "C1") +
                               retail_line("2", "B", 1, 2, "1.00", "C1") + retail_line("2", "A", 6, 2, "2.55", "C1");
  const std::string back = retail_line("C3", "B", -1, 3, "1.0", "C1") + retail_line("C3", "A", -6, 3, "2.55", "C1");
  const std::string again = retail_line("C4", "A", -6, 4, "2.55", "C1") + retail_line("C4", "B", -1, 4, "1.00", "C1");
  const std::string third = retail_line("C5", "A", -6, 5, "2.55", "C1") + retail_line("C5", "B", -1, 5, "1.00", "C1");
  const auto records = records_of(online_retail_feed, retail_header + invoices + back + again + third);
  ASSERT_EQ(records.size(), 5U);
  EXPECT_EQ(data_of(records[2]), R"({"customer_id":"C1","cancellation_id":"C3","invoice_id":"2","cancel_date":"2011-01-03"})");
  EXPECT_TRUE(says(records[3], R"("invoice_id":"1")"));
  EXPECT_EQ(data_of(records[4]),
            R"({"customer_id":"C1","credit_memo_id":"C5","credit_date":"2011-01-05","currency":"GBP","amount_minor":1630})");
}

TEST(OnlineRetailFeed, CreditsThePartThatComesBackWhileTheInvoiceHoldsIt) {
  const std::string invoice = retail_line("1", "A", 6, 1, "2.50", "C1");
  const auto back = [](const char* number, int quantity, const char* price, const char* customer) {
    return retail_line(number, "A", quantity, 2, price, customer);
  };
  const auto records = records_of(online_retail_feed, retail_header + invoice + back("C2", -4, "2.50", "C1") +
                                                          back("C3", -3, "2.50", "C1") + back("C4", -2, "2.50", "C1") +
                                                          back("C5", -1, "2.49", "C1") + back("C6", -1, "2.50", "C2"));
  ASSERT_EQ(records.size(), 6U);
  EXPECT_EQ(data_of(records[1]), R"({"customer_id":"C1","credit_memo_id":"C2","invoice_id":"1","credit_date":"2011-01-02",)"
                                 R"("currency":"GBP","amount_minor":1000})");
  EXPECT_FALSE(says(records[2], "invoice_id")) << "only two are left of the six";
  EXPECT_TRUE(says(records[3], R"("invoice_id":"1")"));
  EXPECT_FALSE(says(records[4], "invoice_id")) << "at another price";
  EXPECT_FALSE(says(records[5], "invoice_id")) << "of another customer";
}

TEST(OnlineRetailFeed, CancelsNothingThatIsCreditedInPart) {
  const auto records = records_of(online_retail_feed, retail_header + retail_line("1", "A", 6, 1, "1.00", "C1") +
                                                          retail_line("C2", "A", -1, 2, "1.00", "C1") +
                                                          retail_line("C3", "A", -6, 3, "1.00", "C1") +
                                                          retail_line("C4", "A", -5, 4, "1.00", "C1"));
  EXPECT_FALSE(says(records.at(2), "invoice_id"));
  EXPECT_TRUE(says(records.at(3), R"("type":"due.invoice.credited.v1")"));
  EXPECT_TRUE(says(records.at(3), R"("invoice_id":"1")"));
}

TEST(OnlineRetailFeed, PublishesDocumentsOfNobodyWithoutAKey) {
  const auto records = records_of(online_retail_feed, retail_header + retail_line("1", "A", 1, 1, "1.00", "") +
                                                          retail_line("C2", "A", -1, 2, "1.00", "") +
                                                          retail_line("A3", "B", 1, 3, "-11062.06", ""));
  ASSERT_EQ(records.size(), 3U);
  for (const FeedRecord& record : records) {
    EXPECT_EQ(record.key, std::nullopt);
    EXPECT_FALSE(says(record, "customer_id") || says(record, "subject"));
  }
  EXPECT_EQ(data_of(records[2]),
            R"({"credit_memo_id":"A3","credit_date":"2011-01-03","currency":"GBP","amount_minor":1106206,"reason_code":"bad_debt"})");
}

TEST(OnlineRetailFeed, NamesTheRowThatItCannotRead) {
  const auto complaint = [](const std::string& rows) {
    const auto feed = online_retail_feed(retail_header + rows, "rows");
    return feed ? "" : feed.error().what;
  };
  EXPECT_EQ(complaint(retail_line("1", "A", 1, 1, "1.00", "C1") + retail_line("1", "A", 1, 1, "1.00", "C2")),
            "rows, row 2: invoice 1 has two customers");
  EXPECT_EQ(complaint("1,A,1,2011-01-01,1.00,C1,X\n"), "rows, row 1: InvoiceDate cannot be \"2011-01-01\"");
  EXPECT_EQ(complaint("1,A,x,2011-01-01 08:26:00,1.00,C1,X\n"), "rows, row 1: Quantity cannot be \"x\"");
  EXPECT_EQ(complaint("1,A,1,2011-01-01 08:26:00,1.00.0,C1,X\n"), "rows, row 1: UnitPrice cannot be \"1.00.0\"");
}

}  // namespace
}  // namespace due::cli
