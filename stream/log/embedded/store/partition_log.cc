#include "stream/log/embedded/store/partition_log.h"

#include <algorithm>
#include <cstring>

namespace due::log::embedded::store {
namespace {

constexpr std::int64_t index_bytes = 16 * 1024;

}  // namespace

void PartitionLog::index(std::int64_t position, Offset offset) {
  if (index_.empty() || position - index_.back().position >= index_bytes) index_.push_back({position, offset});
}

void PartitionLog::index_frames(const std::string& frames, std::int64_t position) {
  Offset offset = end_;
  for (std::size_t at = 0; at < frames.size(); offset = offset.next()) {
    index(position + static_cast<std::int64_t>(at), offset);
    std::uint32_t size = 0;
    std::memcpy(&size, frames.data() + at, sizeof size);
    at += size;
  }
}

Result<PartitionLog::Range> PartitionLog::append(std::string& frames, Writer writer, std::optional<EventTime> log_time) {
  const std::int64_t count = stamp_frames(frames, {.offset = end_.value,
                                                   .producer = writer.producer,
                                                   .epoch = writer.epoch,
                                                   .log_time = log_time,
                                                   .checked = store_->checked()});
  const std::int64_t position = store_->size();
  if (Status stored = store_->append(frames); !stored) return stored.error();
  index_frames(frames, position);
  const Range range{end_, {end_.value + count - 1}};
  end_ = range.last.next();
  if (writer.producer >= 0) open_.emplace(writer.producer, range.first);
  return range;
}

Status PartitionLog::mark(Writer writer, FrameKind marker, EventTime at) {
  std::string frame;
  append_frame(frame, marker, {.timestamp = at});
  const std::int64_t position = store_->size();
  stamp_frames(frame, {.offset = end_.value, .producer = writer.producer, .epoch = writer.epoch, .checked = store_->checked()});
  if (Status stored = store_->append(frame); !stored) return stored.error();
  index(position, end_);
  close(writer.producer, marker, end_);
  end_ = end_.next();
  return Done{};
}

void PartitionLog::close(std::int64_t producer, FrameKind marker, Offset at) {
  const auto open = open_.find(producer);
  if (open == open_.end()) return;
  if (marker == FrameKind::abort_marker) aborted_.push_back({producer, open->second, at});
  open_.erase(open);
}

void PartitionLog::recover(const Frame& frame, std::int64_t position) {
  const Offset offset{frame.head.offset};
  index(position, offset);
  end_ = offset.next();
  if (frame.head.kind == FrameKind::data) {
    if (frame.head.producer >= 0) open_.emplace(frame.head.producer, offset);
  } else {
    close(frame.head.producer, frame.head.kind, offset);
  }
}

void PartitionLog::assume_marked(std::int64_t producer, FrameKind marker) { close(producer, marker, end_); }

Offset PartitionLog::stable_end() const {
  Offset stable = end_;
  for (const auto& [producer, first] : open_) stable = std::min(stable, first);
  return stable;
}

Place PartitionLog::place_of(Offset offset) const {
  if (offset >= end_) return {store_->size(), end_};
  const auto behind = std::upper_bound(index_.begin(), index_.end(), offset, [](Offset o, const Place& p) { return o < p.offset; });
  check(behind != index_.begin(), "an offset before the first index entry");
  return *std::prev(behind);
}

void PartitionLog::aborted_within(Offset from, Offset until, std::vector<Aborted>& out) const {
  auto at = std::lower_bound(aborted_.begin(), aborted_.end(), from, [](const Aborted& a, Offset o) { return a.marker < o; });
  for (; at != aborted_.end(); ++at) {
    if (at->first < until) out.push_back(*at);
  }
}

}  // namespace due::log::embedded::store
