#include "stream/runtime/task/input_queues.h"

#include <algorithm>

namespace due::runtime {
namespace {

// Text that another thread has written. Behind the first lines the processor goes on by itself.
void prefetch(std::string_view text) {
  constexpr std::size_t line = 64, lines_max = 8;
  for (std::size_t i = 0; i < std::min(text.size(), line * lines_max); i += line) __builtin_prefetch(text.data() + i);
}

}  // namespace

InputQueues::InputQueues(std::size_t co_partitioned, std::size_t broadcast, std::int32_t partition, Machine& machine)
    : inputs_(co_partitioned + broadcast), co_partitioned_(co_partitioned), partition_(partition), machine_(machine) {}

void InputQueues::start_at(std::size_t input, std::int64_t position) {
  inputs_[input].position = position;
  inputs_[input].expected = position;
}

void InputQueues::hold_until(std::size_t input, std::int64_t end) {
  inputs_[input].hold_until = end;
  held_ = held_ || inputs_[input].position < end;
}

void InputQueues::offer(std::size_t input, std::shared_ptr<const log::Batch> batch, std::span<const log::Record> records) {
  Input& in = inputs_[input];
  for (const log::Record& r : records) in.bytes += bytes_of(r);
  in.expected = records.back().offset.next().value;
  in.chunks.push_back({std::move(batch), records});
  in.at_end = false;
}

void InputQueues::skip_to(std::size_t input, std::int64_t position) {
  Input& in = inputs_[input];
  const bool passes_none = in.chunks.empty() || in.chunks.front().records[in.at].offset.value >= position;
  if (passes_none && position > in.position) in.position = position;
  if (position > in.expected) in.expected = position;
}

void InputQueues::progress(std::size_t input, std::int64_t next, bool at_end) {
  Input& in = inputs_[input];
  in.at_end = at_end;
  skip_to(input, next);
}

topology::InputRecord InputQueues::record(std::size_t input, const log::Record& r) const {
  const std::int32_t partition = input >= co_partitioned_ ? 0 : partition_;
  return {static_cast<std::uint16_t>(input), partition, r.offset.value, r.timestamp, r.key, r.value, r.headers};
}

// What a step waits for is memory, mostly: an account among hundred thousands is in no cache. So it is fetched while others are decided.
void InputQueues::look_ahead(std::size_t input) {
  using Near = state::ObjectStore::Near;
  Input& in = inputs_[input];
  const std::span<const log::Record> records = in.chunks.front().records;
  for (const std::size_t end = std::min(records.size(), in.at + ahead); in.seen < end; ++in.seen) {
    const log::Record& r = records[in.seen];
    in.objects[in.seen % ahead] = machine_.object_of(record(input, r));
    machine_.expect(in.objects[in.seen % ahead], Near::place);
    if (r.value) prefetch(*r.value);
  }
  const auto expect = [&](std::size_t index, Near near) { if (index < in.seen) machine_.expect(in.objects[index % ahead], near); };
  expect(in.at + ahead / 2, Near::object);
  expect(in.at + ahead / 4, Near::whole);
}

const topology::Prepared* InputQueues::head(std::size_t input) {
  Input& in = inputs_[input];
  if (in.chunks.empty()) return nullptr;
  if (!in.prepared) {
    const log::Record& r = in.chunks.front().records[in.at];
    in.arena.clear();
    in.head.broadcast = input >= co_partitioned_;
    in.head.record = record(input, r);
    in.head.history = false;
    machine_.prepare(in.head, in.arena);
    in.prepared = true;
    if (in.head.broadcast) return &in.head;
    machine_.expect(in.head);
    look_ahead(input);
  }
  return &in.head;
}

std::optional<std::size_t> InputQueues::pick_broadcast() {
  std::optional<std::size_t> best;
  for (std::size_t i = co_partitioned_; i < inputs_.size(); ++i)
    if (const topology::Prepared* p = head(i); p != nullptr && (!best || p->order() < head(*best)->order())) best = i;
  if (best || !held_) return best;
  held_ = false;
  for (std::size_t i = co_partitioned_; i < inputs_.size(); ++i) held_ = held_ || inputs_[i].position < inputs_[i].hold_until;
  return best;
}

std::optional<std::size_t> InputQueues::pick(std::chrono::microseconds now, std::chrono::microseconds wait, EventTime latest) {
  if (const auto told = pick_broadcast(); told || held_) return told;
  std::optional<std::size_t> best;
  EventTime best_order;
  bool missing = false;
  for (std::size_t i = 0; i < co_partitioned_; ++i) {
    const topology::Prepared* p = head(i);
    if (p == nullptr) {
      missing = missing || !inputs_[i].at_end;
      continue;
    }
    const EventTime order = p->order() > latest ? EventTime::earliest() : p->order();
    if (best && order >= best_order) continue;
    best = i;
    best_order = order;
  }
  if (!best || !missing) {
    waiting_since_.reset();
    return best;
  }
  if (!waiting_since_) waiting_since_ = now;
  if (now - *waiting_since_ < wait) return std::nullopt;
  return best;  // the wait is over for as long as that input stays silent
}

void InputQueues::consume(std::size_t input) {
  Input& in = inputs_[input];
  const log::Record& r = in.chunks.front().records[in.at];
  in.position = r.offset.next().value;
  in.bytes -= bytes_of(r);
  in.prepared = false;
  if (input >= co_partitioned_)  // what every task is told may change what becomes of the heads
    for (std::size_t i = 0; i < co_partitioned_; ++i) inputs_[i].prepared = false;
  if (++in.at == in.chunks.front().records.size()) {
    in.chunks.pop_front();
    in.at = in.seen = 0;
  }
}

bool InputQueues::all_at_end() const {
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (!at_end(i)) return false;
  return true;
}

bool InputQueues::any() const {
  for (const Input& in : inputs_)
    if (!in.chunks.empty()) return true;
  return false;
}

}  // namespace due::runtime
