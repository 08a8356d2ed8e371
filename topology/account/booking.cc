#include "topology/account/booking.h"

#include <algorithm>
#include <utility>

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

Booked booked(Account& a, std::size_t ledger) {
  Booked b;
  b.account = &a;
  b.ledger = ledger;
  return b;
}

Booked waits(std::vector<std::string>& list, state::Object& holder) {
  Booked b;
  b.what = Booked::What::waits;
  b.list = &list;
  b.holder = &holder;
  return b;
}

Booked overflows(const char* field) {
  return refused(
      Reason::amount_out_of_range, field,
      "all amounts ever booked for this customer would leave 64 bits of minor units; check the amount and its currency's decimals");
}

Booked usage_overflows() {
  return refused(Reason::amount_out_of_range, "quantity",
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

Account& Booking::account(std::string_view customer) {
  const std::string key = Account::key_of(customer);
  if (Account* a = store_.find<Account>(key)) return *a;
  return store_.add(key, Account::create(customer));
}

Account* Booking::account_for(std::string_view customer, Currency currency, std::int64_t amount) {
  const std::string key = Account::key_of(customer);
  Account* a = store_.find<Account>(key);
  if (a == nullptr) return &store_.add(key, Account::create(customer));
  return a->room_for(currency, amount) ? a : nullptr;
}

Invoice& Booking::invoice(std::string_view customer, std::string_view invoice_id) {
  const std::string key = Invoice::key_of(customer, invoice_id);
  if (Invoice* i = store_.find<Invoice>(key)) return *i;
  return store_.add(key, std::make_unique<Invoice>());
}

Booking::Key Booking::seen(std::string_view customer, Seen::Of of, std::string_view id, Hash128 content) const {
  const Seen* s = store_.find<Seen>(Seen::key_of(customer, of, id));
  if (s == nullptr) return Key::fresh;
  return s->content == content ? Key::duplicate : Key::conflict;
}

void Booking::remember(std::string_view customer, Seen::Of of, std::string_view id, Hash128 content) {
  auto s = std::make_unique<Seen>();
  s->content = content;
  store_.add(Seen::key_of(customer, of, id), std::move(s));
}

template <class Change>
void Booking::change_item(Account& a, std::size_t ledger, Invoice& i, Change change) {
  const std::int64_t before = i.left();
  const Date due_before = i.due_date;
  change();
  const std::int64_t after = i.left();
  if (before != 0) a.change_due(ledger, due_before, -before, -1);
  if (after != 0) a.change_due(ledger, i.due_date, after, 1);
  store_.changed(i);
}

// The payment pays min(left, amount) of its open item; only then does its delay count, in the payment's own bucket.
void Booking::allocate(Account& a, Invoice& i, Payment& p, std::size_t ledger) {
  const std::int64_t left = i.left();
  if (left == 0 || i.currency != p.currency) return;
  p.allocated = std::min(left, p.amount);
  p.matched = true;
  p.delay = p.value_date.days - i.due_date.days;
  change_item(a, ledger, i, [&] { i.paid += p.allocated; });
  if (features::WindowSums* sums = a.bucket(ledger, p.value_date)) {
    sums->delay += p.delay;
    sums->late += p.delay > 0 ? 1 : 0;
  }
  store_.changed(p);
}

Booked Booking::invoice_issued(const events::Event& e, const events::InvoiceIssued& d) {
  const std::string key = Invoice::key_of(e.customer_id, d.invoice_id);
  Invoice* known = store_.find<Invoice>(key);
  if (known != nullptr && known->status != Invoice::Status::expected)
    return known->content == e.content ? duplicate() : conflict("invoice_id", d.invoice_id);
  Account* payer = account_for(e.customer_id, d.currency, d.gross_minor);
  if (payer == nullptr) return overflows("gross_minor");
  Account& a = *payer;
  Invoice& i = known != nullptr ? *known : store_.add(key, std::make_unique<Invoice>());
  const std::size_t ledger = a.ledger_of(d.currency);
  a.ledger(ledger).turnover += d.gross_minor;
  a.advance(d.issue_date);
  if (features::WindowSums* sums = a.bucket(ledger, d.issue_date)) {
    sums->invoices += 1;
    sums->invoiced += d.gross_minor;
  }
  change_item(a, ledger, i, [&] {
    i.status = Invoice::Status::booked;
    i.content = e.content;
    i.doc_version = 1;
    i.currency = d.currency;
    i.gross = d.gross_minor;
    i.issue_date = d.issue_date;
    i.due_date = d.due_date;
  });
  for (const std::string& id : std::exchange(i.awaiting, {}))
    if (Payment* p = store_.find<Payment>(Payment::key_of(e.customer_id, id)); p != nullptr && p->status == Payment::Status::booked)
      allocate(a, i, *p, ledger);
  store_.changed(a);
  return booked(a, ledger);
}

Booked Booking::invoice_corrected(const events::Event& e, const events::InvoiceCorrected& d) {
  Invoice& i = invoice(e.customer_id, d.invoice_id);
  if (i.status == Invoice::Status::expected) return waits(i.waiting, i);
  std::string version_id = std::to_string(d.version) + "/";
  version_id += d.invoice_id;
  switch (seen(e.customer_id, Seen::Of::correction, version_id, e.content)) {
    case Key::duplicate: return duplicate();
    case Key::conflict: return conflict("version", version_id);
    case Key::fresh: break;
  }
  if (i.status == Invoice::Status::cancelled)
    return refused(Reason::inconsistent, "invoice_id", "the invoice is cancelled; issue a new invoice instead of a correction");
  if (d.version <= i.doc_version)
    return refused(Reason::conflict, "version",
                   "version " + std::to_string(i.doc_version) + " of the invoice is booked; a correction needs a higher one");
  if (d.currency != i.currency)
    return refused(Reason::currency_mismatch, "currency",
                   "the invoice is in " + i.currency.text() + "; a correction cannot change that: cancel and issue anew");
  if (d.gross_minor < i.credited)
    return refused(Reason::inconsistent, "gross_minor",
                   "credit memos over " + std::to_string(i.credited) + " name the invoice; a correction cannot leave less than that");
  Account* payer = account_for(e.customer_id, d.currency, d.gross_minor);
  if (payer == nullptr) return overflows("gross_minor");
  Account& a = *payer;
  const std::size_t ledger = a.ledger_of(d.currency);
  a.ledger(ledger).turnover += d.gross_minor;
  a.advance(d.issue_date);
  if (features::WindowSums* sums = a.bucket(ledger, i.issue_date)) {
    sums->invoices -= 1;
    sums->invoiced -= i.claim();
  }
  if (features::WindowSums* sums = a.bucket(ledger, d.issue_date)) {
    sums->invoices += 1;
    sums->invoiced += d.gross_minor - i.credited;
  }
  change_item(a, ledger, i, [&] {
    i.doc_version = d.version;
    i.gross = d.gross_minor;
    i.issue_date = d.issue_date;
    i.due_date = d.due_date;
  });
  remember(e.customer_id, Seen::Of::correction, version_id, e.content);
  store_.changed(a);
  return booked(a, ledger);
}

Booked Booking::invoice_cancelled(const events::Event& e, const events::InvoiceCancelled& d) {
  switch (seen(e.customer_id, Seen::Of::cancellation, d.cancellation_id, e.content)) {
    case Key::duplicate: return duplicate();
    case Key::conflict: return conflict("cancellation_id", d.cancellation_id);
    case Key::fresh: break;
  }
  Invoice& i = invoice(e.customer_id, d.invoice_id);
  if (i.status == Invoice::Status::expected) return waits(i.waiting, i);
  if (i.status == Invoice::Status::cancelled)
    return refused(Reason::inconsistent, "invoice_id",
                   "the invoice is cancelled already, by another cancellation; nothing is left to cancel");
  Account& a = account(e.customer_id);
  const std::size_t ledger = a.ledger_of(i.currency);
  a.advance(d.cancel_date);
  if (features::WindowSums* sums = a.bucket(ledger, i.issue_date)) {
    sums->invoices -= 1;
    sums->invoiced -= i.claim();
  }
  change_item(a, ledger, i, [&] { i.status = Invoice::Status::cancelled; });
  remember(e.customer_id, Seen::Of::cancellation, d.cancellation_id, e.content);
  store_.changed(a);
  return booked(a, ledger);
}

// One that names no invoice is kept by its key alone: like a payment that names none, it changes no open item.
Booked Booking::invoice_credited(const events::Event& e, const events::InvoiceCredited& d) {
  switch (seen(e.customer_id, Seen::Of::credit_memo, d.credit_memo_id, e.content)) {
    case Key::duplicate: return duplicate();
    case Key::conflict: return conflict("credit_memo_id", d.credit_memo_id);
    case Key::fresh: break;
  }
  Invoice* i = d.invoice_id.empty() ? nullptr : &invoice(e.customer_id, d.invoice_id);
  if (i != nullptr && i->status == Invoice::Status::expected) return waits(i->waiting, *i);
  if (i != nullptr && i->status == Invoice::Status::cancelled)
    return refused(Reason::inconsistent, "invoice_id", "the invoice is cancelled; nothing is left to credit");
  if (i != nullptr && i->currency != d.currency)
    return refused(Reason::currency_mismatch, "currency", "the invoice is in " + i->currency.text() + "; credit it in its own currency");
  if (i != nullptr && d.amount_minor > i->claim())
    return refused(Reason::inconsistent, "amount_minor",
                   std::to_string(i->claim()) + " of the invoice is not credited yet; credit memos cannot exceed their invoice");
  Account& a = account(e.customer_id);
  const std::size_t ledger = a.ledger_of(d.currency);
  a.advance(d.credit_date);
  if (i != nullptr) {
    if (features::WindowSums* sums = a.bucket(ledger, i->issue_date)) sums->invoiced -= d.amount_minor;
    change_item(a, ledger, *i, [&] { i->credited += d.amount_minor; });
  }
  remember(e.customer_id, Seen::Of::credit_memo, d.credit_memo_id, e.content);
  store_.changed(a);
  return booked(a, ledger);
}

Booked Booking::payment_received(const events::Event& e, const events::PaymentReceived& d) {
  const std::string key = Payment::key_of(e.customer_id, d.payment_id);
  Payment* known = store_.find<Payment>(key);
  if (known != nullptr && known->status != Payment::Status::expected)
    return known->content == e.content ? duplicate() : conflict("payment_id", d.payment_id);
  Account* payer = account_for(e.customer_id, d.currency, d.amount_minor);
  if (payer == nullptr) return overflows("amount_minor");
  Account& a = *payer;
  const std::size_t ledger = a.ledger_of(d.currency);
  a.ledger(ledger).turnover += d.amount_minor;
  Payment& p = known != nullptr ? *known : store_.add(key, std::make_unique<Payment>());
  p.status = Payment::Status::booked;
  p.content = e.content;
  p.currency = d.currency;
  p.amount = d.amount_minor;
  p.value_date = d.value_date;
  p.invoice_id = d.invoice_id;
  a.advance(d.value_date);
  if (features::WindowSums* sums = a.bucket(ledger, d.value_date)) {
    sums->payments += 1;
    sums->paid += d.amount_minor;
  }
  if (!d.invoice_id.empty()) {
    Invoice& i = invoice(e.customer_id, d.invoice_id);
    if (i.status == Invoice::Status::expected) {
      i.awaiting.emplace_back(d.payment_id);
      store_.changed(i);
    } else {
      allocate(a, i, p, ledger);
    }
  }
  store_.changed(p);
  store_.changed(a);
  return booked(a, ledger);
}

Booked Booking::payment_reversed(const events::Event& e, const events::PaymentReversed& d) {
  switch (seen(e.customer_id, Seen::Of::reversal, d.reversal_id, e.content)) {
    case Key::duplicate: return duplicate();
    case Key::conflict: return conflict("reversal_id", d.reversal_id);
    case Key::fresh: break;
  }
  const std::string key = Payment::key_of(e.customer_id, d.payment_id);
  Payment* found = store_.find<Payment>(key);
  Payment& p = found != nullptr ? *found : store_.add(key, std::make_unique<Payment>());
  if (p.status == Payment::Status::expected) return waits(p.waiting, p);
  if (p.status == Payment::Status::reversed)
    return refused(Reason::inconsistent, "payment_id", "the payment is reversed already, by another reversal");
  if (d.currency != p.currency)
    return refused(Reason::currency_mismatch, "currency", "the payment was in " + p.currency.text() + "; reverse it in its own currency");
  if (d.amount_minor != p.amount)
    return refused(Reason::inconsistent, "amount_minor",
                   "the payment was " + std::to_string(p.amount) + "; a reversal takes back the whole payment");
  Account& a = account(e.customer_id);
  const std::size_t ledger = a.ledger_of(p.currency);
  a.advance(d.value_date);
  if (features::WindowSums* sums = a.bucket(ledger, p.value_date)) {
    sums->payments -= 1;
    sums->paid -= p.amount;
    if (p.matched) {
      sums->delay -= p.delay;
      sums->late -= p.delay > 0 ? 1 : 0;
    }
  }
  if (!p.invoice_id.empty()) {
    Invoice& i = invoice(e.customer_id, p.invoice_id);
    std::erase(i.awaiting, std::string(d.payment_id));
    change_item(a, ledger, i, [&] { i.paid -= p.allocated; });
  }
  p.status = Payment::Status::reversed;
  p.allocated = 0;
  remember(e.customer_id, Seen::Of::reversal, d.reversal_id, e.content);
  store_.changed(p);
  store_.changed(a);
  return booked(a, ledger);
}

Booked Booking::usage_recorded(const events::Event& e, const events::UsageRecorded& d) {
  switch (seen(e.customer_id, Seen::Of::usage, d.usage_id, e.content)) {
    case Key::duplicate: return duplicate();
    case Key::conflict: return conflict("usage_id", d.usage_id);
    case Key::fresh: break;
  }
  Account& a = account(e.customer_id);
  if (!a.add_usage(date_of(d.occurred_at), d.quantity, d.has_case)) return usage_overflows();
  remember(e.customer_id, Seen::Of::usage, d.usage_id, e.content);
  store_.changed(a);
  return booked(a, 0);
}

std::vector<std::string> Booking::released_by(const events::Event& e) {
  std::vector<std::string> keys;
  if (const auto* d = std::get_if<events::InvoiceIssued>(&e.data)) {
    if (Invoice* i = store_.find<Invoice>(Invoice::key_of(e.customer_id, d->invoice_id)); i != nullptr && !i->waiting.empty()) {
      keys.swap(i->waiting);
      store_.changed(*i);
    }
  } else if (const auto* r = std::get_if<events::PaymentReceived>(&e.data)) {
    if (Payment* p = store_.find<Payment>(Payment::key_of(e.customer_id, r->payment_id)); p != nullptr && !p->waiting.empty()) {
      keys.swap(p->waiting);
      store_.changed(*p);
    }
  }
  return keys;
}

}  // namespace due::topology
