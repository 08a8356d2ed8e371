#include "schemas/events/events.h"

namespace due::events {
namespace {
template <class... F>
struct Cases : F... {
  using F::operator()...;
};
template <class... F>
Cases(F...) -> Cases<F...>;
}  // namespace

Date business_date(const Event& event) {
  return std::visit(Cases{[](const InvoiceIssued& e) { return e.issue_date; },
                          [](const InvoiceCorrected& e) { return e.issue_date; },
                          [](const InvoiceCancelled& e) { return e.cancel_date; },
                          [](const PaymentReceived& e) { return e.value_date; },
                          [](const PaymentReversed& e) { return e.value_date; },
                          [](const UsageRecorded& e) { return date_of(e.occurred_at); },
                          [](const InvoiceCredited& e) { return e.credit_date; }},
                    event.data);
}

std::string_view business_date_field(const Data& data) {
  static constexpr std::string_view names[] = {"data.issue_date", "data.issue_date",  "data.cancel_date", "data.value_date",
                                               "data.value_date", "data.occurred_at", "data.credit_date"};
  return names[data.index()];
}

std::string_view type_name(const Data& data) {
  static constexpr std::string_view names[] = {"due.invoice.issued.v1",   "due.invoice.corrected.v1", "due.invoice.cancelled.v1",
                                               "due.payment.received.v1", "due.payment.reversed.v1",  "due.usage.recorded.v1",
                                               "due.invoice.credited.v1"};
  return names[data.index()];
}

}  // namespace due::events
