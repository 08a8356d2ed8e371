// What a worker says of itself for metrics and health.
#include <algorithm>
#include <map>

#include "stream/runtime/worker.h"

namespace due::runtime {
namespace {

constexpr std::chrono::microseconds say_every{200'000};

std::string why_not(const Recovery& recovery) {
  switch (recovery.stage()) {
    case Recovery::Stage::opening: return "opens its state";
    case Recovery::Stage::searching: return "reads in its chronicle who wrote last";
    case Recovery::Stage::fencing: return "fences who wrote last";
    case Recovery::Stage::settling: return "waits for a transaction in its chronicle to end";
    case Recovery::Stage::folding:
      return "folds what its chronicle holds behind the state on disk: " + std::to_string(recovery.figures().steps_folded) +
             " steps so far";
    case Recovery::Stage::done: return "is about to go live";
  }
  return "";
}

}  // namespace

TaskStanding standing_of(Task& task) {
  TaskStanding s;
  s.task = task.name();
  s.stage = "live";
  s.time = task.machine().now().time;
  s.tail_steps = task.steps_since_persist();
  for (std::size_t i = 0; i < task.inputs(); ++i) {
    const log::TopicPartition p = task.input(i);
    s.inputs.push_back({p.topic, p.partition, task.queues().position(i), task.queues().at_end(i)});
  }
  return s;
}

CacheStanding& operator+=(CacheStanding& sum, const state::ObjectCache& cache) {
  const auto& c = cache.counts();
  sum.found += c.found;
  sum.loaded += c.loaded;
  sum.absent += c.absent;
  sum.evicted += c.evicted;
  return sum;
}

// Of a transaction whose outcome cannot be brought about: the records that its batches were computed from.
Error Worker::naming_what_was_sent(const Error& error) const {
  std::string text = error.what;
  const char* before = ". It held ";
  for (const SealedBatch& b : cycle_->sent()) {
    const auto slot = slots_.find(b.position.partition);
    if (!b.buffer || slot == slots_.end()) continue;
    const auto record = decode_chronicle(b.buffer->records.back().value.value_or(""));
    if (!record) continue;
    const Task& task = *slot->second.task;
    std::map<std::uint32_t, std::pair<std::int64_t, std::int64_t>> taken;
    for (const Run& run : record->runs)
      if (run.input != Run::tick) taken.try_emplace(run.input, run.first, run.last).first->second.second = run.last;
    for (const auto& [input, offsets] : taken) {
      text += before + task.name() + ": " + task.input_name(input) + " partition " + std::to_string(task.input(input).partition) +
              " offsets " + std::to_string(offsets.first) + " to " + std::to_string(offsets.second);
      before = ", ";
    }
  }
  text += ". If the log refuses what one of these records causes, pass over that one (docs/runbook.md, A record stops a task)";
  return {error.remedy, text};
}

void Worker::say_standing() {
  const auto at = log_.time().monotonic();
  if (at - last_said_ < say_every) return;
  last_said_ = at;
  WorkerStanding s;
  s.instance = options_.instance;
  s.at = at;
  s.member = membership_->identity().generation >= 0;
  s.cache = cache_of_gone_;
  std::int64_t tail = 0;
  for (const auto& [spine, slot] : slots_) {
    TaskStanding t = standing_of(*slot.task);
    if (slot.position_missing) t.why_not = "commits its position again, which the group has forgotten";
    if (slot.task->queues().held()) t.why_not = "applies the broadcast inputs up to their end first";
    tail += t.tail_steps;
    s.tasks.push_back(std::move(t));
    s.cache += slot.task->machine().cache();
    s.cache.bytes += slot.task->machine().cache().bytes();
    s.cache.changed_bytes += slot.task->machine().cache().changed_bytes();
  }
  for (const auto& [spine, r] : recovering_) {
    TaskStanding t;
    if (r.task) t = standing_of(*r.task);
    t.task = factory_.name_of(spine);
    t.stage = r.task ? name_of(r.recovery->stage()) : "waiting";
    t.why_not = r.task ? why_not(*r.recovery) : "waits for its turn to be recovered";
    s.tasks.push_back(std::move(t));
  }
  for (const auto& [spine, stopped] : stopped_) s.tasks.push_back(stopped.standing);
  if (standbys_) s.standbys = standbys_->standings();
  s.counts = figures_.counts;
  s.commits = figures_.commits_took;
  s.doubtful_batches = figures_.doubtful_batches;
  s.persists = figures_.persists;
  s.persisted_bytes = figures_.persisted_bytes;
  s.revokes = figures_.revokes;
  s.steps_folded = figures_.steps_folded;
  s.standby_steps = figures_.standby_steps;
  s.fold_rate = fold_rate_;
  s.recovery_estimate = std::chrono::microseconds(static_cast<std::int64_t>(static_cast<double>(tail) / fold_rate_ * 1e6));
  board_.write(std::move(s));
}

}  // namespace due::runtime
