#include "topology/billing/credit_note_text.h"

#include "schemas/codec/json_writer.h"

namespace due::topology::billing {
namespace {

constexpr std::size_t number_digits = 6;
constexpr char by_account[] = "/duestream/account", by_register[] = "/duestream/register";

struct Envelope {
  const std::string& id;
  const char* source;
  const char* type;
  EventTime time;
};

// The envelope, and the object `data` that `fill` writes.
template <class Fill>
std::string event(const Envelope& e, Fill fill) {
  std::string text;
  codec::JsonWriter json(text);
  json.begin_object().key("specversion").value("1.0").key("id").value(e.id).key("source").value(e.source).key("type").value(e.type);
  json.key("time").value(format(e.time)).key("data").begin_object();
  fill(json);
  json.end_object().end_object();
  return text;
}

template <class Outcome>
void begin_outcome(codec::JsonWriter& json, const Outcome& o) {
  json.key("request_id").value(o.request_id).key("customer_id").value(o.customer_id).key("invoice_id").value(o.invoice_id);
  json.key("currency").value(o.currency.text()).key("amount_minor").value(o.amount_minor);
}

}  // namespace

std::string series_of(const events::CreditNoteRequested& request) { return request.legal_entity_id + "/" + request.document_type; }

std::string number_text(Date issue_date, std::uint64_t n) {
  const std::string digits = std::to_string(n);
  const std::string zeros(digits.size() < number_digits ? number_digits - digits.size() : 0, '0');
  return "CN-" + format(issue_date).substr(0, 4) + "-" + zeros + digits;
}

std::string as_text(const events::CreditNoteRequested& r, EventTime time) {
  return event({r.request_id, by_account, "due.credit-note.requested.v1", time}, [&r](codec::JsonWriter& json) {
    json.key("request_id").value(r.request_id).key("legal_entity_id").value(r.legal_entity_id).key("document_type").value(r.document_type);
    if (!r.time_zone.empty()) json.key("time_zone").value(r.time_zone);
    json.key("customer_id").value(r.customer_id).key("invoice_id").value(r.invoice_id).key("invoice_date").value(format(r.invoice_date));
    json.key("cancellation_id").value(r.cancellation_id).key("currency").value(r.currency.text());
    json.key("amount_minor").value(r.amount_minor).key("remaining_minor").value(r.remaining_minor);
  });
}

std::string as_text(const events::CreditNoteNumbered& o, EventTime time) {
  return event({o.request_id, by_register, "due.credit-note.numbered.v1", time}, [&o](codec::JsonWriter& json) {
    begin_outcome(json, o);
    json.key("number").value(o.number).key("issue_date").value(format(o.issue_date));
  });
}

std::string as_text(const events::CreditNoteRefused& o, EventTime time) {
  return event({o.request_id, by_register, "due.credit-note.refused.v1", time}, [&o](codec::JsonWriter& json) {
    begin_outcome(json, o);
    json.key("reason_code").value(o.reason_code).key("remedy").value(o.remedy);
  });
}

std::string credit_note_text(const events::CreditNoteRequested& r, const std::string& number, Date issue_date, EventTime time) {
  return event({r.request_id, by_register, "due.credit-note.issued.v1", time}, [&](codec::JsonWriter& json) {
    json.key("credit_note_id").value(r.request_id).key("number").value(number).key("document_type").value(r.document_type);
    json.key("legal_entity_id").value(r.legal_entity_id).key("customer_id").value(r.customer_id);
    json.key("refers_to").begin_array().begin_object().key("invoice_id").value(r.invoice_id);
    json.key("issue_date").value(format(r.invoice_date)).end_object().end_array();
    json.key("reason_code").value("cancellation").key("cancellation_id").value(r.cancellation_id);
    json.key("issue_date").value(format(issue_date)).key("currency").value(r.currency.text());
    json.key("gross_minor").value(r.amount_minor).key("remaining_minor").value(r.remaining_minor).key("status").value("issued");
  });
}

std::span<const HeaderView> headers_of_internal(bool history) {
  static constexpr HeaderView of_history[] = {{"content-type", "application/cloudevents+json"}, {"history", "true"}};
  return history ? std::span<const HeaderView>(of_history) : std::span<const HeaderView>();
}

}  // namespace due::topology::billing
