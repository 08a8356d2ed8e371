#include "topology/master/customers.h"

#include "topology/master/processors.h"

namespace due::topology::master {
namespace {

constexpr std::uint8_t version = 1;

void write(ByteWriter& w, const events::CustomerRecorded& c) {
  for (const std::string* text :
       {&c.legal_entity_id, &c.time_zone, &c.country, &c.payment_terms_id, &c.payer_id, &c.parent_id, &c.risk_segment})
    w.text(*text);
  w.varint(c.currency.code);
  w.byte(c.natural_person ? 1 : 0);
  write_optional(w, c.payment_terms_days);
  write_optional(w, c.credit_limit_minor);
}

void read(ByteReader& r, events::CustomerRecorded& c) {
  for (std::string* text :
       {&c.legal_entity_id, &c.time_zone, &c.country, &c.payment_terms_id, &c.payer_id, &c.parent_id, &c.risk_segment})
    *text = r.text();
  c.currency.code = static_cast<std::uint32_t>(r.varint());
  c.natural_person = r.byte() != 0;
  c.payment_terms_days = read_optional(r);
  c.credit_limit_minor = read_optional(r);
}

template <class Fact>
Applied say(const Told& told, const Fact& fact, std::optional<Date> valid_to, std::optional<events::CustomerRecorded> record) {
  const state::Key key = Customer::key_of(fact.customer_id);
  const auto* known = told.store.find<Customer>(key);
  switch (known == nullptr ? Novelty::fresh : novelty(known->said, fact.version, told.event.content)) {
    case Novelty::duplicate: return duplicate();
    case Novelty::conflict: return conflict("data.version", "version " + std::to_string(fact.version) + " of customer " + fact.customer_id);
    case Novelty::fresh: break;
  }
  Customer& c = edit_or_add(told.store, key, known);
  c.customer_id = fact.customer_id;
  c.said.push_back({told.known_at, fact.valid_from, valid_to, fact.version, told.event.content, std::move(record)});
  return {};
}

}  // namespace

Customer::View Customer::as_of(Date day, EventTime known) const {
  View view;
  bool first = true;
  for (auto at = said.rbegin(); at != said.rend(); ++at) {
    if (!at->holds(day, known)) continue;
    if (first) view.active = at->fact.has_value();
    first = false;
    if (!at->fact) continue;  // the record that it was deactivated with still says who it is
    view.record = &*at->fact;
    return view;
  }
  return view;
}

void Customer::encode(ByteWriter& w) const {
  w.byte(version);
  w.text(customer_id);
  write_list(w, said, [&w](const auto& a) {
    write_assertion(w, a);
    w.byte(a.fact ? 1 : 0);
    if (a.fact) write(w, *a.fact);
  });
}

void Customer::decode(std::string_view value) {
  read_row(value, version, "customer", [this](ByteReader& r) {
    customer_id = r.text();
    read_list(r, said, [&r](auto& a) {
      read_assertion(r, a);
      if (r.byte() == 0) return;
      a.fact.emplace();
      read(r, *a.fact);
      a.fact->version = a.version;
      a.fact->valid_from = a.valid_from;
      a.fact->valid_to = a.valid_to;
    });
  });
}

std::size_t Customer::bytes() const { return sizeof *this + customer_id.capacity() + said.capacity() * (sizeof said.front() + 128); }

Applied apply(const Told& told, const events::CustomerRecorded& fact) {
  events::CustomerRecorded record = fact;
  record.customer_id.clear();  // the row says it once
  return say(told, fact, fact.valid_to, std::move(record));
}

Applied apply(const Told& told, const events::CustomerDeactivated& fact) { return say(told, fact, std::nullopt, std::nullopt); }

}  // namespace due::topology::master
