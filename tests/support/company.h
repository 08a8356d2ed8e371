// tests/support/company.h
// A small company's events as text, deterministic by number: invoices, payments (some before their invoice), usage, corrections,
// cancellations, reversals, duplicates, conflicts and bad records.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/base/event_time.h"

namespace due::test {

struct CompanyRecord {
  std::string topic, key, value;
};

inline std::string cloud_event(const std::string& type, const std::string& id, const std::string& time, const std::string& data) {
  return R"({"specversion":"1.0","id":")" + id + R"(","source":"/test","type":")" + type + R"(","time":")" + time + R"(","data":{)" + data +
         "}}";
}

inline std::string day_text(int day) { return format(Date{20'089 + day}); }  // day 0: 2025-01-01

inline CompanyRecord invoice(const std::string& customer, const std::string& id, int day, std::int64_t gross,
                             const std::string& event_id = "") {
  return {"invoices", customer,
          cloud_event("due.invoice.issued.v1", event_id.empty() ? "e-" + id : event_id, day_text(day) + "T00:00:00Z",
                      R"("customer_id":")" + customer + R"(","invoice_id":")" + id + R"(","issue_date":")" + day_text(day) +
                          R"(","due_date":")" + day_text(day + 30) + R"(","currency":"EUR","gross_minor":)" + std::to_string(gross))};
}
inline CompanyRecord payment(const std::string& customer, const std::string& id, const std::string& invoice_id, int day,
                             std::int64_t amount) {
  return {"payments", customer,
          cloud_event("due.payment.received.v1", "e-" + id, day_text(day) + "T00:00:00Z",
                      R"("customer_id":")" + customer + R"(","payment_id":")" + id + R"(","invoice_id":")" + invoice_id +
                          R"(","value_date":")" + day_text(day) + R"(","currency":"EUR","amount_minor":)" + std::to_string(amount))};
}
inline CompanyRecord usage(const std::string& customer, const std::string& id, int day, std::int64_t quantity, const std::string& case_id) {
  return {"usage", customer,
          cloud_event("due.usage.recorded.v1", "e-" + id, day_text(day) + "T12:00:00Z",
                      R"("customer_id":")" + customer + R"(","usage_id":")" + id + R"(","meter":"images",)" +
                          (case_id.empty() ? "" : R"("case_id":")" + case_id + "\",") + R"("quantity":)" + std::to_string(quantity) +
                          R"(,"occurred_at":")" + day_text(day) + R"(T12:00:00Z")")};
}
inline CompanyRecord cancellation(const std::string& customer, const std::string& id, const std::string& invoice_id, int day) {
  return {"invoices", customer,
          cloud_event("due.invoice.cancelled.v1", "e-" + id, day_text(day) + "T00:00:00Z",
                      R"("customer_id":")" + customer + R"(","cancellation_id":")" + id + R"(","invoice_id":")" + invoice_id +
                          R"(","cancel_date":")" + day_text(day) + "\"")};
}
// invoice_id empty: of no invoice in particular.
inline CompanyRecord credit_memo(const std::string& customer, const std::string& id, const std::string& invoice_id, int day,
                                 std::int64_t amount) {
  return {"invoices", customer,
          cloud_event("due.invoice.credited.v1", "e-" + id, day_text(day) + "T00:00:00Z",
                      R"("customer_id":")" + customer + R"(","credit_memo_id":")" + id + R"(","invoice_id":")" + invoice_id +
                          R"(","credit_date":")" + day_text(day) + R"(","currency":"EUR","amount_minor":)" + std::to_string(amount))};
}
inline CompanyRecord reversal(const std::string& customer, const std::string& id, const std::string& payment_id, int day,
                              std::int64_t amount) {
  return {"payments", customer,
          cloud_event("due.payment.reversed.v1", "e-" + id, day_text(day) + "T00:00:00Z",
                      R"("customer_id":")" + customer + R"(","reversal_id":")" + id + R"(","payment_id":")" + payment_id +
                          R"(","value_date":")" + day_text(day) + R"(","currency":"EUR","amount_minor":)" + std::to_string(amount))};
}

// About 3.4 records per number of `events`, over `events / 20` days and 17 customers.
inline std::vector<CompanyRecord> company(int events) {
  std::vector<CompanyRecord> all;
  for (int n = 0; n < events; ++n) {
    const std::string c = "C" + std::to_string(n * 7 % 17), id = std::to_string(n);
    const int day = n / 20;
    const std::int64_t gross = 1'000 + n * 37 % 90'000;
    const bool early = n % 11 == 5;  // its payment comes first
    if (early) all.push_back(payment(c, "P" + id, "I" + id, day, gross));
    if (n % 13 == 3) all.push_back(cancellation(c, "X" + id, "I" + id, day));  // before its invoice: parked
    all.push_back(invoice(c, "I" + id, day, gross));
    if (n % 31 == 5) all.push_back(credit_memo(c, "M" + id, n % 2 == 0 ? "" : "I" + id, day + 1, gross / 3));
    if (!early && n % 3 != 0) all.push_back(payment(c, "P" + id, "I" + id, day + n % 50, n % 5 == 0 ? gross / 2 : gross));
    if (n % 29 == 4 && (early || n % 3 != 0))
      all.push_back(reversal(c, "R" + id, "P" + id, day + 2, n % 5 == 0 && !early ? gross / 2 : gross));
    all.push_back(usage(c, "U" + id, day, 1 + n % 9, n % 4 == 0 ? "" : "K" + std::to_string(n / 3)));
    if (n % 10 == 1) all.push_back(all[all.size() - 1]);                               // exact duplicate
    if (n % 37 == 9) all.push_back(invoice(c, "I" + id, day, gross + 1, "e2-" + id));  // conflict
    if (n % 41 == 7) all.push_back({"usage", c, "{broken"});
    if (n % 43 == 8) all.push_back(cancellation(c, "Z" + id, "NEVER" + id, day));  // its timer ends it
  }
  all.push_back(cancellation("C1", "LAST", "NEVER", events / 20 + 49));  // no tick comes that would end it
  return all;
}

}  // namespace due::test
