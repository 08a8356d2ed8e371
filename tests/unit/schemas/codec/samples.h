// tests/unit/schemas/codec/samples.h
// A valid event of each type as an ordered list of members, so that tests can replace, add and take out single ones.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace due::codec::samples {

using Members = std::vector<std::pair<std::string, std::string>>;  // name, JSON text

inline Members data_of(std::string_view type) {
  if (type == "due.invoice.cancelled.v1")
    return {{"customer_id", R"("C1")"}, {"cancellation_id", R"("X1")"}, {"invoice_id", R"("I1")"}, {"cancel_date", R"("2025-03-05")"}};
  if (type == "due.invoice.credited.v1")
    return {{"customer_id", R"("C1")"},         {"credit_memo_id", R"("M1")"}, {"invoice_id", R"("I1")"},
            {"credit_date", R"("2025-03-15")"}, {"currency", R"("EUR")"},      {"amount_minor", "40"}};
  if (type == "due.payment.received.v1")
    return {{"customer_id", R"("C1")"},        {"payment_id", R"("P1")"}, {"invoice_id", R"("I1")"},
            {"value_date", R"("2025-03-20")"}, {"currency", R"("EUR")"},  {"amount_minor", "100"}};
  if (type == "due.payment.reversed.v1")
    return {{"customer_id", R"("C1")"},        {"reversal_id", R"("R1")"}, {"payment_id", R"("P1")"},
            {"value_date", R"("2025-03-25")"}, {"currency", R"("EUR")"},   {"amount_minor", "100"}};
  if (type == "due.usage.recorded.v1")
    return {{"customer_id", R"("C1")"}, {"usage_id", R"("U1")"}, {"meter", R"("images")"},
            {"case_id", R"("K1")"},     {"quantity", "7"},       {"occurred_at", R"("2025-03-01T12:30:00Z")"}};
  Members invoice = {{"customer_id", R"("C1")"},      {"invoice_id", R"("I1")"}, {"issue_date", R"("2025-03-01")"},
                     {"due_date", R"("2025-03-31")"}, {"currency", R"("EUR")"},  {"gross_minor", "100"}};
  if (type == "due.invoice.corrected.v1") invoice.emplace_back("version", "2");
  return invoice;
}

// Replaces or adds one member; "-" takes it out.
inline void put(Members& members, std::string_view name, std::string_view json) {
  const auto found = std::find_if(members.begin(), members.end(), [name](const auto& m) { return m.first == name; });
  if (json == "-") {
    if (found != members.end()) members.erase(found);
  } else if (found != members.end()) {
    found->second = json;
  } else {
    members.emplace_back(name, json);
  }
}

inline std::string object(const Members& members) {
  std::string text = "{";
  for (const auto& [name, json] : members) text.append(text.size() > 1 ? ",\"" : "\"").append(name).append("\":").append(json);
  return text + "}";
}

inline Members envelope(std::string_view type, std::string_view data) {
  return {
      {"specversion", R"("1.0")"},           {"id", R"("E1")"},          {"source", R"("/erp")"}, {"type", '"' + std::string{type} + '"'},
      {"time", R"("2025-03-01T12:30:00Z")"}, {"data", std::string{data}}};
}

inline std::string structured(std::string_view type, std::string_view data) { return object(envelope(type, data)); }
inline std::string structured(std::string_view type) { return structured(type, object(data_of(type))); }

inline constexpr std::string_view types[] = {"due.invoice.issued.v1",   "due.invoice.corrected.v1", "due.invoice.cancelled.v1",
                                             "due.payment.received.v1", "due.payment.reversed.v1",  "due.usage.recorded.v1",
                                             "due.invoice.credited.v1"};

}  // namespace due::codec::samples
