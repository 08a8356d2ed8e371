#include "schemas/codec/json_writer.h"
#include "stream/cli/inspect/page.h"

namespace due::cli {
namespace {

using codec::JsonWriter;
namespace features = topology::features;

void write_feature(JsonWriter& json, const features::Definition& d, std::int64_t value) {
  json.begin_object()
      .key("name").value(d.name)
      .key("value").value(value)
      .key("unit").value(d.unit)
      .key("scale").value(d.scale)
      .end_object();
}

// null: not found in the events that were looked at, or none.
void write_id(JsonWriter& json, const char* name, const std::string& id) {
  json.key(name);
  if (id.empty()) {
    json.null();
  } else {
    json.value(id);
  }
}

void write_open(JsonWriter& json, const OpenItem& o, Date day) {
  json.begin_object();
  write_id(json, "invoice_id", o.invoice);
  json.key("issue_date").value(format(o.issued))
      .key("due_date").value(format(o.due))
      .key("gross_minor").value(o.gross)
      .key("credited_minor").value(o.credited)
      .key("paid_minor").value(o.paid)
      .key("left_minor").value(o.left)
      .key("days_overdue").value(std::int64_t{std::max(0, day.days - o.due.days)})
      .end_object();
}

void write_payment(JsonWriter& json, const PaymentLine& p) {
  json.begin_object();
  write_id(json, "payment_id", p.payment);
  write_id(json, "invoice_id", p.invoice);
  json.key("names_an_invoice").raw(p.for_document.zero() ? "false" : "true")
      .key("status").value(p.status == topology::Payment::Status::reversed ? "reversed" : "booked")
      .key("value_date").value(format(p.value_date))
      .key("amount_minor").value(p.amount)
      .key("allocated_minor").value(p.allocated)
      .key("delay_days");
  if (p.delay) {
    json.value(*p.delay);
  } else {
    json.null();
  }
  json.end_object();
}

void write_ledger(JsonWriter& json, const LedgerView& l, Date day) {
  json.begin_object().key("currency");
  if (l.currency.none()) {
    json.null();
  } else {
    json.value(l.currency.text());
  }
  json.key("outstanding_minor").value(l.balances.outstanding)
      .key("overdue_minor").value(l.balances.overdue)
      .key("open_items").value(l.balances.open)
      .key("invoices").value(l.invoices)
      .key("cancelled").value(l.cancelled)
      .key("rule_now").value(l.rule.high() ? "HIGH" : "LOW")
      .key("features").begin_array();
  for (std::size_t i = 0; i < features::count; ++i) write_feature(json, features::catalogue()[i], l.features[i]);
  json.end_array().key("open").begin_array();
  for (const OpenItem& o : l.open) write_open(json, o, day);
  json.end_array().key("payments").begin_array();
  for (const PaymentLine& p : l.payments) write_payment(json, p);
  json.end_array().end_object();
}

void write_parked(JsonWriter& json, const ParkedLine& p) {
  json.begin_object()
      .key("input").value(p.place)
      .key("event").value(p.event)
      .key("document").value(p.document)
      .key("refers_to").value(p.and_also)
      .key("gives_up_at").value(format(p.gives_up))
      .end_object();
}

void write_ids(JsonWriter& json, std::string_view key, const std::vector<std::string>& ids) {
  json.key(key).begin_array();
  for (const std::string& id : ids) json.value(id);
  json.end_array();
}

void write_master(JsonWriter& json, const MasterView& m) {
  json.key("record");
  if (m.record) {
    json.begin_object()
        .key("version").value(m.record->version)
        .key("active").raw(m.deactivated ? "false" : "true")
        .key("legal_entity_id").value(m.record->legal_entity_id)
        .key("time_zone").value(m.record->time_zone)
        .key("currency").value(m.record->currency.text());
    if (m.record->payment_terms_days) json.key("payment_terms_days").value(*m.record->payment_terms_days);
    if (m.record->credit_limit_minor) json.key("credit_limit_minor").value(*m.record->credit_limit_minor);
    json.end_object();
  } else {
    json.null();
  }
  write_ids(json, "price_rules", m.price_rules);
  write_ids(json, "open_disputes", m.open_disputes);
}

void write_as_of(JsonWriter& json, const AsOf& a) {
  json.key("as_of").begin_object()
      .key("task").value(a.task)
      .key("batch").value(a.batch)
      .key("task_time").value(format(a.task_time))
      .key("folded_steps").value(a.folded_steps)
      .key("logic").value(a.logic);
  if (!a.asked.empty()) json.key("asked").value(a.asked);
  json.end_object();
}

}  // namespace

std::string as_json(const InspectPage& page) {
  const CustomerView& c = page.customer;
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("customer_id").value(c.customer).key("day").value(format(c.day));
  write_as_of(json, page.as_of);
  write_master(json, c.master);
  json.key("ledgers").begin_array();
  for (const LedgerView& l : c.ledgers) write_ledger(json, l, c.day);
  json.end_array().key("parked").begin_array();
  for (const ParkedLine& p : c.parked) write_parked(json, p);
  json.end_array().key("expected_invoices").begin_array();
  for (const auto& [document, id] : c.expected) {
    json.begin_object();
    write_id(json, "invoice_id", id);
    json.end_object();
  }
  json.end_array()
      .key("documents_known").value(c.documents_known)
      .key("decisions_complete").raw(page.decisions_complete ? "true" : "false")
      .key("decisions").begin_array();
  for (const PlacedDecision& p : page.decisions) json.raw(p.raw);
  json.end_array().end_object();
  out += '\n';
  return out;
}

}  // namespace due::cli
