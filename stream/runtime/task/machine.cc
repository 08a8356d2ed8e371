#include "stream/runtime/task/machine.h"

#include <charconv>

#include "schemas/base/partitioner.h"

namespace due::runtime {
namespace {

constexpr HeaderView cloudevents_json{"content-type", "application/cloudevents+json; charset=UTF-8"};
constexpr std::size_t record_overhead = 64;  // what a record may need in its topic beside key, value and headers

}  // namespace

Machine::Machine(Options options, state::RowStore& rows, std::size_t cache_bytes_max)
    : options_(std::move(options)),
      cache_(rows, cache_bytes_max),
      logic_(options_.subtopology->make_logic(options_.identity, options_.logic)),
      buffer_(std::make_unique<OutputBuffer>()) {
  for (const OutputTarget& o : options_.outputs) state_.next_seq.emplace_back(static_cast<std::size_t>(o.partitions), 1);
}

void Machine::tick(const topology::Tick& tick) {
  check(tick.time >= state_.tick.time, "task time would go back");
  state_.tick = tick;
  logic_->on_tick(tick, *this);
  cache_.trim();
}

void Machine::record(const topology::Prepared& record) {
  state_.history = record.history;
  if (record.history && record.order() > state_.tick.time) state_.tick.time = record.order();
  logic_->on_record(record, *this);
  cache_.trim();
}

bool Machine::emit(std::uint16_t output, std::optional<std::string_view> key, std::optional<std::string_view> value,
                   std::span<const HeaderView> headers) {
  const OutputTarget& target = options_.outputs[output];
  std::size_t size = record_overhead + 128 + (key ? key->size() : 0) + (value ? value->size() : 0);
  for (const HeaderView& h : headers) size += h.name.size() + h.value.size() + 4;
  if (size > static_cast<std::size_t>(target.message_bytes_max)) return false;

  // A record without key stays in the partition of its task, as far as the output has one.
  const std::int32_t partition = key ? partition_of(*key, target.partitions) : options_.identity.partition % target.partitions;
  const std::int64_t seq = state_.next_seq[output][static_cast<std::size_t>(partition)]++;
  OutputRange* range = nullptr;
  for (OutputRange& r : ranges_)
    if (r.topic == output && r.partition == partition) range = &r;
  if (range == nullptr) range = &ranges_.emplace_back(OutputRange{output, partition, seq, 0});
  ++range->count;

  const std::int64_t place[] = {output, partition, seq, state_.tick.time.micros, key ? static_cast<std::int64_t>(key->size()) : -1,
                                value ? static_cast<std::int64_t>(value->size()) : -1};
  hash_.add({reinterpret_cast<const char*>(place), sizeof place});
  if (key) hash_.add(*key);
  if (value) hash_.add(*value);
  for (const HeaderView& h : headers) {
    hash_.add(h.name);
    hash_.add(h.value);
  }
  ++open_records_;
  if (keep_ == Keep::outputs) append(output, partition, seq, key, value, headers);
  return true;
}

void Machine::append(std::uint16_t output, std::int32_t partition, std::int64_t seq, std::optional<std::string_view> key,
                     std::optional<std::string_view> value, std::span<const HeaderView> headers) {
  Arena& arena = buffer_->arena;
  const auto digits = [&arena](std::int64_t v) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, v).ptr;
    return arena.copy({text, static_cast<std::size_t>(end - text)});
  };
  if (name_text_.empty()) name_text_ = arena.copy(options_.identity.name);  // the buffer may outlive the task
  if (time_written_ != state_.tick.time.micros || time_text_.empty()) {
    time_text_ = digits(state_.tick.time.micros);
    time_written_ = state_.tick.time.micros;
  }
  // Headers of the logic mean that the record is not ours in form (a dead letter): it keeps its own content type.
  const std::size_t own = headers.empty() ? 4 : 3;
  const std::span<HeaderView> all = arena.array<HeaderView>(headers.size() + own);
  std::size_t i = 0;
  for (const HeaderView& h : headers) all[i++] = {arena.copy(h.name), arena.copy(h.value)};
  if (headers.empty()) all[i++] = cloudevents_json;
  all[i++] = {"task", name_text_};
  all[i++] = {"seq", digits(seq)};
  all[i++] = {"T", time_text_};
  log::OutputRecord r;
  r.topic = output;
  r.partition = partition;
  if (key) r.key = arena.copy(*key);
  if (value) r.value = arena.copy(*value);
  r.headers = all;
  open_bytes_ += (value ? value->size() : 0) + 160;
  buffer_->records.push_back(r);
}

Machine::Taken Machine::take() {
  Taken t{std::move(buffer_), std::move(ranges_), hash_.value()};
  buffer_ = std::make_unique<OutputBuffer>();
  ranges_.clear();
  hash_ = {};
  open_records_ = open_bytes_ = 0;
  time_text_ = name_text_ = {};
  return t;
}

}  // namespace due::runtime
