#include "stream/runtime/task/machine.h"

#include <charconv>
#include <cstring>

#include "schemas/codec/output/output_mark.h"
#include "schemas/base/partitioner.h"
#include "schemas/simulated/plant.h"

namespace due::runtime {
namespace {

constexpr HeaderView cloudevents_json{"content-type", "application/cloudevents+json"};
constexpr std::size_t output_overhead = 128;  // of an output beside key and value: headers and bookkeeping, about
constexpr std::size_t record_overhead = 64;  // what a record may need in its topic beside key, value and headers

// Aligned like what the linker puts behind it: mold 1.10 takes the place of a thread's variables for the first one that becomes read-only
// after start, and where that lies in the page before, which is not mapped, the program does not start.
alignas(16) thread_local bool within_step = false;

// Does one step, or a part of it. What is thrown out of it comes with the words of `place`.
template <class Do, class Place>
void guarded(Do&& step, Place&& place) {
  struct Mark {
    Mark() { within_step = true; }
    ~Mark() { within_step = false; }
  } const mark;
  try {
    step();
  } catch (const state::StoreFailure&) {
    throw;  // the state is at fault, and says what to do
  } catch (const std::exception& thrown) {
    throw StepFailure(place(thrown.what()));
  }
}

// What passes over the record, as a line for `duestream publish`.
std::string control_of(const std::string& topic, const topology::InputRecord& r, EventTime time) {
  const std::string partition = std::to_string(r.partition), offset = std::to_string(r.offset);
  const std::string id = "skip-" + topic + "-" + partition + "-" + offset;
  return R"({"specversion":"1.0","id":")" + id + R"(","source":"/operations","type":"due.control.record-skipped.v1","time":")" +
         format(time) + R"(","data":{"control_id":")" + id + R"(","actor":"YOUR NAME","reason":"WHY","topic":")" + topic +
         R"(","partition":)" + partition + R"(,"offset":)" + offset + "}}";
}

}  // namespace

void throw_bug_of_step(const char* what) {
  if (within_step) throw std::logic_error(std::string("bug: ") + what);
}

Machine::Machine(Options options, state::RowStore& rows, std::size_t cache_bytes_max)
    : options_(std::move(options)),
      cache_(rows, cache_bytes_max),
      logic_(options_.subtopology->make_logic(options_.identity, options_.logic)),
      buffer_(std::make_unique<OutputBuffer>()),
      mark_begin_(options_.identity.name + ' ') {
  for (const OutputTarget& o : options_.outputs) state_.next_seq.emplace_back(static_cast<std::size_t>(o.partitions), 1);
}

void Machine::tick(const topology::Tick& tick) {
  check(tick.time >= state_.tick.time, "task time would go back");
  state_.tick = tick;
  guarded([&] { logic_->on_tick(tick, *this); },
          [&](const char* why) {
            return "task " + options_.identity.name + " stops at the tick of " + format(tick.time) + ": " + why +
                   "; nothing of it is committed. No record can be passed over here: start a program version without this fault";
          });
  cache_.end_step();
}

void Machine::record(const topology::Prepared& record) {
  if (!record.broadcast) {
    state_.history = record.history;
    if (moves_time(record, state_.tick.wall)) state_.tick.time = record.order();
  }
  guarded([&] { logic_->on_record(record, *this); }, [&](const char* why) { return stopped_at(record.record, why); });
  cache_.end_step();
}

void Machine::prepare(topology::Prepared& record, std::deque<std::string>& arena) {
  guarded([&] { logic_->prepare(record, arena); }, [&](const char* why) { return stopped_at(record.record, why); });
}

void Machine::expect(const topology::Prepared& record) const {
  if (const std::uint64_t document = logic_->document_of(record)) cache_.expect(document, state::ObjectStore::Near::object);
}

std::string Machine::stopped_at(const topology::InputRecord& r, const char* why) const {
  const std::string& topic = options_.identity.input_topics[r.input];
  const std::string place = topic + " partition " + std::to_string(r.partition) + " offset " + std::to_string(r.offset);
  std::string text = "task " + options_.identity.name + " stops at the record in " + place + ": " + why;
  if (again_)
    return text + "; it was processed before, so it cannot be passed over now: fold with the program version that wrote the chronicle";
  text += "; nothing of it is committed. ";
  if (r.input >= options_.subtopology->inputs.size()) return text + "Every task needs it: start a program version that takes it";
  return text +
         "Start again; if it stops there again, give the following line to `duestream publish`, which passes over the record, and start "
         "again (docs/runbook.md, A record stops a task): " +
         control_of(topic, r, state_.tick.wall);
}

bool Machine::emit(std::uint16_t output, std::optional<std::string_view> key, std::optional<std::string_view> value,
                   std::span<const HeaderView> headers) {
  const OutputTarget& target = options_.outputs[output];
  std::size_t size = record_overhead + 128 + (key ? key->size() : 0) + (value ? value->size() : 0);
  for (const HeaderView& h : headers) size += h.name.size() + h.value.size() + 4;
  if (size > static_cast<std::size_t>(target.message_bytes_max) && !planted("size-not-checked")) return false;

  // A record without key stays in the partition of its task, as far as the output has one.
  const std::int32_t partition = key ? partition_of(*key, target.partitions) : options_.identity.partition % target.partitions;
  const std::int64_t seq = state_.next_seq[output][static_cast<std::size_t>(partition)]++;
  OutputRange* range = nullptr;
  for (OutputRange& r : ranges_)
    if (r.topic == output && r.partition == partition) range = &r;
  if (range == nullptr) range = &ranges_.emplace_back(OutputRange{output, partition, seq, 0});
  ++range->count;

  ++open_records_;
  write({output, partition, seq}, key, value, headers);
  return true;
}

// One stretch of memory for all that is hashed of an output: its place, key and value; what is sent points into it.
void Machine::write(const Place& place, std::optional<std::string_view> key, std::optional<std::string_view> value,
                    std::span<const HeaderView> headers) {
  const std::int64_t fixed[] = {place.output,
                                place.partition,
                                place.seq,
                                state_.tick.time.micros,
                                key ? static_cast<std::int64_t>(key->size()) : -1,
                                value ? static_cast<std::int64_t>(value->size()) : -1};
  const std::size_t size = sizeof fixed + (key ? key->size() : 0) + (value ? value->size() : 0);
  char* const stretch = keep_ == Keep::outputs ? buffer_->arena.take(size) : scratch(size);
  char* at = stretch;
  const auto append = [&at](std::string_view s) {
    std::memcpy(at, s.data(), s.size());
    at += s.size();
    return std::string_view{at - s.size(), s.size()};
  };
  append({reinterpret_cast<const char*>(fixed), sizeof fixed});
  log::OutputRecord r;
  r.topic = static_cast<std::uint16_t>(options_.first_output + place.output);
  r.partition = place.partition;
  if (key) r.key = append(*key);
  if (value) r.value = append(*value);
  hash_.add({stretch, size});
  for (const HeaderView& h : headers) {
    hash_.add(h.name);
    hash_.add(h.value);
  }
  if (keep_ == Keep::hash_only) return;
  r.headers = output_headers(place.seq, headers);
  open_bytes_ += size + output_overhead;
  buffer_->records.push_back(r);
}

char* Machine::scratch(std::size_t size) {
  if (scratch_.size() < size) scratch_.resize(size);
  return scratch_.data();
}

// Headers of the logic mean that the record is not ours in form (a dead letter): it keeps its own content type.
std::span<const HeaderView> Machine::output_headers(std::int64_t seq, std::span<const HeaderView> headers) {
  Arena& arena = buffer_->arena;
  const std::size_t own = headers.empty() ? 2 : 1;
  const std::span<HeaderView> all = arena.array<HeaderView>(headers.size() + own);
  std::size_t i = 0;
  for (const HeaderView& h : headers) all[i++] = {arena.copy(h.name), arena.copy(h.value)};
  if (headers.empty()) all[i++] = cloudevents_json;
  if (time_written_ != state_.tick.time.micros) {
    time_written_ = state_.tick.time.micros;
    time_text_ = ' ' + std::to_string(time_written_);
  }
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, seq).ptr;
  const std::size_t count = static_cast<std::size_t>(end - digits);
  char* const mark = arena.take(mark_begin_.size() + count + time_text_.size());
  std::memcpy(mark, mark_begin_.data(), mark_begin_.size());
  std::memcpy(mark + mark_begin_.size(), digits, count);
  std::memcpy(mark + mark_begin_.size() + count, time_text_.data(), time_text_.size());
  all[i++] = {OutputMark::header, {mark, mark_begin_.size() + count + time_text_.size()}};
  return all;
}

Machine::Taken Machine::take() {
  Taken t{std::move(buffer_), std::move(ranges_), hash_.value()};
  buffer_ = std::make_unique<OutputBuffer>();
  ranges_.clear();
  hash_ = {};
  open_records_ = open_bytes_ = 0;
  return t;
}

}  // namespace due::runtime
