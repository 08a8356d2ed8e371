#include "topology/master/disputes.h"

#include <utility>

#include "topology/master/processors.h"

namespace due::topology::master {
namespace {

using codec::Reason;
using Status = Dispute::Status;

constexpr std::uint8_t version = 1;

// What both decisions have in common; applied: the dispute is open.
Applied check_decision(const Told& told, const Dispute* d, const std::string& dispute_id) {
  if (d == nullptr || d->status == Status::expected) return {.what = Applied::What::waits};
  if (d->status == Status::opened) return {};
  return d->decision_content == told.event.content ? duplicate() : conflict("data.dispute_id", "the decision of dispute " + dispute_id);
}

template <class Fact>
void decide(const Told& told, const Dispute& open, const Fact& fact, Status status, std::int64_t approved) {
  Dispute& d = told.store.edit(open);
  d.status = status;
  d.decision_content = told.event.content;
  d.approved_amount = approved;
  d.decided_on = fact.decided_on;
  d.decided_known_at = told.known_at;
  d.actor = fact.actor;
  d.reason = fact.reason;
}

}  // namespace

Applied apply(const Told& told, const events::DisputeOpened& fact, const Contested& invoice) {
  const state::Key key = Dispute::key_of(fact.customer_id, fact.dispute_id);
  const auto* known = told.store.find<Dispute>(key);
  if (known != nullptr && known->status != Status::expected)
    return known->content == told.event.content ? duplicate() : conflict("data.dispute_id", "dispute " + fact.dispute_id);
  if (invoice.cancelled) return refused(Reason::inconsistent, "data.invoice_id", "the invoice is cancelled; nothing is left to dispute");
  if (invoice.currency != fact.currency)
    return refused(Reason::currency_mismatch, "data.currency",
                   "the invoice is in " + invoice.currency.text() + "; dispute it in its own currency");
  if (fact.amount_minor > invoice.claim)
    return refused(Reason::inconsistent, "data.amount_minor",
                   std::to_string(invoice.claim) + " of the invoice is claimed; no more than that can be disputed");
  Dispute& d = edit_or_add(told.store, key, known);
  d.status = Status::opened;
  d.content = told.event.content;
  d.customer_id = fact.customer_id;
  d.dispute_id = fact.dispute_id;
  d.invoice_id = fact.invoice_id;
  d.line_id = fact.line_id;
  d.reason_code = fact.reason_code;
  d.currency = fact.currency;
  d.amount = fact.amount_minor;
  d.opened_on = fact.opened_on;
  d.opened_known_at = told.known_at;
  Applied opened;
  opened.released = std::exchange(d.waiting, {});
  return opened;
}

Applied apply(const Told& told, const events::DisputeApproved& fact) {
  const auto* d = told.store.find<Dispute>(Dispute::key_of(fact.customer_id, fact.dispute_id));
  if (Applied first = check_decision(told, d, fact.dispute_id); first.what != Applied::What::applied) return first;
  if (fact.currency != d->currency)
    return refused(Reason::currency_mismatch, "data.currency",
                   "the dispute is in " + d->currency.text() + "; approve it in its own currency");
  if (fact.amount_minor > d->amount)
    return refused(Reason::inconsistent, "data.amount_minor",
                   std::to_string(d->amount) + " is disputed; no more than that can be approved");
  decide(told, *d, fact, Status::approved, fact.amount_minor);
  return {};
}

Applied apply(const Told& told, const events::DisputeRejected& fact) {
  const auto* d = told.store.find<Dispute>(Dispute::key_of(fact.customer_id, fact.dispute_id));
  if (Applied first = check_decision(told, d, fact.dispute_id); first.what != Applied::What::applied) return first;
  decide(told, *d, fact, Status::rejected, 0);
  return {};
}

void await_dispute(state::ObjectStore& store, const std::string& customer, const std::string& dispute_id, Hash128 record) {
  const state::Key key = Dispute::key_of(customer, dispute_id);
  Dispute& d = edit_or_add(store, key, store.find<Dispute>(key));
  d.customer_id = customer;
  d.dispute_id = dispute_id;
  d.waiting.push_back(record);
}

void Dispute::encode(ByteWriter& w) const {
  w.byte(version);
  w.byte(static_cast<std::uint8_t>(status));
  w.text(customer_id);
  w.text(dispute_id);
  write_list(w, waiting, [&w](Hash128 record) { w.hash(record); });
  if (status == Status::expected) return;
  w.hash(content);
  for (const std::string* text : {&invoice_id, &line_id, &reason_code}) w.text(*text);
  w.varint(currency.code);
  w.zigzag(amount);
  w.zigzag(opened_on.days);
  w.zigzag(opened_known_at.micros);
  if (status == Status::opened) return;
  w.hash(decision_content);
  w.zigzag(approved_amount);
  w.zigzag(decided_on.days);
  w.zigzag(decided_known_at.micros);
  w.text(actor);
  w.text(reason);
}

void Dispute::decode(std::string_view value) {
  read_row(value, version, "dispute", [this](ByteReader& r) {
    status = static_cast<Status>(r.byte());
    customer_id = r.text();
    dispute_id = r.text();
    read_list(r, waiting, [&r](Hash128& record) { record = r.hash(); });
    if (status == Status::expected) return;
    content = r.hash();
    for (std::string* text : {&invoice_id, &line_id, &reason_code}) *text = r.text();
    currency.code = static_cast<std::uint32_t>(r.varint());
    amount = r.zigzag();
    opened_on.days = static_cast<std::int32_t>(r.zigzag());
    opened_known_at.micros = r.zigzag();
    if (status == Status::opened) return;
    decision_content = r.hash();
    approved_amount = r.zigzag();
    decided_on.days = static_cast<std::int32_t>(r.zigzag());
    decided_known_at.micros = r.zigzag();
    actor = r.text();
    reason = r.text();
  });
}

std::size_t Dispute::bytes() const {
  std::size_t n = sizeof *this + waiting.capacity() * sizeof(Hash128);
  for (const std::string* text : {&customer_id, &dispute_id, &invoice_id, &line_id, &reason_code, &actor, &reason}) n += text->capacity();
  return n;
}

}  // namespace due::topology::master
