#include "topology/account/booking.h"

#include <algorithm>
#include <utility>

#include "schemas/base/zones/time_zone.h"
#include "topology/master/customers.h"

namespace due::topology {
namespace {

using codec::Reason;

Booked refused(Reason reason, std::string field, std::string remedy) {
  Booked b;
  b.what = Booked::What::refused;
  b.reason = reason;
  b.field = std::move(field);
  b.remedy = std::move(remedy);
  return b;
}

Booked conflict(std::string field, std::string_view id) {
  return refused(Reason::conflict, field,
                 field + " " + std::string(id) + " was booked with other content; publish a correction with a higher version, or a new id");
}

Booked duplicate() {
  Booked b;
  b.what = Booked::What::duplicate;
  return b;
}

Booked booked(const Account& a, std::size_t ledger, Date day) {
  Booked b;
  b.account = &a;
  b.ledger = ledger;
  b.day = day;
  return b;
}

Booked waits(const DocumentKey& holder) {
  Booked b;
  b.what = Booked::What::waits;
  b.holder = holder;
  return b;
}

Booked overflows(const char* field) {
  return refused(
      Reason::amount_out_of_range, field,
      "all amounts ever booked for this customer would leave 64 bits of minor units; check the amount and its currency's decimals");
}

Booked usage_overflows() {
  return refused(Reason::amount_out_of_range, "data.quantity",
                 "the usage of this customer's last 180 days would leave 64 bits; check the quantity and the unit of its meter");
}

}  // namespace

Booked Booking::book(const events::Event& e) {
  struct Dispatch {
    Booking& b;
    const events::Event& e;
    Booked operator()(const events::InvoiceIssued& d) const { return b.invoice_issued(e, d); }
    Booked operator()(const events::InvoiceCorrected& d) const { return b.invoice_corrected(e, d); }
    Booked operator()(const events::InvoiceCancelled& d) const { return b.invoice_cancelled(e, d); }
    Booked operator()(const events::InvoiceCredited& d) const { return b.invoice_credited(e, d); }
    Booked operator()(const events::PaymentReceived& d) const { return b.payment_received(e, d); }
    Booked operator()(const events::PaymentReversed& d) const { return b.payment_reversed(e, d); }
    Booked operator()(const events::UsageRecorded& d) const { return b.usage_recorded(e, d); }
  };
  return std::visit(Dispatch{*this, e}, e.data);
}

// ------------------------------------------------------------------------------------------------------------ what is known

Account& Booking::account() {
  if (account_ != nullptr) return store_.edit(*account_);
  Account& a = store_.add(owner_.account(), std::make_unique<Account>(customer_, owner_));
  account_ = &a;
  return a;
}

Date Booking::day_of(EventTime at) const {
  const Date in_utc = date_of(at);
  if (account_ == nullptr || !account_->zoned()) return in_utc;
  const auto* known = store_.find<master::Customer>(master::Customer::key_of(customer_));
  const events::CustomerRecorded* record = known != nullptr ? known->as_of(in_utc, now_).record : nullptr;
  const auto zone = record != nullptr ? TimeZone::find(record->time_zone) : std::nullopt;
  return zone ? zone->date_of(at) : in_utc;
}

Invoice& Booking::edit_invoice(const Invoice* found, const DocumentKey& key) {
  if (found != nullptr) return store_.edit(*found);
  account().know(key.mark(), store_.rows());
  return store_.add(key.key, std::make_unique<Invoice>());
}

std::optional<Payment> Booking::find_payment(const DocumentKey& key) {
  if (!may_know(key) || !store_.get(key.key, scratch_)) return std::nullopt;
  return Payment::decode(scratch_);
}

Booking::Known Booking::known(const DocumentKey& key, Hash128 content) {
  if (!may_know(key) || !store_.get(key.key, scratch_)) return Known::fresh;
  return Seen::decode(scratch_) == content ? Known::duplicate : Known::conflict;
}

void Booking::remember(const DocumentKey& key, Hash128 content) {
  char value[Seen::bytes];
  Seen::encode(content, value);
  store_.put(key.key, {value, sizeof value});
  account().know(key.mark(), store_.rows());
}

void Booking::keep(const DocumentKey& key, const Payment& payment) {
  payment.encode(scratch_);
  store_.put(key.key, scratch_);
  account().know(key.mark(), store_.rows());
}

void Booking::wait(const Booked& waits, Hash128 record) {
  if (waits.holder.key.view().front() == static_cast<char>(state::Kind::invoice)) {
    edit_invoice(find_invoice(waits.holder), waits.holder).waiting.push_back(record);
    return;
  }
  std::optional<Payment> p = find_payment(waits.holder);
  const std::string old = p ? scratch_ : std::string();
  if (!p) p.emplace();
  p->waiting.push_back(record);
  if (old.empty()) return keep(waits.holder, *p);
  p->encode(scratch_);
  store_.replace(waits.holder.key, old, scratch_);
}

// -------------------------------------------------------------------------------------------------------------------- items

template <class Change>
void Booking::change_item(Account& a, std::size_t ledger, Invoice& i, Change change) {
  const std::int64_t before = i.left();
  const Date due_before = i.due_date;
  change();
  const std::int64_t after = i.left();
  if (before != 0) a.change_due(ledger, due_before, -before, -1);
  if (after != 0) a.change_due(ledger, i.due_date, after, 1);
}

// The payment pays min(left, amount) of its open item; only then does its delay count, on the payment's own day.
void Booking::allocate(Account& a, Invoice& i, Payment& p, std::size_t ledger) {
  const std::int64_t left = i.left();
  if (left == 0 || i.currency != p.currency) return;
  p.allocated = std::min(left, p.amount);
  p.matched = true;
  p.delay = p.value_date.days - i.due_date.days;
  change_item(a, ledger, i, [&] { i.paid += p.allocated; });
  a.add(ledger, {.day = p.value_date.days, .late = p.delay > 0 ? 1 : 0, .delay = p.delay});
}

Booked Booking::invoice_issued(const events::Event& e, const events::InvoiceIssued& d) {
  const DocumentKey key = owner_.invoice(d.invoice_id);
  const Invoice* found = find_invoice(key);
  if (found != nullptr && found->status != Invoice::Status::expected)
    return found->content == e.content ? duplicate() : conflict("data.invoice_id", d.invoice_id);
  if (!room_for(d.currency, d.gross_minor)) return overflows("data.gross_minor");
  Account& a = account();
  const std::size_t ledger = a.ledger_of(d.currency);
  a.add_turnover(ledger, d.gross_minor);
  a.advance(d.issue_date);
  a.add(ledger, {.day = d.issue_date.days, .invoices = 1, .invoiced = d.gross_minor});
  Invoice& i = edit_invoice(found, key);
  change_item(a, ledger, i, [&] {
    i.status = Invoice::Status::booked;
    i.content = e.content;
    i.doc_version = 1;
    i.currency = d.currency;
    i.gross = d.gross_minor;
    i.issue_date = d.issue_date;
    i.due_date = d.due_date;
  });
  if (!d.legal_entity_id.empty()) {
    i.noted = std::make_unique<Invoice::Noted>();
    i.noted->legal_entity = d.legal_entity_id;
  }
  for (const Hash128 id : std::exchange(i.awaiting, {})) {
    const state::Key row = owner_.of(state::Kind::payment, id);
    std::string old;
    if (!store_.get(row, old)) continue;
    Payment p = Payment::decode(old);
    if (p.status != Payment::Status::booked) continue;
    allocate(a, i, p, ledger);
    p.encode(scratch_);
    store_.replace(row, old, scratch_);
  }
  released_ = std::exchange(i.waiting, {});
  return booked(a, ledger, d.issue_date);
}

Booked Booking::invoice_corrected(const events::Event& e, const events::InvoiceCorrected& d) {
  const DocumentKey key = owner_.invoice(d.invoice_id);
  const Invoice* found = find_invoice(key);
  if (found == nullptr || found->status == Invoice::Status::expected) return waits(key);
  std::string version_id = std::to_string(d.version) + "/";
  version_id += d.invoice_id;
  const DocumentKey version = owner_.seen(Owner::Of::correction, version_id);
  switch (known(version, e.content)) {
    case Known::duplicate: return duplicate();
    case Known::conflict: return conflict("data.version", version_id);
    case Known::fresh: break;
  }
  if (found->status == Invoice::Status::cancelled)
    return refused(Reason::inconsistent, "data.invoice_id", "the invoice is cancelled; issue a new invoice instead of a correction");
  if (d.version <= found->doc_version)
    return refused(Reason::conflict, "data.version",
                   "version " + std::to_string(found->doc_version) + " of the invoice is booked; a correction needs a higher one");
  if (d.currency != found->currency)
    return refused(Reason::currency_mismatch, "data.currency",
                   "the invoice is in " + found->currency.text() + "; a correction cannot change that: cancel and issue anew");
  if (d.gross_minor < found->given_away())
    return refused(Reason::inconsistent, "data.gross_minor",
                   "credit memos over " + std::to_string(found->given_away()) +
                       " name the invoice; a correction cannot leave less than that");
  if (!room_for(d.currency, d.gross_minor)) return overflows("data.gross_minor");
  Account& a = account();
  const std::size_t ledger = a.ledger_of(d.currency);
  a.add_turnover(ledger, d.gross_minor);
  Invoice& i = store_.edit(*found);
  a.advance(d.issue_date);
  a.add(ledger, {.day = i.issue_date.days, .invoices = -1, .invoiced = -i.claim()});
  a.add(ledger, {.day = d.issue_date.days, .invoices = 1, .invoiced = d.gross_minor - i.credited});
  change_item(a, ledger, i, [&] {
    i.doc_version = d.version;
    i.gross = d.gross_minor;
    i.issue_date = d.issue_date;
    i.due_date = d.due_date;
  });
  remember(version, e.content);
  return booked(a, ledger, d.issue_date);
}

// What the invoice can be credited yet is reserved for a credit note. Once the register has refused that, another cancellation asks again.
Booked Booking::invoice_cancelled(const events::Event& e, const events::InvoiceCancelled& d) {
  const DocumentKey cancellation = owner_.seen(Owner::Of::cancellation, d.cancellation_id);
  switch (known(cancellation, e.content)) {
    case Known::duplicate: return duplicate();
    case Known::conflict: return conflict("data.cancellation_id", d.cancellation_id);
    case Known::fresh: break;
  }
  const DocumentKey key = owner_.invoice(d.invoice_id);
  const Invoice* found = find_invoice(key);
  if (found == nullptr || found->status == Invoice::Status::expected) return waits(key);
  const bool again = found->status == Invoice::Status::cancelled;
  if (again && found->creditable() == 0)
    return refused(Reason::inconsistent, "data.invoice_id",
                   "the invoice is cancelled already, by another cancellation; nothing is left to cancel");
  Account& a = account();
  Invoice& i = store_.edit(*found);
  const std::size_t ledger = a.ledger_of(i.currency);
  a.advance(d.cancel_date);
  if (!again) {
    a.add(ledger, {.day = i.issue_date.days, .invoices = -1, .invoiced = -i.claim()});
    change_item(a, ledger, i, [&] { i.status = Invoice::Status::cancelled; });
  }
  remember(cancellation, e.content);
  Booked b = booked(a, ledger, d.cancel_date);
  b.cancelled = &i;
  if (const std::int64_t rest = i.creditable(); rest > 0 && i.reserve(rest)) b.reserved = rest;
  return b;
}

// One that names no invoice is kept by its key alone: like a payment that names none, it changes no open item.
Booked Booking::invoice_credited(const events::Event& e, const events::InvoiceCredited& d) {
  const DocumentKey memo = owner_.seen(Owner::Of::credit_memo, d.credit_memo_id);
  switch (known(memo, e.content)) {
    case Known::duplicate: return duplicate();
    case Known::conflict: return conflict("data.credit_memo_id", d.credit_memo_id);
    case Known::fresh: break;
  }
  const Invoice* found = nullptr;
  if (!d.invoice_id.empty()) {
    const DocumentKey key = owner_.invoice(d.invoice_id);
    found = find_invoice(key);
    if (found == nullptr || found->status == Invoice::Status::expected) return waits(key);
    if (found->status == Invoice::Status::cancelled)
      return refused(Reason::inconsistent, "data.invoice_id", "the invoice is cancelled; nothing is left to credit");
    if (found->currency != d.currency)
      return refused(Reason::currency_mismatch, "data.currency",
                     "the invoice is in " + found->currency.text() + "; credit it in its own currency");
    if (d.amount_minor > found->creditable())
      return refused(Reason::inconsistent, "data.amount_minor",
                     std::to_string(found->creditable()) + " of the invoice is not credited yet; credit memos cannot exceed their invoice");
  }
  Account& a = account();
  const std::size_t ledger = a.ledger_of(d.currency);
  a.advance(d.credit_date);
  if (found != nullptr) {
    Invoice& i = store_.edit(*found);
    a.add(ledger, {.day = i.issue_date.days, .invoiced = -d.amount_minor});
    change_item(a, ledger, i, [&] { i.credited += d.amount_minor; });
  }
  remember(memo, e.content);
  return booked(a, ledger, d.credit_date);
}

Booked Booking::payment_received(const events::Event& e, const events::PaymentReceived& d) {
  const DocumentKey key = owner_.payment(d.payment_id);
  std::optional<Payment> expected = find_payment(key);
  if (expected && expected->status != Payment::Status::expected)
    return expected->content == e.content ? duplicate() : conflict("data.payment_id", d.payment_id);
  const std::string old = expected ? scratch_ : std::string();
  if (!room_for(d.currency, d.amount_minor)) return overflows("data.amount_minor");
  Account& a = account();
  const std::size_t ledger = a.ledger_of(d.currency);
  a.add_turnover(ledger, d.amount_minor);
  Payment p;
  p.status = Payment::Status::booked;
  p.content = e.content;
  p.currency = d.currency;
  p.amount = d.amount_minor;
  p.value_date = d.value_date;
  a.advance(d.value_date);
  a.add(ledger, {.day = d.value_date.days, .payments = 1, .paid = d.amount_minor});
  if (!d.invoice_id.empty()) {
    const DocumentKey item = owner_.invoice(d.invoice_id);
    p.invoice = item.id;
    const Invoice* found = find_invoice(item);
    if (found == nullptr || found->status == Invoice::Status::expected) {
      edit_invoice(found, item).awaiting.push_back(key.id);
    } else if (found->left() > 0) {
      allocate(a, store_.edit(*found), p, ledger);
    }
  }
  if (!expected) {
    keep(key, p);
  } else {
    released_ = std::move(expected->waiting);
    p.encode(scratch_);
    store_.replace(key.key, old, scratch_);
  }
  return booked(a, ledger, d.value_date);
}

Booked Booking::payment_reversed(const events::Event& e, const events::PaymentReversed& d) {
  const DocumentKey reversal = owner_.seen(Owner::Of::reversal, d.reversal_id);
  switch (known(reversal, e.content)) {
    case Known::duplicate: return duplicate();
    case Known::conflict: return conflict("data.reversal_id", d.reversal_id);
    case Known::fresh: break;
  }
  const DocumentKey key = owner_.payment(d.payment_id);
  std::optional<Payment> p = find_payment(key);
  if (!p || p->status == Payment::Status::expected) return waits(key);
  const std::string old = scratch_;
  if (p->status == Payment::Status::reversed)
    return refused(Reason::inconsistent, "data.payment_id", "the payment is reversed already, by another reversal");
  if (d.currency != p->currency)
    return refused(Reason::currency_mismatch, "data.currency",
                   "the payment was in " + p->currency.text() + "; reverse it in its own currency");
  if (d.amount_minor != p->amount)
    return refused(Reason::inconsistent, "data.amount_minor",
                   "the payment was " + std::to_string(p->amount) + "; a reversal takes back the whole payment");
  Account& a = account();
  const std::size_t ledger = a.ledger_of(p->currency);
  a.advance(d.value_date);
  a.add(ledger, {.day = p->value_date.days, .payments = -1, .paid = -p->amount});
  if (p->matched) a.add(ledger, {.day = p->value_date.days, .late = p->delay > 0 ? -1 : 0, .delay = -p->delay});
  if (!p->invoice.zero()) {
    if (const Invoice* found = store_.find<Invoice>(owner_.of(state::Kind::invoice, p->invoice))) {
      Invoice& i = store_.edit(*found);
      std::erase(i.awaiting, key.id);
      change_item(a, ledger, i, [&] { i.paid -= p->allocated; });
    }
  }
  p->status = Payment::Status::reversed;
  p->allocated = 0;
  p->encode(scratch_);
  store_.replace(key.key, old, scratch_);
  remember(reversal, e.content);
  return booked(a, ledger, d.value_date);
}

Booked Booking::usage_recorded(const events::Event& e, const events::UsageRecorded& d) {
  const DocumentKey key = owner_.seen(Owner::Of::usage, d.usage_id);
  switch (known(key, e.content)) {
    case Known::duplicate: return duplicate();
    case Known::conflict: return conflict("data.usage_id", d.usage_id);
    case Known::fresh: break;
  }
  Account& a = account();
  const Date day = day_of(d.occurred_at);
  if (!a.add_usage({.day = day.days, .cases = d.has_case ? 1 : 0, .usage = d.quantity})) return usage_overflows();
  remember(key, e.content);
  return booked(a, 0, day);
}

}  // namespace due::topology
