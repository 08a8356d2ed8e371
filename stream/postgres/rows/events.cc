#include "stream/postgres/rows/events.h"

#include "schemas/codec/decision_reader.h"
#include "schemas/codec/event_decoder.h"
#include "schemas/codec/missing_key.h"
#include "stream/postgres/rows/headers.h"

namespace due::postgres {
namespace {

using events::Event;

void put_text(std::string_view text, TupleWriter& row) {
  if (text.empty()) {
    row.null();
  } else {
    row.text(text);
  }
}

// The own columns of one topic's table, of an event of any type; null: there is none to read.
using PutOwn = void (*)(const Event* event, TupleWriter& row);

void nulls(std::size_t n, TupleWriter& row) {
  for (std::size_t i = 0; i < n; ++i) row.null();
}

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

// invoice_id, version, cancellation_id, credit_memo_id, issue_date, due_date, currency, gross_minor, credited_minor
void put_invoice(const Event* event, TupleWriter& row) {
  const auto put = [&row](const auto& invoice, std::int64_t version) {
    row.text(invoice.invoice_id);
    row.bigint(version);
    nulls(2, row);
    row.date(invoice.issue_date);
    row.date(invoice.due_date);
    row.text(invoice.currency.text());
    row.bigint(invoice.gross_minor);
    row.null();
  };
  if (event == nullptr) return nulls(9, row);
  std::visit(Overloaded{[&](const events::InvoiceIssued& e) { put(e, 1); },
                        [&](const events::InvoiceCorrected& e) { put(e, e.version); },
                        [&](const events::InvoiceCancelled& e) {
                          row.text(e.invoice_id);
                          row.null();
                          row.text(e.cancellation_id);
                          nulls(6, row);
                        },
                        [&](const events::InvoiceCredited& e) {
                          put_text(e.invoice_id, row);
                          nulls(2, row);
                          row.text(e.credit_memo_id);
                          nulls(2, row);
                          row.text(e.currency.text());
                          row.null();
                          row.bigint(e.amount_minor);
                        },
                        [&](const auto&) { nulls(9, row); }},
             event->data);
}

// payment_id, invoice_id, reversal_id, currency, amount_minor
void put_payment(const Event* event, TupleWriter& row) {
  if (event == nullptr) return nulls(5, row);
  std::visit(Overloaded{[&](const events::PaymentReceived& e) {
                          row.text(e.payment_id);
                          put_text(e.invoice_id, row);
                          row.null();
                          row.text(e.currency.text());
                          row.bigint(e.amount_minor);
                        },
                        [&](const events::PaymentReversed& e) {
                          row.text(e.payment_id);
                          row.null();
                          row.text(e.reversal_id);
                          row.text(e.currency.text());
                          row.bigint(e.amount_minor);
                        },
                        [&](const auto&) { nulls(5, row); }},
             event->data);
}

// usage_id, meter, quantity, occurred_at, has_case
void put_usage(const Event* event, TupleWriter& row) {
  if (event == nullptr) return nulls(5, row);
  std::visit(Overloaded{[&](const events::UsageRecorded& e) {
                          row.text(e.usage_id);
                          row.text(e.meter);
                          row.bigint(e.quantity);
                          row.timestamptz(e.occurred_at);
                          row.boolean(e.has_case);
                        },
                        [&](const auto&) { nulls(5, row); }},
             event->data);
}

template <PutOwn put_own>
class EventMapper final : public RowMapper {
 public:
  std::optional<std::string> map(const log::Record& record, TupleWriter& row) override {
    arena_.clear();
    const auto decoded = decoder_.decode(record.value, record.headers, arena_);
    const auto* event = std::get_if<Event>(&decoded);
    put_bytes(record.key, row);
    if (event != nullptr) {
      row.null();
      row.text(event->id);
      row.text(event->source);
      row.text(events::type_name(event->data));
      row.text(event->customer_id);
      row.timestamptz(event->time);
      row.date(events::business_date(*event));
    } else {
      const auto& refusal = std::get<codec::Refusal>(decoded);
      const bool of_nobody = codec::is_of_nobody(refusal, record.key.has_value());
      row.text(codec::reason_code(of_nobody ? codec::Reason::missing_key : refusal.reason));  // as the dead letter says it
      nulls(6, row);
    }
    put_own(event, row);
    put_content(record, headers_, row);
    return std::nullopt;
  }

 private:
  codec::EventDecoder decoder_;
  std::deque<std::string> arena_;
  std::string headers_;
};

template <PutOwn put_own>
Table table(std::string topic, std::string name, const std::vector<std::string>& own) {
  std::vector<std::string> columns = {"key",        "refusal",     "event_id",   "event_source",
                                      "event_type", "customer_id", "event_time", "business_date"};
  columns.insert(columns.end(), own.begin(), own.end());
  columns.insert(columns.end(), {"headers", "record", "raw"});
  return {std::move(topic), std::move(name), Source::input, std::move(columns),
          []() -> std::unique_ptr<RowMapper> { return std::make_unique<EventMapper<put_own>>(); }};
}

}  // namespace

Table invoice_events_table() {
  return table<put_invoice>("invoices", "invoice_events",
                            {"invoice_id", "version", "cancellation_id", "credit_memo_id", "issue_date", "due_date", "currency",
                             "gross_minor", "credited_minor"});
}
Table payment_events_table() {
  return table<put_payment>("payments", "payment_events", {"payment_id", "invoice_id", "reversal_id", "currency", "amount_minor"});
}
Table usage_events_table() {
  return table<put_usage>("usage", "usage_events", {"usage_id", "meter", "quantity", "occurred_at", "has_case"});
}

}  // namespace due::postgres
