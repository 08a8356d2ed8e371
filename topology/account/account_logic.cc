#include "topology/account/account_logic.h"

#include <utility>

#include "schemas/base/result.h"
#include "schemas/simulated/plant.h"
#include "topology/billing/credit_note_text.h"
#include "topology/billing/rows.h"
#include "topology/intake/intake.h"
#include "topology/master/customers.h"

namespace due::topology {

Subtopology account_subtopology() {
  Subtopology s;
  s.name = "account";
  s.inputs = {"invoices", "payments", "usage", "customers", "contracts", "disputes", "credit-note-outcomes"};
  s.broadcast = {Skipping::topic};
  s.outputs = {"decisions", "dead-letters", "credit-note-requests"};
  s.chronicle = "chronicle";
  s.cache_parts = 15;
  s.processors = {
      {"skip", "orders to pass over a record", s.broadcast, {"controls", "skips"}, {"dead-letters"}},
      {"decode", "bytes to events, merged by event time", s.inputs, {}, {"dead-letters"}},
      {"intake", "key, partition, dates", {"decode", "skip"}, {}, {"dead-letters"}},
      {"master", "what is known of customers, contracts, disputes, and since when", {"intake"}, {"master", "documents", "waiting"},
       {"dead-letters"}},
      {"account", "deduplicate, book, allocate, park", {"intake"}, {"documents", "accounts", "waiting", "master"}, {"dead-letters"}},
      {"credit", "reserve, ask for a credit note, settle or release", {"account", "intake"}, {"documents", "reservations"},
       {"credit-note-requests", "dead-letters"}},
      {"features", "24 features over 30, 90 and 180 days", {"account"}, {"accounts"}, {}},
      {"risk", "the baseline rule, with its reasons", {"features"}, {}, {"decisions"}},
  };
  s.make_logic = [](const TaskIdentity& task, const LogicOptions& options) {
    return std::make_unique<Skipping>(task, options, AccountLogic::skipping(), std::make_unique<AccountLogic>(task, options));
  };
  return s;
}

// This subtopology answers for the controls, so it knows what the other one reads.
Skipping::Options AccountLogic::skipping() {
  return {dead_letters, [](std::uint16_t input, Counts& counts) -> Tally& { return tally(input, counts); }, true, {"credit-note-requests"}};
}

constexpr char sole_legal_entity[] = "main";  // of a company that names none

AccountLogic::AccountLogic(TaskIdentity task, LogicOptions options) : task_(std::move(task)), options_(options), writer_(task_) {}

void AccountLogic::prepare(Prepared& p, std::deque<std::string>& arena) {
  for (const HeaderView& h : p.record.headers)
    if (h.name == "history") p.history = true;
  if (!is_document(p.record.input)) {
    auto decoded = other_decoders_[p.record.input - documents].decode(p.record.value, p.record.headers);
    if (auto* event = std::get_if<events::MasterEvent>(&decoded))
      p.content = std::make_unique<const events::MasterEvent>(std::move(*event));
    else
      p.content = std::move(std::get<codec::Refusal>(decoded));
    return;
  }
  auto decoded = decoder_.decode(p.record.value, p.record.headers, arena);
  if (auto* event = std::get_if<events::Event>(&decoded)) {
    p.content = *event;
  } else {
    p.content = std::move(std::get<codec::Refusal>(decoded));
  }
}

std::uint64_t AccountLogic::object_of(const InputRecord& record) const {
  return record.key ? Owner(*record.key).account().hash() : 0;
}

std::uint64_t AccountLogic::document_of(const Prepared& record) const {
  const auto* event = std::get_if<events::Event>(&record.content);
  if (event == nullptr) return 0;
  return std::visit(
      [&](const auto& d) -> std::uint64_t {
        if constexpr (requires { d.invoice_id; }) {
          return d.invoice_id.empty() ? 0 : Owner(event->customer_id).invoice(d.invoice_id).key.hash();
        } else {
          return 0;
        }
      },
      event->data);
}

void AccountLogic::on_record(const Prepared& p, Context& context) {
  ++tally(p.record.input, context).inputs;
  take(p, context);
}

void AccountLogic::take(const Prepared& p, Context& context) {
  if (const auto refusal = admit(p, context.now(), task_, options_)) return refuse(p, *refusal, "intake", context);
  if (const auto* event = std::get_if<events::Event>(&p.content)) return book(p, *event, context);
  const events::MasterEvent& event = *std::get<std::unique_ptr<const events::MasterEvent>>(p.content);
  if (p.record.input == outcomes) return settle(p, event, context);
  learn(p, event, context);
}

void AccountLogic::book(const Prepared& p, const events::Event& event, Context& context) {
  Booking booking(context.store(), event.customer_id, context.now().time, scratch_);
  const Booked b = booking.book(event);
  switch (b.what) {
    case Booked::What::duplicate: ++context.counts().documents.duplicates; return;
    case Booked::What::refused: return refuse(p, {b.reason, b.field, b.remedy}, "account", context);
    case Booked::What::waits: return booking.wait(b, park(p, booking.owner(), context));
    case Booked::What::booked: break;
  }
  if (b.reserved == 0 || request_credit_note(p, event, b, context)) decide(p, event, b, context);
  if (!booking.released().empty()) release(booking.owner(), booking.released(), context);
}

void AccountLogic::learn(const Prepared& p, const events::MasterEvent& event, Context& context) {
  const master::Applied a = apply(event, context);
  const Owner owner(*events::customer_of(event.data));
  switch (a.what) {
    case master::Applied::What::duplicate: ++context.counts().master.duplicates; return;
    case master::Applied::What::refused: return refuse(p, a.refusal, "master", context);
    case master::Applied::What::waits: return wait(event, park(p, owner, context), context);
    case master::Applied::What::applied: break;
  }
  ++context.counts().master.done;
  if (const auto* c = std::get_if<events::CustomerRecorded>(&event.data); c != nullptr && !c->time_zone.empty())
    Booking(context.store(), c->customer_id, context.now().time, scratch_).account().set_zoned();
  if (!a.released.empty()) release(owner, a.released, context);
}

master::Applied AccountLogic::apply(const events::MasterEvent& event, Context& context) {
  const master::Told told{event, context.now().time, context.store()};
  if (const auto* d = std::get_if<events::DisputeOpened>(&event.data)) {
    const Booking booking(context.store(), d->customer_id, told.known_at, scratch_);
    const Invoice* i = booking.find_invoice(booking.owner().invoice(d->invoice_id));
    if (i == nullptr || i->status == Invoice::Status::expected) return {.what = master::Applied::What::waits};
    return master::apply(told, *d, {i->currency, i->claim(), i->status == Invoice::Status::cancelled});
  }
  return std::visit(
      [&told](const auto& fact) -> master::Applied {
        if constexpr (requires { master::apply(told, fact); })
          return master::apply(told, fact);
        else
          fail("master data of a topic that this subtopology does not read");
      },
      event.data);
}

// A dispute waits for its invoice, a decision for its dispute.
void AccountLogic::wait(const events::MasterEvent& event, Hash128 record, Context& context) {
  if (const auto* d = std::get_if<events::DisputeOpened>(&event.data)) {
    Booking booking(context.store(), d->customer_id, context.now().time, scratch_);
    Booked waits;
    waits.what = Booked::What::waits;
    waits.holder = booking.owner().invoice(d->invoice_id);
    return booking.wait(waits, record);
  }
  std::visit(
      [&](const auto& fact) {
        if constexpr (requires { fact.dispute_id; }) master::await_dispute(context.store(), fact.customer_id, fact.dispute_id, record);
      },
      event.data);
}

void AccountLogic::refuse(const Prepared& p, const codec::Refusal& why, std::string_view stage, Context& context) {
  Tally& t = tally(p.record.input, context);
  ++(why.reason == codec::Reason::conflict ? t.conflicts : t.dead_letters);
  dead_letter(p.record, why, stage, task_, dead_letters, context);
}

Hash128 AccountLogic::park(const Prepared& p, const Owner& owner, Context& context) {
  const std::int64_t place[] = {p.record.input, p.record.partition, p.record.offset};
  const Hash128 id = hash128({reinterpret_cast<const char*>(place), sizeof place});
  const state::Key key = owner.of(state::Kind::waiting, id);
  Waiting w;
  w.due = context.now().time.plus_micros(options_.parked_max_micros);
  w.input = p.record.input;
  w.partition = p.record.partition;
  w.offset = p.record.offset;
  w.timestamp = p.record.timestamp;
  w.history = p.history;
  w.record_key = p.record.key.value_or("");
  w.record_value = p.record.value.value_or("");
  for (const HeaderView& h : p.record.headers) w.headers.emplace_back(h.name, h.value);
  timers_.emplace(w.due, key.view());
  context.store().put(key, w.encode());
  ++tally(p.record.input, context).parked;
  return id;
}

std::optional<Waiting> AccountLogic::take_parked(const state::Key& key, Context& context) {
  std::string value;
  if (!context.store().get(key, value)) return std::nullopt;
  context.store().erase(key, value);
  Waiting w = Waiting::decode(value);
  --tally(w.input, context).parked;
  return w;
}

namespace {

// A parked record as it was, borrowed from its row.
Prepared restored(const Waiting& w, std::vector<HeaderView>& headers) {
  for (const auto& [name, value] : w.headers) headers.push_back({name, value});
  Prepared p;
  p.record = {w.input, w.partition, w.offset, w.timestamp, w.record_key, w.record_value, headers};
  p.history = w.history;
  return p;
}

}  // namespace

void AccountLogic::release(const Owner& owner, const std::vector<Hash128>& records, Context& context) {
  for (const Hash128 id : records) {
    const state::Key key = owner.of(state::Kind::waiting, id);
    const auto w = take_parked(key, context);
    if (!w) continue;  // its timer was first
    timers_.erase({w->due, std::string(key.view())});
    std::vector<HeaderView> headers;
    std::deque<std::string> arena;
    Prepared p = restored(*w, headers);
    prepare(p, arena);
    take(p, context);
  }
}

void AccountLogic::on_tick(const Tick& tick, Context& context) {
  while (due_by(tick.time)) {
    const auto key = state::Key::of(timers_.begin()->second);
    timers_.erase(timers_.begin());
    const auto w = key ? take_parked(*key, context) : std::nullopt;
    if (!w) continue;
    std::vector<HeaderView> headers;
    refuse(restored(*w, headers),
           {codec::Reason::unknown_reference, "data",
            "the invoice, payment or dispute it refers to did not come in time; publish that first, then this again"},
           "account", context);
  }
}

void AccountLogic::restore(state::ObjectStore& store) {
  timers_.clear();
  store.rows().scan(std::string(1, static_cast<char>(state::Kind::waiting)),
                    [&](std::string_view key, std::string_view value) { timers_.emplace(Waiting::decode(value).due, key); });
}

// Whose number it gets: the legal entity that the cancellation names, else the invoice, else the customer's record.
bool AccountLogic::request_credit_note(const Prepared& p, const events::Event& event, const Booked& b, Context& context) {
  const auto& d = std::get<events::InvoiceCancelled>(event.data);
  const auto* known = context.store().find<master::Customer>(master::Customer::key_of(event.customer_id));
  const events::CustomerRecorded* customer = known != nullptr ? known->as_of(b.day, context.now().time).record : nullptr;
  events::CreditNoteRequested r;
  r.legal_entity_id = d.legal_entity_id;
  if (r.legal_entity_id.empty() && b.cancelled->noted) r.legal_entity_id = b.cancelled->noted->legal_entity;
  if (r.legal_entity_id.empty() && customer != nullptr) r.legal_entity_id = customer->legal_entity_id;
  if (r.legal_entity_id.empty()) r.legal_entity_id = sole_legal_entity;
  if (customer != nullptr && customer->legal_entity_id == r.legal_entity_id) r.time_zone = customer->time_zone;
  r.document_type = events::credit_note_type;
  r.customer_id = event.customer_id;
  r.invoice_id = d.invoice_id;
  r.invoice_date = b.cancelled->issue_date;
  r.cancellation_id = d.cancellation_id;
  r.currency = b.cancelled->currency;
  r.amount_minor = b.reserved;
  r.remaining_minor = b.cancelled->creditable();
  const Owner owner(event.customer_id);
  r.request_id = owner.request(d.cancellation_id).hex();
  if (!context.emit(credit_note_requests, billing::series_of(r), billing::as_text(r, context.now().time),
                    billing::headers_of_internal(p.history))) {
    b.cancelled->release(b.reserved);
    refuse(p, {codec::Reason::oversized_output, "", "the request for its credit note does not fit its topic; raise max.message.bytes of "
                                                    "credit-note-requests, then cancel the invoice again by a new cancellation"},
           "credit", context);
    return false;
  }
  if (planted("request-sent-twice"))
    (void)context.emit(credit_note_requests, billing::series_of(r), billing::as_text(r, context.now().time),
                       billing::headers_of_internal(p.history));
  const billing::Reservation held{billing::Reservation::State::held, b.reserved, owner.invoice(d.invoice_id).id, {}};
  context.store().put(owner.reservation(r.request_id), held.encode());
  return true;
}

void AccountLogic::settle(const Prepared& p, const events::MasterEvent& event, Context& context) {
  using State = billing::Reservation::State;
  const auto* numbered = std::get_if<events::CreditNoteNumbered>(&event.data);
  const auto* refused = std::get_if<events::CreditNoteRefused>(&event.data);
  const std::string& request = numbered != nullptr ? numbered->request_id : refused->request_id;
  const std::int64_t amount = numbered != nullptr ? numbered->amount_minor : refused->amount_minor;
  const State outcome = numbered != nullptr ? State::settled : State::released;
  const std::string& answer = numbered != nullptr ? numbered->number : refused->reason_code;

  if (planted("outcome-not-taken")) return;
  const Owner owner(*events::customer_of(event.data));
  const state::Key key = owner.reservation(request);
  std::string old;
  if (!context.store().get(key, old))
    return refuse(p, {codec::Reason::unknown_reference, "data.request_id", "this account asked for no such credit note"}, "credit",
                  context);
  billing::Reservation r = billing::Reservation::decode(old);
  if (r.state == outcome && r.answer == answer && r.amount == amount) {
    ++context.counts().internal.duplicates;
    return;
  }
  if (r.state != State::held || r.amount != amount)
    return refuse(p, {codec::Reason::conflict, "data.request_id", "the request had another amount, or was answered otherwise before"},
                  "credit", context);
  const Invoice* found = context.store().find<Invoice>(owner.of(state::Kind::invoice, r.invoice));
  check(found != nullptr, "an amount is reserved on an invoice that is not there");
  Invoice& invoice = context.store().edit(*found);
  if (outcome == State::settled && !planted("settled-as-released")) {
    invoice.settle(amount);
  } else if (!planted("reservation-not-released")) {
    invoice.release(amount);
  }
  r.state = outcome;
  r.answer = answer;
  context.store().replace(key, old, r.encode());
  ++context.counts().internal.done;
}

void AccountLogic::decide(const Prepared& p, const events::Event& event, const Booked& b, Context& context) {
  const Date day = b.day;
  const Account& a = *b.account;
  const auto windows = a.windows(b.ledger, day);
  const features::Balances balances = a.balances(b.ledger, day);
  const Currency currency = a.currency(b.ledger);
  const risk::Verdict verdict = risk::judge(windows[2], balances.outstanding, currency, options_);
  const std::string_view decision =
      writer_.write({event, p.record, day, currency, context.now().time, verdict, features::compute(windows, balances)});
  if (context.emit(decisions, event.customer_id, decision, {})) {
    ++context.counts().documents.done;
    return;
  }
  ++context.counts().documents.dead_letters;
  dead_letter(p.record,
              {codec::Reason::oversized_output, "", "the decision does not fit its topic; raise max.message.bytes of the decisions topic"},
              "risk", task_, dead_letters, context);
}

}  // namespace due::topology
