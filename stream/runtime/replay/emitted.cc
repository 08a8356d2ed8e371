#include "stream/runtime/replay/emitted.h"

#include <algorithm>

#include "schemas/codec/output/output_mark.h"

namespace due::runtime {
namespace {

constexpr log::Duration patience{30'000};  // without any record where there must be some
constexpr log::Duration poll_deadline{20};
constexpr std::size_t poll_records = 4'000;
constexpr std::int64_t near_enough = 2'000;  // offsets that are read rather than searched

std::size_t bytes_of(const log::Record& r) { return 160 + (r.value ? r.value->size() : 0) + (r.key ? r.key->size() : 0); }

std::string place(const log::TopicPartition& p) { return p.topic + "/" + std::to_string(p.partition); }

}  // namespace

Result<Emitted> Emitted::open(log::Log& log, std::string task, std::size_t queue_bytes_max) {
  auto reader = log.reader(log::Isolation::read_committed);
  if (!reader) return reader.error();
  return Emitted(log, std::move(task), queue_bytes_max, std::move(*reader));
}

Result<Emitted::Source*> Emitted::at(const log::TopicPartition& partition, std::int64_t number) {
  if (const auto found = sources_.find(partition); found != sources_.end()) return found->second.get();
  auto bounds = log_->bounds(partition, log::Isolation::read_committed);
  if (!bounds) return bounds.error();
  auto source = std::make_unique<Source>();
  source->partition = partition;
  source->tag = {static_cast<std::uint32_t>(by_tag_.size())};
  source->start = source->next = bounds->start.value;
  source->end = bounds->end.value;
  if (number > 1) {
    auto from = search(*source, number);
    if (!from) return from.error();
    source->next = *from;
  }
  const log::Assignment assignment[] = {{partition, {source->next}, source->tag}};
  if (Status added = reader_->add(assignment); !added) return added.error();
  Source* opened = source.get();
  by_tag_.push_back(opened);
  sources_.emplace(partition, std::move(source));
  while (number > 1) {  // what the search left before it
    auto first = head(*opened);
    if (!first) return first.error();
    const auto mark = *first == nullptr ? std::nullopt : OutputMark::of((*first)->headers);
    if (*first == nullptr || (mark && mark->task == task_ && mark->seq >= number)) break;
    opened->of_task = opened->of_task || (mark && mark->task == task_);
    take(*opened);
  }
  return opened;
}

// An offset that does not lie behind the task's record of this number: its numbers grow with the offsets.
Result<std::int64_t> Emitted::search(Source& source, std::int64_t number) {
  std::int64_t low = source.start, high = source.end;
  if (high - low <= near_enough) return low;
  auto reader = log_->reader(log::Isolation::read_committed);
  if (!reader) return reader.error();
  while (high - low > near_enough) {
    const std::int64_t middle = low + (high - low) / 2;
    auto first = first_number(**reader, source.partition, middle, high);
    if (!first) return first.error();
    if (*first && **first < number) {
      low = middle;
      source.of_task = true;
    } else {
      high = middle;
    }
  }
  return low;
}

// Of the task's first record in [from, to).
Result<std::optional<std::int64_t>> Emitted::first_number(log::Reader& reader, const log::TopicPartition& partition, std::int64_t from,
                                                          std::int64_t to) {
  const log::InputTag tag[] = {{probes_++}};
  const log::Assignment assignment[] = {{partition, {from}, tag[0]}};
  if (Status added = reader.add(assignment); !added) return added.error();
  std::optional<std::int64_t> number;
  const auto began = log_->time().monotonic();
  for (std::int64_t next = from; next < to && !number;) {
    auto batch = reader.poll(poll_records, poll_deadline);
    if (!batch) return batch.error();
    for (const log::Record& r : (*batch)->records()) {
      if (r.input != tag[0] || number || r.offset.value >= to) continue;
      if (const auto mark = OutputMark::of(r.headers); mark && mark->task == task_) number = mark->seq;
    }
    for (const log::Progress& p : (*batch)->progress())
      if (p.input == tag[0]) next = std::max(next, p.next.value);
    if (next == from && log_->time().monotonic() - began > patience)
      return Error{Remedy::stop, "nothing could be read from " + place(partition) + " at offset " + std::to_string(from)};
  }
  reader.remove(tag);
  return number;
}

// Nothing is queued: is there nothing? What is still in an open transaction may become visible after its chronicle record.
Result<bool> Emitted::ended(Source& source) {
  if (source.next < source.end) return false;
  auto stable = log_->bounds(source.partition, log::Isolation::read_committed);
  if (!stable) return stable.error();
  auto all = log_->bounds(source.partition, log::Isolation::read_uncommitted);
  if (!all) return all.error();
  source.end = stable->end.value;
  return source.next >= source.end && stable->end == all->end;
}

Result<const log::Record*> Emitted::head(Source& source) {
  const log::Record* none = nullptr;
  for (const auto began = log_->time().monotonic(); source.chunks.empty();) {
    auto over = ended(source);
    if (!over) return over.error();
    if (*over) return none;
    if (log_->time().monotonic() - began > patience)
      return Error{Remedy::stop, "nothing could be read from " + place(source.partition) + " at offset " + std::to_string(source.next) +
                                     ": it is gone, or a transaction is open there"};
    if (Status pumped = pump(); !pumped) return pumped.error();
  }
  return &source.chunks.front().records[source.at];
}

void Emitted::take(Source& source) {
  source.bytes -= bytes_of(source.chunks.front().records[source.at]);
  if (++source.at == source.chunks.front().records.size()) {
    source.chunks.pop_front();
    source.at = 0;
  }
  if (source.paused && source.bytes < queue_bytes_max_ / 4) {
    reader_->resume(source.tag);
    source.paused = false;
  }
}

Status Emitted::pump() {
  auto polled = reader_->poll(poll_records, poll_deadline);
  if (!polled) return polled.error();
  const std::shared_ptr<const log::Batch> batch = std::move(*polled);
  const std::span<const log::Record> records = batch->records();
  for (std::size_t from = 0, to = 0; from < records.size(); from = to) {
    Source& source = *by_tag_[records[from].input.value];
    for (to = from; to < records.size() && records[to].input == records[from].input; ++to) source.bytes += bytes_of(records[to]);
    source.chunks.push_back({batch, records.subspan(from, to - from)});
    source.next = records[to - 1].offset.next().value;
  }
  for (const log::Progress& p : batch->progress()) {
    Source& source = *by_tag_[p.input.value];
    source.next = std::max(source.next, p.next.value);
  }
  for (Source* source : by_tag_) {
    if (source->paused || source->bytes <= queue_bytes_max_) continue;
    reader_->pause(source->tag);
    source->paused = true;
  }
  return Done{};
}

}  // namespace due::runtime
