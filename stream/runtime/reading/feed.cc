#include "stream/runtime/reading/feed.h"

#include <algorithm>

#include "schemas/simulated/crash_point.h"

namespace due::runtime {

Feed::Feed(std::unique_ptr<log::Reader> reader, std::size_t queue_bytes_max, std::size_t queued_bytes_max)
    : reader_(std::move(reader)), queue_bytes_max_(queue_bytes_max), queued_bytes_max_(queued_bytes_max) {}

Feed::Source& Feed::open_source(log::TopicPartition partition, std::int64_t from, std::vector<log::Assignment>& assignments) {
  const log::InputTag tag{static_cast<std::uint32_t>(sources_.size())};
  assignments.push_back({partition, {from}, tag});
  Source& source = sources_.emplace_back();
  source.partition = std::move(partition);
  source.next = from;
  return source;
}

Status Feed::add(Task& task) {
  std::vector<log::Assignment> assignments;
  for (std::size_t i = 0; i < task.inputs(); ++i) {
    if (task.is_broadcast(i)) {
      subscribe(task, i, assignments);
    } else {
      open_source(task.input(i), task.queues().expected(i), assignments).receivers.push_back({&task, i});
    }
  }
  return reader_->add(assignments);
}

void Feed::subscribe(Task& task, std::size_t input, std::vector<log::Assignment>& assignments) {
  const std::int64_t from = task.queues().expected(input);
  const auto read = broadcast_.find(task.input(input));
  if (read == broadcast_.end()) {
    broadcast_[task.input(input)] = static_cast<std::uint32_t>(sources_.size());
    Source& source = open_source(task.input(input), from, assignments);
    source.broadcast = true;
    source.receivers.push_back({&task, input});
    return;
  }
  sources_[read->second].receivers.push_back({&task, input});
  read_again(read->second, std::min(from, sources_[read->second].next), assignments);  // also to be told of the end once more
}

// Under a new tag: what the old one still delivers is nobody's. Whoever needs what lies before `from` stays behind.
void Feed::read_again(std::uint32_t tag, std::int64_t from, std::vector<log::Assignment>& assignments) {
  const log::InputTag old[] = {{tag}};
  reader_->remove(old);
  Source gone = std::move(sources_[tag]);
  sources_[tag].receivers.clear();
  broadcast_[gone.partition] = static_cast<std::uint32_t>(sources_.size());
  Source& source = open_source(gone.partition, from, assignments);
  source.broadcast = true;
  source.receivers = std::move(gone.receivers);
  for (Receiver& r : source.receivers) r.behind = r.task->queues().expected(r.input) < from;
}

void Feed::remove(Task& task) {
  std::vector<log::InputTag> tags;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Source& source = sources_[i];
    if (std::erase_if(source.receivers, [&](const Receiver& r) { return r.task == &task; }) == 0 || !source.receivers.empty()) continue;
    tags.push_back({static_cast<std::uint32_t>(i)});
    if (source.broadcast) broadcast_.erase(source.partition);
  }
  if (!tags.empty()) reader_->remove(tags);
}

void Feed::deliver(Source& source, const std::shared_ptr<const log::Batch>& batch, std::span<const log::Record> records) {
  for (const Receiver& r : source.receivers) {
    if (r.behind) continue;
    std::span<const log::Record> fresh = records;
    if (const std::int64_t expected = r.task->queues().expected(r.input); fresh.front().offset.value < expected) {
      const auto first = std::partition_point(fresh.begin(), fresh.end(), [&](const log::Record& x) { return x.offset.value < expected; });
      fresh = fresh.subspan(static_cast<std::size_t>(first - fresh.begin()));
      if (fresh.empty()) continue;
    }
    r.task->queues().offer(r.input, batch, fresh);
  }
  source.next = records.back().offset.next().value;
}

Status Feed::pump(std::size_t records_max, log::Duration deadline) {
  auto polled = reader_->poll(records_max, deadline);
  if (!polled) return polled.error();
  const std::shared_ptr<const log::Batch> batch = std::move(*polled);
  const std::span<const log::Record> records = batch->records();
  for (std::size_t from = 0; from < records.size();) {
    std::size_t to = from + 1;
    while (to < records.size() && records[to].input == records[from].input) ++to;
    deliver(sources_[records[from].input.value], batch, records.subspan(from, to - from));
    from = to;
  }
  for (const log::Progress& p : batch->progress()) {
    Source& source = sources_[p.input.value];
    source.next = std::max(source.next, p.next.value);
    for (const Receiver& r : source.receivers)
      if (!r.behind) r.task->queues().progress(r.input, p.next.value, p.at_end);
  }
  if (!records.empty()) crash_point("feed.delivered");
  return Done{};
}

// Those that hold nothing need no room: the others may have it.
std::size_t Feed::input_bytes_max() const {
  std::size_t holding = 0;
  for (const Source& source : sources_)
    for (const Receiver& r : source.receivers) holding += r.task->queues().queued_bytes(r.input) > 0 ? 1 : 0;
  return std::min(queue_bytes_max_, queued_bytes_max_ / std::max<std::size_t>(holding, 1));
}

Status Feed::balance() {
  const std::size_t bytes_max = input_bytes_max();
  std::vector<log::Assignment> assignments;
  const std::size_t tags = sources_.size();
  for (std::uint32_t tag = 0; tag < tags; ++tag) {
    if (sources_[tag].receivers.empty()) continue;
    if (sources_[tag].broadcast) {
      balance_broadcast(tag, assignments);
    } else {
      balance_own(tag, bytes_max);
    }
  }
  return assignments.empty() ? Status(Done{}) : reader_->add(assignments);
}

void Feed::balance_own(std::uint32_t tag, std::size_t bytes_max) {
  Source& source = sources_[tag];
  const Receiver& r = source.receivers.front();
  const std::size_t queued = r.task->queues().queued_bytes(r.input);
  if (!source.paused && queued > bytes_max) {
    reader_->pause({tag});
    source.paused = true;
  } else if (source.paused && queued < bytes_max / 4) {
    reader_->resume({tag});
    source.paused = false;
  }
}

void Feed::balance_broadcast(std::uint32_t tag, std::vector<log::Assignment>& assignments) {
  std::optional<std::int64_t> again;
  for (Receiver& r : sources_[tag].receivers) {
    const InputQueues& queues = r.task->queues();
    const std::size_t queued = queues.queued_bytes(r.input);
    if (queued > queue_bytes_max_) r.behind = true;
    if (r.behind && queued < queue_bytes_max_ / 4) again = std::min(again.value_or(INT64_MAX), queues.expected(r.input));
  }
  if (again) read_again(tag, *again, assignments);
}

}  // namespace due::runtime
