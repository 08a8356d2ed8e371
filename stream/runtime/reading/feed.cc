#include "stream/runtime/reading/feed.h"

namespace due::runtime {

Feed::Feed(std::unique_ptr<log::Reader> reader, std::size_t queue_bytes_max)
    : reader_(std::move(reader)), queue_bytes_max_(queue_bytes_max) {}

Status Feed::add(Task& task, const std::vector<std::string>& input_topics) {
  std::vector<log::Assignment> assignments;
  for (std::size_t i = 0; i < input_topics.size(); ++i) {
    const log::InputTag tag{static_cast<std::uint32_t>(targets_.size())};
    targets_.push_back({&task, i, false});
    assignments.push_back({{input_topics[i], task.partition()}, {task.queues().position(i)}, tag});
  }
  return reader_->add(assignments);
}

void Feed::remove(Task& task) {
  std::vector<log::InputTag> tags;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (targets_[i].task != &task) continue;
    targets_[i].task = nullptr;
    tags.push_back({static_cast<std::uint32_t>(i)});
  }
  if (!tags.empty()) reader_->remove(tags);
}

Status Feed::pump(std::size_t records_max, log::Duration deadline) {
  auto polled = reader_->poll(records_max, deadline);
  if (!polled) return polled.error();
  const std::shared_ptr<const log::Batch> batch = std::move(*polled);
  const std::span<const log::Record> records = batch->records();
  for (std::size_t from = 0; from < records.size();) {
    std::size_t to = from + 1;
    while (to < records.size() && records[to].input == records[from].input) ++to;
    const Target& target = targets_[records[from].input.value];
    if (target.task != nullptr) target.task->queues().offer(target.input, batch, records.subspan(from, to - from));
    from = to;
  }
  for (const log::Progress& p : batch->progress())
    if (const Target& target = targets_[p.input.value]; target.task != nullptr)
      target.task->queues().progress(target.input, p.next.value, p.at_end);
  delivered_ += records.size();
  return Done{};
}

void Feed::balance() {
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    Target& t = targets_[i];
    if (t.task == nullptr) continue;
    const std::size_t queued = t.task->queues().queued_bytes(t.input);
    const log::InputTag tag{static_cast<std::uint32_t>(i)};
    if (!t.paused && queued > queue_bytes_max_) {
      reader_->pause(tag);
      t.paused = true;
    } else if (t.paused && queued < queue_bytes_max_ / 4) {
      reader_->resume(tag);
      t.paused = false;
    }
  }
}

}  // namespace due::runtime
