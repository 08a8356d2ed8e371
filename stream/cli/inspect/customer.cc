#include "stream/cli/inspect/customer.h"

#include <algorithm>

#include "schemas/codec/event_decoder.h"
#include "stream/cli/text/words.h"
#include "topology/master/disputes.h"
#include "topology/master/price_rules.h"

namespace due::cli {
namespace {

using topology::Account;
using topology::Invoice;
using topology::Payment;
using topology::Waiting;

LedgerView& ledger_of(CustomerView& view, Currency currency) {
  for (LedgerView& l : view.ledgers)
    if (l.currency == currency) return l;
  view.ledgers.emplace_back().currency = currency;
  return view.ledgers.back();
}

void add_account(CustomerView& view, const Account& account, const topology::LogicOptions& logic) {
  view.documents_known = static_cast<std::int64_t>(account.documents_known());
  for (std::size_t i = 0; i < account.ledger_count(); ++i) {
    LedgerView& l = ledger_of(view, account.currency(i));
    const auto windows = account.windows(i, view.day);
    l.balances = account.balances(i, view.day);
    l.features = topology::features::compute(windows, l.balances);
    l.rule = topology::risk::judge(windows[2], l.balances.outstanding, l.currency, logic);
  }
}

// A key of a document ends with the hash of its id.
Hash128 document_of(std::string_view key, std::size_t prefix) {
  ByteReader r(key.substr(prefix));
  return r.hash();
}

void add_invoices(CustomerView& view, state::RowReader& rows, std::string_view prefix) {
  rows.scan(prefix, [&](std::string_view key, std::string_view) {
    const Hash128 document = document_of(key, prefix.size());
    const auto i = Invoice::load(*state::Key::of(key), rows);
    if (i->status == Invoice::Status::expected) {
      view.expected.emplace_back(document, "");
      return;
    }
    LedgerView& l = ledger_of(view, i->currency);
    ++l.invoices;
    if (i->status == Invoice::Status::cancelled) ++l.cancelled;
    if (i->left() > 0) l.open.push_back({document, "", i->issue_date, i->due_date, i->gross, i->credited, i->paid, i->left()});
  });
  for (LedgerView& l : view.ledgers)
    std::sort(l.open.begin(), l.open.end(), [](const OpenItem& a, const OpenItem& b) {
      return a.due != b.due ? a.due < b.due : HashOrder()(a.document, b.document);
    });
}

void add_payments(CustomerView& view, state::RowReader& rows, std::string_view prefix) {
  rows.scan(prefix, [&](std::string_view key, std::string_view value) {
    const Payment p = Payment::decode(value);
    if (p.status == Payment::Status::expected) return;  // the place where its reversal waits: listed there
    PaymentLine line{document_of(key, prefix.size()), p.invoice, "", "", p.status, p.value_date, p.amount, p.allocated, {}};
    if (p.matched) line.delay = p.delay;
    ledger_of(view, p.currency).payments.push_back(std::move(line));
  });
  for (LedgerView& l : view.ledgers)
    std::sort(l.payments.begin(), l.payments.end(), [](const PaymentLine& a, const PaymentLine& b) {
      return a.value_date != b.value_date ? a.value_date > b.value_date : HashOrder()(a.document, b.document);
    });
}

void add_parked(CustomerView& view, state::RowReader& rows, std::string_view prefix, const std::vector<std::string>& input_topics) {
  codec::EventDecoder decoder;
  rows.scan(prefix, [&](std::string_view, std::string_view value) {
    const Waiting w = Waiting::decode(value);
    ParkedLine line;
    line.place = (w.input < input_topics.size() ? input_topics[w.input] : std::to_string(w.input)) + "/" +
                 std::to_string(w.partition) + "/" + std::to_string(w.offset);
    line.gives_up = w.due;
    std::vector<HeaderView> headers;
    for (const auto& [name, content] : w.headers) headers.push_back({name, content});
    std::deque<std::string> arena;
    const auto decoded = decoder.decode(w.record_value, headers, arena);
    if (const auto* event = std::get_if<events::Event>(&decoded)) {
      EventWords words = words_of(*event);
      line.event = event_in_words(events::type_name(event->data));
      line.document = std::move(words.document);
      line.and_also = std::move(words.and_also);
    }
    view.parked.push_back(std::move(line));
  });
  std::sort(view.parked.begin(), view.parked.end(), [](const ParkedLine& a, const ParkedLine& b) {
    return a.gives_up != b.gives_up ? a.gives_up < b.gives_up : a.place < b.place;
  });
}

// Whether anything is.
bool add_master(CustomerView& view, state::RowReader& rows, std::string_view disputes_prefix) {
  namespace master = topology::master;
  const auto customer = master::Customer::load(master::Customer::key_of(view.customer), rows);
  if (customer != nullptr) {
    const auto now = customer->as_of(view.day, EventTime{INT64_MAX});
    if (now.record != nullptr) view.master.record = *now.record;
    view.master.deactivated = now.record != nullptr && !now.active;
  }
  const auto prices = master::PriceBook::load(master::PriceBook::key_of_customer(view.customer), rows);
  if (prices != nullptr)
    for (const master::PriceBook::Rule& r : prices->rules) view.master.price_rules.push_back(r.rule_id);
  bool disputes = false;
  rows.scan(disputes_prefix, [&](std::string_view, std::string_view value) {
    master::Dispute d;
    d.decode(value);
    disputes = true;
    if (d.status == master::Dispute::Status::opened) view.master.open_disputes.push_back(d.dispute_id);
  });
  std::sort(view.master.open_disputes.begin(), view.master.open_disputes.end());
  return customer != nullptr || prices != nullptr || disputes;
}

}  // namespace

std::optional<CustomerView> customer_view(const std::string& customer, state::RowReader& rows, const InspectOptions& options) {
  CustomerView view;
  view.customer = customer;
  const topology::Owner owner(customer);
  const auto account = Account::load(owner.account(), rows);
  view.day = options.day.value_or(account == nullptr ? options.task_day : std::max(account->day(), options.task_day));
  if (account != nullptr) add_account(view, *account, options.logic);
  const auto prefix = [&owner](state::Kind kind) {
    const state::Key key = owner.of(kind, {});
    return std::string(key.view().substr(0, key.view().size() - sizeof(Hash128)));
  };
  add_invoices(view, rows, prefix(state::Kind::invoice));
  add_payments(view, rows, prefix(state::Kind::payment));
  add_parked(view, rows, prefix(state::Kind::waiting), options.input_topics);
  const bool recorded = add_master(view, rows, prefix(state::Kind::dispute));
  if (!recorded && account == nullptr && view.parked.empty() && view.expected.empty() && view.ledgers.empty()) return std::nullopt;
  return view;
}

Documents documents_of(const CustomerView& view, std::size_t rows_max) {
  Documents all;
  for (const LedgerView& l : view.ledgers) {
    for (std::size_t i = 0; i < std::min(rows_max, l.open.size()); ++i) all.insert(l.open[i].document);
    for (std::size_t i = 0; i < std::min(rows_max, l.payments.size()); ++i) {
      all.insert(l.payments[i].document);
      if (!l.payments[i].for_document.zero()) all.insert(l.payments[i].for_document);
    }
  }
  for (std::size_t i = 0; i < std::min(rows_max, view.expected.size()); ++i) all.insert(view.expected[i].first);
  return all;
}

void set_names(CustomerView& view, const Names& names) {
  const auto set = [&names](Hash128 document, std::string& name) {
    if (const auto found = names.find(document); found != names.end()) name = found->second;
  };
  for (LedgerView& l : view.ledgers) {
    for (OpenItem& o : l.open) set(o.document, o.invoice);
    for (PaymentLine& p : l.payments) {
      set(p.document, p.payment);
      set(p.for_document, p.invoice);
    }
  }
  for (auto& [document, name] : view.expected) set(document, name);
}

}  // namespace due::cli
