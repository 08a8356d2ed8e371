// When a worker is through, and how it ends: committed, persisted, sealed. And how a task ends that cannot go on, while its worker does.
#include <algorithm>

#include "schemas/simulated/crash_point.h"
#include "stream/runtime/worker.h"

namespace due::runtime {
namespace {

constexpr std::chrono::microseconds ask_others_every{100'000};
constexpr int stop_tries = 3;
constexpr int glances_max = 500;  // of some milliseconds each, at a partition's end

}  // namespace

bool Worker::caught_up() {
  if ((slots_.empty() && stopped_.empty()) || !recovering_.empty() || cycle_->in_flight() || anything_open()) return false;
  if (!std::all_of(slots_.begin(), slots_.end(), [](const auto& s) { return s.second.task->queues().all_at_end(); })) return false;
  const auto at = log_.time().monotonic();
  if (at - last_asked_ < ask_others_every) return false;
  last_asked_ = at;
  return others_caught_up() && internal_inputs_read();  // in this order: what others have done may have an answer for us
}

// A partition that no member of ours owns may belong to one that died: its spine must have been read to its end as well.
bool Worker::others_caught_up() {
  auto others = factory_.all_tasks();
  if (!others) return false;
  std::erase_if(*others, [this](const log::TopicPartition& p) { return slots_.contains(p) || stopped_.contains(p); });
  if (others->empty()) return true;
  const auto positions = log_.committed(options_.app, *others, log::Duration(1'000));
  if (!positions) return false;
  for (std::size_t i = 0; i < others->size(); ++i) {
    const auto bounds = log_.bounds((*others)[i], log::Isolation::read_committed);
    if (!bounds || !(*positions)[i] || !nothing_within((*others)[i], (*positions)[i]->next.value, bounds->end.value)) return false;
  }
  return true;
}

// What our own tasks have told each other is newer than the reader's last look.
bool Worker::internal_inputs_read() {
  for (const auto& [spine, slot] : slots_) {
    const Task& task = *slot.task;
    for (std::size_t i = 0; i < task.inputs(); ++i) {
      if (!factory_.is_internal(task.input_name(i))) continue;
      const auto bounds = log_.bounds(task.input(i), log::Isolation::read_committed);
      if (!bounds || slot.task->queues().expected(i) < bounds->end.value) return false;
    }
  }
  return true;
}

// No record lies there. A topic that is written in transactions ends with a marker, which no position need be behind.
bool Worker::nothing_within(const log::TopicPartition& partition, std::int64_t from, std::int64_t end) {
  if (from >= end) return true;
  auto reader = ChronicleReader::open(log_, log::Isolation::read_committed, partition, from, end);
  if (!reader) return false;
  for (int glances = 0; glances < glances_max; ++glances) {
    const auto record = reader->next();
    if (!record || *record != nullptr) return false;
    if (reader->at_end()) return true;
  }
  return false;
}

// Nothing more to do for one that only seals. Whom the group gives nothing waits for as long as it takes to give away what the dead had.
bool Worker::all_recovered() const {
  if (!recovering_.empty() || cycle_->in_flight()) return false;
  return !slots_.empty() || !stopped_.empty() || log_.time().monotonic() - joined_at_ > 3 * options_.session_timeout;
}

// What it sealed stands. What it computed behind that is dropped with the step that failed, as for a revoke: whoever tries next finds the
// record in the inputs, and an order to pass over it ahead of that.
Status Worker::stop_task(const log::TopicPartition& spine, const std::string& why) {
  Stopped stopped{why, {}};
  if (slots_.contains(spine)) {
    stopped.standing = standing_of(*slots_.at(spine).task);
    if (Status collected = collect_persisted(); !collected) return collected;
    if (Status released = release({spine}, Rest::dropped); !released) return released;
  }
  stopped.standing.task = factory_.name_of(spine);
  stopped.standing.stage = "stopped";
  const std::string named = "task " + stopped.standing.task + ' ';
  stopped.standing.why_not = why.starts_with(named) ? why.substr(named.size()) : why;
  report_(Level::error, "task.stopped", {{"task", stopped.standing.task}, {"why", why}});
  drop(spine);
  stopped_.insert_or_assign(spine, std::move(stopped));
  return Done{};
}

// What was computed, and whatever a doubtful outcome leaves to be sent again.
Status Worker::commit_rest() {
  if (Status settled = settle_now(); !settled) return settled;
  for (int tries = 0; anything_open() && tries < stop_tries; ++tries) {
    launch();
    crash_point("stop.sent");
    if (Status settled = settle_now(); !settled) return settled;
  }
  return Done{};
}

// Behind what is durable: whoever finds a sealed record finds a state that needs no fold, and a boundary of which checkpoints are taken.
Status Worker::seal_all() {
  for (auto& [spine, slot] : slots_) slot.task->seal_state();
  if (Status released = release(spines(), Rest::committed); !released) return released;
  return commit_rest();  // a doubtful release is sent again, or it would not be one
}

Result<WorkerFigures> Worker::finish() {
  crash_point("stop.begun");
  recovering_.clear();
  if (Status collected = collect_persisted(); !collected) return collected.error();
  standbys_.reset();
  if (options_.seal_only) std::erase_if(slots_, [](const auto& s) { return s.second.task->last().seq < 0; });  // nothing to seal yet
  try {
    if (Status committed = commit_rest(); !committed) return committed.error();
    crash_point("stop.committed");
    figures_.sealed = again_.empty() && !anything_open();
    // Also where nothing more is persisted: what a round under way writes from is let go of below.
    if (Status persisted = figures_.sealed ? persist_all_now() : collect_persisted(); !persisted) return persisted.error();
    crash_point("stop.persisted");
    if (figures_.sealed)
      if (Status sealed = seal_all(); !sealed) return sealed.error();
    figures_.sealed = again_.empty() && !anything_open();
  } catch (const state::StoreFailure& failure) {
    return Error{Remedy::stop, failure.what()};
  }
  crash_point("stop.sealed");
  for (const auto& [spine, s] : stopped_) figures_.stopped.emplace(s.standing.task, s.why);
  if (figures_.sealed) {
    figures_.tasks_sealed = static_cast<std::int64_t>(slots_.size());
    for (const auto& [spine, slot] : slots_) figures_.digest = figures_.digest.plus(slot.task->machine().cache().digest());
    report_(Level::info, "worker.stopped", {{"tasks", slots_.size()}, {"digest", figures_.digest.hex()}});
  } else {
    report_(Level::warning, "worker.stopped",
            {{"tasks", slots_.size()}, {"sealed", 0}, {"why", "what was computed last could not be committed"}});
  }
  slots_.clear();
  return figures_;
}

}  // namespace due::runtime
