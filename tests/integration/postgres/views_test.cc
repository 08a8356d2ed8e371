// What views say of invoices, credit memos and payments, by hand: one small company on days that are near its dates.
#include "stream/postgres/sink.h"
#include "tests/integration/postgres/database.h"
#include "tests/unit/stream/postgres/scene.h"

namespace due::postgres {
namespace {

Sent event(const std::string& type, const std::string& data) {
  static int count = 0;
  return {"C1", R"({"specversion":"1.0","id":")" + std::to_string(++count) + R"(","source":"/erp","type":"due.)" + type +
                    R"(.v1","data":{"customer_id":"C1",)" + data + "}}", {}};
}

Sent invoice(const std::string& id, const std::string& issued, const std::string& due, int minor) {
  return event("invoice.issued", R"("invoice_id":")" + id + R"(","issue_date":")" + issued + R"(","due_date":")" + due +
                                     R"(","currency":"EUR","gross_minor":)" + std::to_string(minor));
}

Sent credit(const std::string& id, const std::string& invoice, const std::string& day, int minor) {
  return event("invoice.credited", R"("credit_memo_id":")" + id + R"(","invoice_id":")" + invoice + R"(","credit_date":")" + day +
                                       R"(","currency":"EUR","amount_minor":)" + std::to_string(minor));
}

std::string paying(const std::string& id, const std::string& day, int minor) {
  return R"("payment_id":")" + id + R"(","value_date":")" + day + R"(","currency":"EUR","amount_minor":)" + std::to_string(minor);
}

// A: credited in part, the rest paid 10 days late. B: paid in part, 8 days early. C: cancelled. D: paid, and taken back.
class Company : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_DATABASE(database);
    LogScene scene({"invoices", "payments"}, 1);
    for (const Sent& s : {invoice("A", "2025-01-01", "2025-01-31", 10'000), invoice("B", "2025-01-29", "2025-02-28", 5'000),
                          credit("M1", "A", "2025-02-01", 2'000), credit("M1", "A", "2025-02-01", 2'000),
                          credit("M2", "", "2025-02-01", 700), invoice("C", "2025-02-02", "2025-03-04", 900),
                          event("invoice.cancelled", R"("invoice_id":"C","cancellation_id":"K","cancel_date":"2025-02-06")"),
                          invoice("D", "2024-11-01", "2024-12-01", 300)})
      scene.put("invoices", 0, s);
    for (const Sent& s : {event("payment.received", R"("invoice_id":"A",)" + paying("P1", "2025-02-10", 8'000)),
                          event("payment.received", R"("invoice_id":"B",)" + paying("P2", "2025-02-20", 3'000)),
                          event("payment.received", R"("invoice_id":"D",)" + paying("P3", "2024-12-31", 300)),
                          event("payment.reversed", R"("reversal_id":"R",)" + paying("P3", "2025-02-08", 300))})
      scene.put("payments", 0, s);
    SinkOptions options;
    options.uri = database.uri();
    options.until_caught_up = true;
    const runtime::Report quiet{runtime::Level::error, [](runtime::Level, std::string_view, std::span<const runtime::Field>) {}};
    const auto done = Sink(scene.log(), options, quiet).run();
    ASSERT_TRUE(done.has_value()) << done.error().what;
  }
  std::string rows(const std::string& columns, const std::string& from) {
    const std::string first = columns.substr(0, columns.find(','));
    return database.text("select coalesce(string_agg(concat_ws(' ', " + columns + "), ', ' order by " + first +
                         "), 'none') from duestream." + from);
  }
  Database database;
};

TEST_F(Company, OwesWhatIsLeftOfEachInvoiceOnADay) {
  const std::string columns = "invoice_id, credited_minor, paid_minor, open_minor, days_overdue";
  const std::pair<const char*, const char*> days[] = {
      {"2024-10-31", "none"},
      {"2024-12-30", "D 0 0 300 29"},
      {"2024-12-31", "none"},
      {"2025-01-31", "A 0 0 10000 0, B 0 0 5000 0"},
      {"2025-02-01", "A 2000 0 8000 1, B 0 0 5000 0"},
      {"2025-02-05", "A 2000 0 8000 5, B 0 0 5000 0, C 0 0 900 0"},
      {"2025-02-06", "A 2000 0 8000 6, B 0 0 5000 0"},
      {"2025-02-09", "A 2000 0 8000 9, B 0 0 5000 0, D 0 0 300 70"},
      {"2025-02-10", "B 0 0 5000 0, D 0 0 300 71"},
      {"2025-03-10", "B 0 3000 2000 10, D 0 0 300 99"},
  };
  for (const auto& [day, owed] : days) EXPECT_EQ(rows(columns, std::string("open_items_on('") + day + "')"), owed) << day;
}

TEST_F(Company, HasReceivablesByAge) {
  const std::string columns =
      "customer_id, currency, open_minor, not_due_minor, days_1_30_minor, days_31_60_minor, days_61_90_minor, over_90_minor, open_items, "
      "oldest_due_date";
  const std::pair<const char*, const char*> days[] = {
      {"2025-02-28", "C1 EUR 2300 2000 0 0 300 0 2 2024-12-01"},
      {"2025-03-01", "C1 EUR 2300 0 2000 0 300 0 2 2024-12-01"},
      {"2025-03-02", "C1 EUR 2300 0 2000 0 0 300 2 2024-12-01"},
      {"2025-03-30", "C1 EUR 2300 0 2000 0 0 300 2 2024-12-01"},
      {"2025-03-31", "C1 EUR 2300 0 0 2000 0 300 2 2024-12-01"},
  };
  for (const auto& [day, owed] : days) EXPECT_EQ(rows(columns, std::string("receivables_ageing_on('") + day + "')"), owed) << day;
}

TEST_F(Company, PaysAsItsPaymentsThatWereKeptSay) {
  EXPECT_EQ(rows("customer_id, currency, payments, paid_minor, with_invoice, avg_delay_days, weighted_delay_days, worst_delay_days, "
                 "late_payments, late_share, avg_delay_days_last_10, first_payment, last_payment",
                 "payment_behaviour"),
            "C1 EUR 2 11000 2 1.0 5.1 10 1 0.500 1.0 2025-02-10 2025-02-20");
}

TEST_F(Company, HasItsCreditMemosOnceEach) {
  EXPECT_EQ(rows("credit_memo_id, coalesce(invoice_id, 'of none'), credit_date, currency, credited_minor", "credit_memos"),
            "M1 A 2025-02-01 EUR 2000, M2 of none 2025-02-01 EUR 700");
}

}  // namespace
}  // namespace due::postgres
