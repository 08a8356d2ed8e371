#include "stream/log/embedded/reader.h"

#include <algorithm>

namespace due::log::embedded {
namespace {

using store::Frame;
using store::FrameHead;
using store::FrameKind;
using store::FrameState;

constexpr std::size_t reserve_max = 4'096;

std::string place(const TopicPartition& partition, Offset offset) {
  return "topic " + partition.topic + " partition " + std::to_string(partition.partition) + " offset " + std::to_string(offset.value);
}

}  // namespace

void StoredBatch::keep(const std::shared_ptr<const void>& owner) {
  if (owners_.empty() || owners_.back() != owner) owners_.push_back(owner);
}

void StoredBatch::add(InputTag input, const Frame& frame) {
  if (frame.head.headers > 0) {
    with_headers_.push_back(records_.size());
    header_counts_.push_back(frame.head.headers);
    frame.append_headers(headers_);
  }
  records_.push_back({.input = input,
                      .offset = {frame.head.offset},
                      .timestamp = {frame.head.timestamp},
                      .key = frame.key(),
                      .value = frame.value(),
                      .headers = {}});
}

void StoredBatch::finish() {
  std::size_t from = 0;
  for (std::size_t i = 0; i < with_headers_.size(); ++i) {
    records_[with_headers_[i]].headers = std::span{headers_}.subspan(from, header_counts_[i]);
    from += header_counts_[i];
  }
}

Status LogReader::add(std::span<const Assignment> inputs) {
  const auto locked = broker_->lock();
  for (const Assignment& a : inputs) {
    const auto log = broker_->topics(locked).partition(a.partition);
    if (!log) return log.error();
    Input input;
    input.partition = a.partition;
    input.log = *log;
    input.next = a.from;
    if (!inputs_.emplace(a.input, std::move(input)).second) {
      return Error{Remedy::stop, "input tag " + std::to_string(a.input.value) + " is in use already"};
    }
  }
  return Done{};
}

void LogReader::remove(std::span<const InputTag> inputs) {
  for (InputTag tag : inputs) inputs_.erase(tag);
}

void LogReader::pause(InputTag input) {
  if (const auto found = inputs_.find(input); found != inputs_.end()) found->second.paused = true;
}

void LogReader::resume(InputTag input) {
  if (const auto found = inputs_.find(input); found != inputs_.end()) found->second.paused = false;
}

Result<std::unique_ptr<Batch>> LogReader::poll(std::size_t records_max, Duration deadline) {
  const Instant until = broker_->time().monotonic() + deadline;
  auto batch = std::make_unique<StoredBatch>();
  for (;;) {
    const auto seen = look();
    if (!seen) return seen.error();
    if (Status filled = fill(*batch, records_max); !filled) return filled.error();
    if (!batch->empty() || broker_->time().monotonic() >= until) {
      batch->finish();
      return std::unique_ptr<Batch>{std::move(batch)};
    }
    auto locked = broker_->lock();
    if (broker_->announced(locked) == *seen) broker_->wait(locked, until);
  }
}

Result<std::uint64_t> LogReader::look() {
  const auto locked = broker_->lock();
  broker_->transactions(locked).expire();
  for (auto& [tag, input] : inputs_) {
    if (input.paused) continue;
    if (Status looked = look(input); !looked) return looked.error();
  }
  return broker_->announced(locked);
}

Status LogReader::look(Input& input) {
  const store::PartitionLog& log = *input.log;
  if (log.retired()) return Error{Remedy::stop, "topic " + input.partition.topic + " was deleted while it was read"};
  if (input.next < log.start() || input.next > log.end()) {
    return Error{Remedy::stop, place(input.partition, input.next) + " is out of range: it holds [" + std::to_string(log.start().value) +
                                   ", " + std::to_string(log.end().value) + "); was the topic created again?"};
  }
  input.limit = isolation_ == Isolation::read_committed ? log.stable_end() : log.end();
  input.stored = log.store().size();
  input.aborted.clear();
  if (input.next >= input.limit) return Done{};
  if (!input.placed) {
    input.position = log.place_of(input.next).position;
    input.placed = true;
  }
  if (isolation_ == Isolation::read_committed) log.aborted_within(input.next, input.limit, input.aborted);
  return Done{};
}

Status LogReader::fill(StoredBatch& batch, std::size_t records_max) {
  std::vector<std::pair<InputTag, Input*>> ready;
  for (auto& [tag, input] : inputs_) {
    if (!input.paused) ready.emplace_back(tag, &input);
  }
  // Whoever was served last comes last, and everybody gets a share: a merge waits for the heads of all inputs.
  const auto begin = std::find_if(ready.begin(), ready.end(), [this](const auto& r) { return r.first > first_; });
  std::rotate(ready.begin(), begin, ready.end());
  batch.reserve(std::min(records_max, reserve_max));
  std::size_t inputs_left = ready.size();
  for (auto& [tag, input] : ready) {
    const std::size_t left = records_max - batch.size();
    const Offset before = input->next;
    if (Status taken = take(tag, *input, (left + inputs_left - 1) / inputs_left, batch); !taken) return taken;
    --inputs_left;
    const bool moved = input->next != before, at_end = input->next >= input->limit;
    if (moved || (at_end && !input->end_told)) {
      batch.moved({.input = tag, .next = input->next, .at_end = at_end});
      if (moved) first_ = tag;
    }
    input->end_told = at_end;
  }
  return Done{};
}

Status LogReader::take(InputTag tag, Input& input, std::size_t records_max, StoredBatch& batch) {
  Frame frame;
  while (records_max > 0 && input.next < input.limit) {
    const auto found = next_frame(input, frame, batch);
    if (!found) return found.error();
    check(*found, "a partition ends before its last offset");
    input.position += frame.head.size;
    input.block.bytes.remove_prefix(frame.head.size);
    const Offset offset{frame.head.offset};
    if (offset < input.next) continue;  // reading began at an index entry before it
    input.next = offset.next();
    if (!visible(input, frame.head)) continue;
    batch.add(tag, frame);
    --records_max;
  }
  return Done{};
}

// The frame at the input's position, reading a further block where the present one ends.
Result<bool> LogReader::next_frame(Input& input, Frame& frame, StoredBatch& batch) {
  const bool checked = input.log->store().checked();
  for (int reads = 0; reads < 2; ++reads) {
    const FrameState state = store::split_frame(input.block.bytes, checked, frame);
    if (state == FrameState::whole) {
      batch.keep(input.block.owner);
      return true;
    }
    if (state == FrameState::bad) break;
    if (input.position >= input.stored) return false;
    auto block = input.log->store().read(input.position, input.stored);
    if (!block) return block.error();
    input.block = std::move(*block);
  }
  // The offset is exact: frames before it were looked at in order.
  return Error{Remedy::stop, place(input.partition, input.next) + " is corrupt (byte " + std::to_string(input.position) +
                                 " of its file): restore the directory from a copy"};
}

bool LogReader::visible(const Input& input, const FrameHead& head) const {
  if (head.kind != FrameKind::data) return false;
  if (head.producer < 0 || input.aborted.empty()) return true;
  return std::none_of(input.aborted.begin(), input.aborted.end(), [&head](const store::Aborted& a) {
    return a.producer == head.producer && a.first.value <= head.offset && head.offset < a.marker.value;
  });
}

}  // namespace due::log::embedded
