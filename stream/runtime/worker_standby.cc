// The tasks that a worker folds for others, and how one of them becomes its own.
#include "schemas/simulated/crash_point.h"
#include "schemas/simulated/plant.h"
#include "stream/runtime/worker.h"

namespace due::runtime {

// What a standby holds was folded from committed records and compared, and never computed ahead of the log: so it may go on where it
// stands. The rest is a recovery like any other: fence who may still write, fold what is missing, agree with the position.
void Worker::assigned(const log::TopicPartition& spine) {
  Recovering& r = recovering_[spine];
  r.since = log_.time().monotonic();
  if (!standbys_) return;
  auto taken = standbys_->take(spine);
  if (!taken) return;
  ++figures_.promoted;
  r.task = std::move(taken->task);
  topics_->expect(r.task->origins());
  r.recovery = std::make_unique<Recovery>(log_, *feed_, recovery_options_, report_, *r.task);
  r.recovery->owned_since(r.since);
  r.recovery->go_on_from(taken->chronicle_from);
}

// Behind the live tasks, which wait for one slice at most; not while a task of ours is being recovered, which is more urgent.
Status Worker::standby_turn() {
  standby_moved_ = false;
  if (!standbys_ || !recovering_.empty() || membership_->identity().generation < 0) return Done{};
  std::set<log::TopicPartition> owned;
  for (const auto& [spine, slot] : slots_) owned.insert(spine);
  for (const auto& [spine, stopped] : stopped_) owned.insert(spine);
  standbys_->choose(owned);
  const std::size_t steps = standbys_->turn();
  figures_.standby_steps += static_cast<std::int64_t>(steps);
  standby_moved_ = steps > 0;
  return Done{};
}

}  // namespace due::runtime
