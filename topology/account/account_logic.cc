#include "topology/account/account_logic.h"

#include "topology/intake/intake.h"

namespace due::topology {

Subtopology account_subtopology() {
  Subtopology s;
  s.name = "account";
  s.inputs = {"invoices", "payments", "usage"};
  s.outputs = {"decisions", "dead-letters"};
  s.processors = {
      {"decode", "bytes to events, merged by event time", {"invoices", "payments", "usage"}, {}, {"dead-letters"}},
      {"intake", "key, partition, dates", {"decode"}, {}, {"dead-letters"}},
      {"account", "deduplicate, book, allocate, park", {"intake"}, {"documents", "accounts", "waiting"}, {"dead-letters"}},
      {"features", "24 features over 30, 90 and 180 days", {"account"}, {"accounts"}, {}},
      {"risk", "the baseline rule, with its reasons", {"features"}, {}, {"decisions"}},
  };
  s.make_logic = [](const TaskIdentity& task, const LogicOptions& options) { return std::make_unique<AccountLogic>(task, options); };
  return s;
}

AccountLogic::AccountLogic(TaskIdentity task, LogicOptions options) : task_(std::move(task)), options_(options), writer_(task_) {}

void AccountLogic::prepare(Prepared& p, std::deque<std::string>& arena) {
  auto decoded = decoder_.decode(p.record.value, p.record.headers, arena);
  if (auto* event = std::get_if<events::Event>(&decoded)) {
    p.content = *event;
  } else {
    p.content = std::move(std::get<codec::Refusal>(decoded));
  }
  for (const HeaderView& h : p.record.headers)
    if (h.name == "history") p.history = true;
}

void AccountLogic::on_record(const Prepared& p, Context& context) {
  ++context.counts().inputs;
  take(p, context);
}

void AccountLogic::take(const Prepared& p, Context& context) {
  if (const auto refusal = admit(p, context.now(), task_, options_)) return refuse(p, *refusal, "intake", context);
  const auto& event = std::get<events::Event>(p.content);
  Booking booking(context.store(), event.customer_id, scratch_);
  const Booked b = booking.book(event);
  switch (b.what) {
    case Booked::What::duplicate: ++context.counts().duplicates; return;
    case Booked::What::refused: return refuse(p, {b.reason, b.field, b.remedy}, "account", context);
    case Booked::What::waits: return park(p, b, booking, context);
    case Booked::What::booked: break;
  }
  decide(p, event, b, context);
  if (!booking.released().empty()) release(booking.owner(), booking.released(), context);
}

void AccountLogic::refuse(const Prepared& p, const codec::Refusal& why, std::string_view stage, Context& context) {
  ++(why.reason == codec::Reason::conflict ? context.counts().conflicts : context.counts().dead_letters);
  dead_letter(p.record, why, stage, task_, dead_letters, context);
}

void AccountLogic::park(const Prepared& p, const Booked& waits, Booking& booking, Context& context) {
  const std::int64_t place[] = {p.record.input, p.record.partition, p.record.offset};
  const Hash128 id = hash128({reinterpret_cast<const char*>(place), sizeof place});
  const state::Key key = booking.owner().of(state::Kind::waiting, id);
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
  booking.wait(waits, id);
  ++context.counts().parked;
}

std::optional<Waiting> AccountLogic::take_parked(const state::Key& key, Context& context) {
  std::string value;
  if (!context.store().get(key, value)) return std::nullopt;
  context.store().erase(key, value);
  --context.counts().parked;
  return Waiting::decode(value);
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
            "the invoice or payment it refers to did not come in time; publish that first, then this again"},
           "account", context);
  }
}

void AccountLogic::restore(state::ObjectStore& store) {
  timers_.clear();
  store.rows().scan(std::string(1, static_cast<char>(state::Kind::waiting)),
                    [&](std::string_view key, std::string_view value) { timers_.emplace(Waiting::decode(value).due, key); });
}

void AccountLogic::decide(const Prepared& p, const events::Event& event, const Booked& b, Context& context) {
  const Date day = events::business_date(event);
  const Account& a = *b.account;
  const auto windows = a.windows(b.ledger, day);
  const features::Balances balances = a.balances(b.ledger, day);
  const Currency currency = a.currency(b.ledger);
  const risk::Verdict verdict = risk::judge(windows[2], balances.outstanding, currency, options_);
  const std::string_view decision =
      writer_.write({event, p.record, currency, context.now().time, verdict, features::compute(windows, balances)});
  if (context.emit(decisions, event.customer_id, decision, {})) {
    ++context.counts().decisions;
    return;
  }
  ++context.counts().dead_letters;
  dead_letter(p.record,
              {codec::Reason::oversized_output, "", "the decision does not fit its topic; raise max.message.bytes of the decisions topic"},
              "risk", task_, dead_letters, context);
}

}  // namespace due::topology
