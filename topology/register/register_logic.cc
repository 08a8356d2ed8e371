#include "topology/register/register_logic.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "schemas/base/partitioner.h"
#include "schemas/base/zones/time_zone.h"
#include "schemas/simulated/plant.h"
#include "topology/billing/credit_note_text.h"
#include "topology/billing/rows.h"
#include "topology/intake/intake.h"
#include "topology/intake/skipping.h"

namespace due::topology {

using billing::Answered;
using billing::NumberSeries;
using events::CreditNoteRequested;

Subtopology register_subtopology() {
  Subtopology s;
  s.name = "register";
  s.inputs = {"credit-note-requests"};
  s.broadcast = {Skipping::topic};
  s.outputs = {"credit-notes", "credit-note-outcomes", "dead-letters"};
  s.chronicle = "register-chronicle";
  s.processors = {
      {"skip-requests", "orders to pass over a record", s.broadcast, {"controls", "skips"}, {"dead-letters"}},
      {"numbers", "the next number of the legal entity's series, in date order", {s.inputs[0], "skip-requests"}, {"series", "answers"},
       s.outputs},
  };
  s.make_logic = [](const TaskIdentity& task, const LogicOptions& options) {
    const auto internal = [](std::uint16_t, Counts& counts) -> Tally& { return counts.internal; };
    // The account tasks answer for the controls; what can be passed over is the same list here, or an id would stand for two orders.
    const Skipping::Options skipping{
        RegisterLogic::dead_letters, internal, false,
        {"invoices", "payments", "usage", "customers", "contracts", "disputes", "credit-note-outcomes"}};
    return std::make_unique<Skipping>(task, options, skipping, std::make_unique<RegisterLogic>(task, options));
  };
  return s;
}

RegisterLogic::RegisterLogic(TaskIdentity task, LogicOptions options) : task_(std::move(task)), options_(options) {}

void RegisterLogic::prepare(Prepared& p, std::deque<std::string>&) {
  for (const HeaderView& h : p.record.headers)
    if (h.name == "history") p.history = true;
  auto decoded = decoder_.decode(p.record.value, p.record.headers);
  if (auto* event = std::get_if<events::MasterEvent>(&decoded))
    p.content = std::make_unique<const events::MasterEvent>(std::move(*event));
  else
    p.content = std::move(std::get<codec::Refusal>(decoded));
}

namespace {

std::optional<codec::Refusal> check_key(const InputRecord& record, const CreditNoteRequested& request, const TaskIdentity& task) {
  const std::string series = billing::series_of(request);
  if (record.key != series)
    return codec::Refusal{codec::Reason::wrong_key, "key", "the key is not legal entity and document type; only account tasks write here"};
  if (partition_of(series, task.partitions) != record.partition)
    return codec::Refusal{codec::Reason::wrong_partition, "key",
                          "murmur2 of the key names another partition; only account tasks write here"};
  return std::nullopt;
}

// One request in the books of its series.
class Numbering {
 public:
  Numbering(const CreditNoteRequested& request, Hash128 content, Context& context)
      : request_(request),
        content_(content),
        context_(context),
        series_key_(state::Key(state::Kind::series).add(hash128(billing::series_of(request)))),
        answer_key_(state::Key(state::Kind::answered).add(hash128(request.request_id))) {}

  // What was answered before; nullopt: it is asked for the first time.
  std::optional<Answered> answered() {
    std::string value;
    if (!context_.store().get(answer_key_, value)) return std::nullopt;
    return Answered::decode(value);
  }

  // Draws the number and emits the credit note, or refuses; either is remembered.
  Answered answer() {
    std::string old;
    NumberSeries series{.last_date = {INT32_MIN}, .last = 0, .name = billing::series_of(request_)};
    const bool known = context_.store().get(series_key_, old);
    if (known) series = NumberSeries::decode(old);
    const Answered a = draw(series);
    const bool drawn = a.number != 0 || (known && planted("number-drawn-in-vain"));
    if (drawn && a.number == 0) ++series.last;
    if (drawn && known) context_.store().replace(series_key_, old, series.encode());
    if (drawn && !known) context_.store().put(series_key_, series.encode());
    context_.store().put(answer_key_, a.encode());
    return a;
  }

 private:
  Answered draw(NumberSeries& series) {
    const EventTime now = context_.now().time;
    const auto zone = TimeZone::find(request_.time_zone);
    const Date issue_date = std::max(zone ? zone->date_of(now) : date_of(now), series.last_date);
    const bool new_year = series.last == 0 || format(issue_date).substr(0, 4) != format(series.last_date).substr(0, 4);
    const std::uint64_t number = new_year ? 1 : series.last + 1;
    const std::string note = billing::credit_note_text(request_, billing::number_text(issue_date, number), issue_date, now);
    if (!context_.emit(RegisterLogic::credit_notes, request_.customer_id, note, {}))
      return {content_, 0, {}, std::string(codec::reason_code(codec::Reason::oversized_output))};
    series.last_date = issue_date;
    series.last = number;
    return {content_, number, issue_date, {}};
  }

  const CreditNoteRequested& request_;
  Hash128 content_;
  Context& context_;
  state::Key series_key_, answer_key_;
};

constexpr char remedy_of_oversized[] =
    "raise max.message.bytes of the credit-notes topic, then cancel the invoice again by a new cancellation";

// The same text whenever the request is asked: its time is that of the request.
std::string outcome_text(const CreditNoteRequested& r, const Answered& a, EventTime time) {
  if (a.number == 0)
    return billing::as_text(events::CreditNoteRefused{r.request_id, r.customer_id, r.invoice_id, r.currency, r.amount_minor, a.reason_code,
                                                      remedy_of_oversized},
                            time);
  const std::string number = billing::number_text(a.issue_date, a.number);
  return billing::as_text(
      events::CreditNoteNumbered{r.request_id, r.customer_id, r.invoice_id, number, a.issue_date, r.currency, r.amount_minor}, time);
}

}  // namespace

void RegisterLogic::on_record(const Prepared& p, Context& context) {
  ++context.counts().internal.inputs;
  if (const auto refusal = admit(p, context.now(), task_, options_)) return refuse(p, *refusal, context);
  take(p, *std::get<std::unique_ptr<const events::MasterEvent>>(p.content), context);
}

void RegisterLogic::take(const Prepared& p, const events::MasterEvent& event, Context& context) {
  const auto& request = std::get<CreditNoteRequested>(event.data);
  if (const auto refusal = check_key(p.record, request, task_)) return refuse(p, *refusal, context);
  Numbering numbering(request, event.content, context);
  std::optional<Answered> answer = numbering.answered();
  const bool again = answer.has_value() && !planted("number-given-twice");
  if (again && answer->content != event.content)
    return refuse(p, {codec::Reason::conflict, "data.request_id", "it was answered with other content; only account tasks write here"},
                  context);
  if (!again) answer = numbering.answer();
  if (!context.emit(outcomes, request.customer_id, outcome_text(request, *answer, event.time), billing::headers_of_internal(p.history)))
    return refuse(p, {codec::Reason::oversized_output, "", "the outcome does not fit its topic; raise its max.message.bytes"}, context);
  ++(again ? context.counts().internal.duplicates : context.counts().internal.done);
}

void RegisterLogic::refuse(const Prepared& p, const codec::Refusal& why, Context& context) {
  Tally& t = context.counts().internal;
  ++(why.reason == codec::Reason::conflict ? t.conflicts : t.dead_letters);
  dead_letter(p.record, why, "register", task_, dead_letters, context);
}

}  // namespace due::topology
