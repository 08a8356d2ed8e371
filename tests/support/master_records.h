// tests/support/master_records.h
// Records of master data, as tests of whole subtopologies send them.
#pragma once

#include <string>

#include "tests/support/company.h"

namespace due::test {

// `more`: further members, each with a comma in front.
inline CompanyRecord customer(const std::string& id, int version, int from_day, const std::string& more = "",
                              const std::string& said = "") {
  const std::string type = version == 1 ? "due.customer.created.v1" : "due.customer.changed.v1";
  const std::string number = version == 1 ? "" : R"(,"version":)" + std::to_string(version);
  return {"customers", id,
          cloud_event(type, "cus-" + std::to_string(version), said.empty() ? day_text(from_day) + "T00:00:00Z" : said,
                      R"("customer_id":")" + id + "\"" + number + R"(,"valid_from":")" + day_text(from_day) +
                          R"(","legal_entity_id":"DE01","country":"DE","currency":"EUR","natural_person":false)" + more)};
}
inline CompanyRecord deactivation(const std::string& id, int version, int from_day) {
  return {"customers", id,
          cloud_event("due.customer.deactivated.v1", "cus-" + std::to_string(version), day_text(from_day) + "T00:00:00Z",
                      R"("customer_id":")" + id + R"(","version":)" + std::to_string(version) + R"(,"valid_from":")" + day_text(from_day) +
                          "\"")};
}
// One tier at `price` per unit of the meter.
inline CompanyRecord contract(const std::string& customer_id, const std::string& rule, int version, int from_day, const std::string& price,
                              const std::string& meter = "images") {
  return {"contracts", customer_id,
          cloud_event("due.contract.agreed.v1", "ctr-" + rule + std::to_string(version), day_text(from_day) + "T00:00:00Z",
                      R"("customer_id":")" + customer_id + R"(","contract_id":"K1","rule_id":")" + rule + R"(","version":)" +
                          std::to_string(version) + R"(,"meter":")" + meter + R"(","model":"unit","tiers":[{"unit_price":")" + price +
                          R"("}],"currency":"EUR","valid_from":")" + day_text(from_day) + "\"")};
}
inline CompanyRecord dispute(const std::string& customer_id, const std::string& id, const std::string& invoice_id, int day,
                             std::int64_t amount, const std::string& currency = "EUR") {
  return {"disputes", customer_id,
          cloud_event("due.dispute.opened.v1", "dsp-" + id, day_text(day) + "T00:00:00Z",
                      R"("customer_id":")" + customer_id + R"(","dispute_id":")" + id + R"(","invoice_id":")" + invoice_id +
                          R"(","opened_on":")" + day_text(day) + R"(","currency":")" + currency + R"(","amount_minor":)" +
                          std::to_string(amount))};
}
// amount 0: rejected.
inline CompanyRecord dispute_decision(const std::string& customer_id, const std::string& id, int day, std::int64_t amount) {
  const std::string approved = amount == 0 ? "" : R"(,"currency":"EUR","amount_minor":)" + std::to_string(amount);
  return {"disputes", customer_id,
          cloud_event(amount == 0 ? "due.dispute.rejected.v1" : "due.dispute.approved.v1", "dsd-" + id, day_text(day) + "T00:00:00Z",
                      R"("customer_id":")" + customer_id + R"(","dispute_id":")" + id + R"(","decided_on":")" + day_text(day) +
                          R"(","actor":"j.doe","reason":"checked")" + approved)};
}

}  // namespace due::test
