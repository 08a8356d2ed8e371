#include "topology/intake/skipping.h"

#include <algorithm>
#include <cstdint>

#include "schemas/base/bytes.h"
#include "state/api/stored_row.h"
#include "topology/intake/intake.h"

namespace due::topology {

using codec::Reason;
using codec::Refusal;

namespace {

constexpr std::uint8_t version = 1;

// A header is one line: what a person wrote over several becomes one.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

Hash128 content_of(std::string_view row) {
  Hash128 content;
  state::read_row(row, version, "control", [&content](ByteReader& r) { content = r.hash(); });
  return content;
}

std::string row_of(Hash128 content) {
  std::string value;
  ByteWriter w(value);
  w.byte(version);
  w.hash(content);
  return value;
}

}  // namespace

OrderedSkip OrderedSkip::decode(std::string_view value) {
  OrderedSkip s;
  state::read_row(value, version, "skip", [&s](ByteReader& r) {
    s.topic = r.text();
    s.offset = r.zigzag();
    s.control_id = r.text();
    s.actor = r.text();
    s.reason = r.text();
  });
  return s;
}

std::string OrderedSkip::encode() const {
  std::string value;
  ByteWriter w(value);
  w.byte(version);
  w.text(topic);
  w.zigzag(offset);
  w.text(control_id);
  w.text(actor);
  w.text(reason);
  return value;
}

Skipping::Skipping(TaskIdentity task, LogicOptions options, Options skipping, std::unique_ptr<Logic> inner)
    : task_(std::move(task)), options_(options), skipping_(std::move(skipping)), inner_(std::move(inner)) {
  const auto& all = task_.input_topics;
  if (const auto at = std::find(all.begin(), all.end(), topic); at != all.end())
    controls_ = static_cast<std::uint16_t>(at - all.begin());
}

// Depends on the orders heard so far: whoever prepares ahead of the step prepares again behind a broadcast record.
void Skipping::prepare(Prepared& p, std::deque<std::string>& arena) {
  if (p.record.input == controls_) {
    auto decoded = decoder_.decode(p.record.value, p.record.headers);
    if (auto* event = std::get_if<events::MasterEvent>(&decoded))
      p.content = std::make_unique<const events::MasterEvent>(std::move(*event));
    else
      p.content = std::move(std::get<Refusal>(decoded));
    return;
  }
  if (ahead_.empty() || !ahead_.contains({p.record.input, p.record.offset})) return inner_->prepare(p, arena);
  // It must not be decoded either. As history it leaves task time where it is, like any history record that cannot be read.
  for (const HeaderView& h : p.record.headers)
    if (h.name == "history") p.history = true;
  p.content = Refusal{Reason::skipped_by_control, "", ""};
}

void Skipping::on_record(const Prepared& p, Context& context) {
  if (p.record.input == controls_) return hear(p, context);
  if (!ahead_.empty())
    if (const auto order = arrive(p.record, context)) return lay_down(p.record, *order, context);
  inner_->on_record(p, context);
}

void Skipping::restore(state::ObjectStore& store) {
  ahead_.clear();
  store.rows().scan(std::string(1, static_cast<char>(state::Kind::skip)), [this](std::string_view, std::string_view value) {
    const OrderedSkip order = OrderedSkip::decode(value);
    if (const auto input = input_of(order.topic)) ahead_.emplace(*input, order.offset);
  });
  inner_->restore(store);
}

std::optional<std::uint16_t> Skipping::input_of(std::string_view name) const {
  const auto& all = task_.input_topics;
  const auto at = std::find(all.begin(), all.end(), name);
  if (at == all.end() || at - all.begin() >= controls_.value_or(UINT16_MAX)) return std::nullopt;  // broadcast: needed by every task
  return static_cast<std::uint16_t>(at - all.begin());
}

// The same answer in every task of every subtopology, or they would not agree on what the id stands for.
std::optional<Refusal> Skipping::check(const events::RecordSkipped& order) const {
  const auto& others = skipping_.elsewhere;
  if (!input_of(order.topic) && std::find(others.begin(), others.end(), order.topic) == others.end()) {
    std::set<std::string> known(others.begin(), others.end());
    for (const std::string& t : task_.input_topics)
      if (input_of(t)) known.insert(t);
    std::string list;
    for (const std::string& t : known) list += (list.empty() ? "" : ", ") + t;
    return Refusal{Reason::unknown_value, "data.topic", "only records of these can be passed over: " + list + "; without prefix"};
  }
  if (order.partition >= task_.partitions)
    return Refusal{Reason::unknown_value, "data.partition",
                   "the topic has partitions 0 to " + std::to_string(task_.partitions - 1) + "; send the one that the task named"};
  return std::nullopt;
}

void Skipping::hear(const Prepared& p, Context& context) {
  Tally uncounted;
  Tally& tally = skipping_.answers && task_.partition == 0 ? context.counts().master : uncounted;
  ++tally.inputs;
  if (const auto refusal = admit(p, context.now(), task_, options_)) return refuse(p, *refusal, context);
  const events::MasterEvent& event = *std::get<std::unique_ptr<const events::MasterEvent>>(p.content);
  const auto& control = std::get<events::Control>(event.data);
  const state::Key key = state::Key(state::Kind::control).add(hash128(control.control_id));
  if (std::string known; context.store().get(key, known)) {
    if (content_of(known) != event.content)
      return refuse(p, {Reason::conflict, "data.control_id", "this id stands for another order already; give each order an id of its own"},
                    context);
    ++tally.duplicates;
    return;
  }
  const auto* skip = std::get_if<events::RecordSkipped>(&control.order);
  if (const auto refusal = skip != nullptr ? check(*skip) : std::nullopt) return refuse(p, *refusal, context);
  context.store().put(key, row_of(event.content));
  ++(skip == nullptr || remember(control, *skip, context) ? tally.done : tally.duplicates);
}

bool Skipping::remember(const events::Control& control, const events::RecordSkipped& order, Context& context) {
  const auto input = input_of(order.topic);
  if (!input || order.partition != task_.partition) return true;
  if (!ahead_.emplace(*input, order.offset).second) return false;
  const OrderedSkip row{order.topic, order.offset, control.control_id, control.actor, control.reason};
  context.store().put(OrderedSkip::key_of(order.topic, order.offset), row.encode());
  return true;
}

std::optional<OrderedSkip> Skipping::arrive(const InputRecord& r, Context& context) {
  std::optional<OrderedSkip> meant;
  auto at = ahead_.lower_bound({r.input, INT64_MIN});
  while (at != ahead_.end() && at->first == r.input && at->second <= r.offset) {
    const state::Key key = OrderedSkip::key_of(task_.input_topics[r.input], at->second);
    std::string row;
    if (!context.store().get(key, row)) throw state::StoreFailure("state: an order to pass over a record is not stored");
    if (at->second == r.offset) meant = OrderedSkip::decode(row);
    context.store().erase(key, row);
    at = ahead_.erase(at);
  }
  return meant;
}

void Skipping::lay_down(const InputRecord& record, const OrderedSkip& order, Context& context) {
  Tally& tally = skipping_.tally(record.input, context.counts());
  ++tally.inputs;
  ++tally.dead_letters;
  dead_letter(record,
              {Reason::skipped_by_control, "",
               "passed over unread by control " + order.control_id + " of " + order.actor + ": " + one_line(order.reason) +
                   "; find out what is wrong with it, then repair it and put it back by duestream redrive"},
              "control", task_, skipping_.dead_letters, context);
}

void Skipping::refuse(const Prepared& p, const Refusal& why, Context& context) {
  if (!skipping_.answers || task_.partition != 0) return;
  Tally& tally = context.counts().master;
  ++(why.reason == Reason::conflict ? tally.conflicts : tally.dead_letters);
  dead_letter(p.record, why, "control", task_, skipping_.dead_letters, context);
}

}  // namespace due::topology
