#include "stream/runtime/worker.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "schemas/simulated/crash_point.h"
#include "schemas/simulated/plant.h"

namespace due::runtime {
namespace {

constexpr std::chrono::microseconds stand_every{1'000'000};
constexpr std::chrono::microseconds serve_every{20'000};
constexpr int take_tries = 5;

}  // namespace

Worker::Worker(log::Log& log, WorkerOptions options, Report report)
    : log_(log), options_(std::move(options)), report_(std::move(report)), factory_(log_, options_) {}

Worker::~Worker() = default;

// What an input is waited for is measured in time spent polling: while this thread was busy or stalled, nothing could come.
Task::Now Worker::now() const { return {log_.time().wall(), polled_}; }

Result<WorkerFigures> Worker::run() {
  if (Status started = start(); !started) return started.error();
  while (true) {
    auto turned = turn();
    if (!turned) return turned.error();
    if (*turned == Turn::over) break;
  }
  if (crash_) return figures_;
  return finish();
}

Status Worker::start() {
  persister_ = std::make_unique<Persister>(options_.make_lane());
  if (options_.standby_max > 0 && !options_.seal_only) standbys_ = std::make_unique<Standbys>(log_, factory_, options_, report_);
  auto reader = log_.reader(planted("reads-uncommitted") ? log::Isolation::read_uncommitted : log::Isolation::read_committed);
  if (!reader) return reader.error();
  feed_ = std::make_unique<Feed>(std::move(*reader), options_.queue_bytes_max, options_.queued_bytes_max);
  topics_ = std::make_unique<TopicWatch>(log_, options_.make_lane());
  CommitCycle::Options cycle;
  cycle.group = options_.app;
  cycle.committer.transactional_id = options_.instance;
  cycle.committer.topics = factory_.writer_topics();
  cycle.committer.transaction_timeout = options_.transaction_timeout;
  cycle_ = std::make_unique<CommitCycle>(log_, cycle, report_);
  const auto began = log_.time().monotonic();
  if (Status opened = cycle_->open(); !opened) return opened;
  const auto fenced = log_.time().monotonic() - began;
  crash_point("worker.opened");
  recovery_options_.group = options_.app;
  recovery_options_.own_transactional_id = options_.instance;
  recovery_options_.committer = cycle.committer;
  recovery_options_.committer.open_patience = options_.session_timeout / 3;  // the group is not served meanwhile
  auto joined = log_.join({options_.app, options_.instance, {factory_.assigned_topic()}, options_.session_timeout});
  if (!joined) return joined.error();
  membership_ = std::move(*joined);
  joined_at_ = log_.time().monotonic();
  crash_point("worker.joined");
  report_(Level::debug, "worker.started", {{"transactional_id", options_.instance}, {"fence_ms", fenced.count() / 1'000}});
  return Done{};
}

Result<Worker::Turn> Worker::turn() {
  if (stop_ || crash_) return Turn::over;
  try {
    if (Status done = once(); !done) return done.error();
  } catch (const state::StoreFailure& failure) {
    return Error{Remedy::stop, failure.what()};
  }
  if (options_.seal_only) return all_recovered() ? Turn::over : Turn::more;
  return options_.until_caught_up && caught_up() ? Turn::over : Turn::more;
}

// Once a second, for whoever asks why nothing moves: where every input stands and what is held up by what.
void Worker::report_stand() {
  const auto at = log_.time().monotonic();
  if (at - last_stand_ < stand_every) return;
  last_stand_ = at;
  if (!report_.wants(Level::debug)) return;
  for (auto& [spine, slot] : slots_) {
    std::vector<std::string> inputs;
    std::vector<Field> fields{{"task", slot.task->name()}};
    InputQueues& q = slot.task->queues();
    for (std::size_t i = 0; i < q.size(); ++i)
      inputs.push_back(std::to_string(q.position(i)) + (q.at_end(i) ? "(end)" : q.queued_bytes(i) > 0 ? "(queued)" : "(awaited)"));
    for (std::size_t i = 0; i < q.size(); ++i) fields.emplace_back(slot.task->input_name(i), inputs[i]);
    fields.emplace_back("open", slot.task->open_records());
    fields.emplace_back("in_flight", cycle_->in_flight());
    fields.emplace_back("boundary", boundary_wanted_);
    report_(Level::debug, "task.stand", fields);
  }
  for (const auto& [spine, r] : recovering_)
    if (r.recovery)
      report_(Level::debug, "task.recovering",
              {{"task", r.task->name()},
               {"stage", name_of(r.recovery->stage())},
               {"seq", r.task->last().seq},
               {"folded_steps", r.recovery->figures().steps_folded}});
}

Status Worker::once() {
  report_stand();
  say_standing();
  if (Status served = serve_group(); !served) return served;
  if (Status same = topics_->look(); !same) return same;
  const bool idle_before = !anything_open() && !cycle_->in_flight() && !recovery_moved_ && !worked_ && !standby_moved_;
  if (hungry_ || !recovering_.empty()) {
    const auto began = log_.time().monotonic();
    if (Status pumped = feed_->pump(options_.fetch_records, idle_before ? options_.idle_wait : log::Duration(0)); !pumped) return pumped;
    polled_ += log_.time().monotonic() - began;
    if (Status balanced = feed_->balance(); !balanced) return balanced;
  }
  if (Status recovered = recover(); !recovered) return recovered;
  if (options_.seal_only) return Done{};
  ask_log_time();
  const auto steps = compute();
  if (!steps) return steps.error();
  if (cycle_->in_flight()) {
    const bool only_wait = *steps == 0 && !recovery_moved_;
    if (Status settled = settle_in_flight(only_wait ? log::Duration(2) : log::Duration(0)); !settled) return settled;
  }
  if (!cycle_->in_flight() && launch_due(*steps == 0)) launch();
  if (Status folded = standby_turn(); !folded) return folded;
  return persist_step();
}

// ----------------------------------------------------------------------------------------------------------------- the group

Status Worker::serve_group() {
  const auto at = log_.time().monotonic();
  const bool nothing_to_do = slots_.empty() && recovering_.empty() && !standby_moved_;
  if (at - last_served_ < serve_every && !nothing_to_do) return Done{};
  last_served_ = at;
  while (true) {
    auto event = membership_->poll(log::Duration(nothing_to_do ? 10 : 0));
    if (!event) return event.error().remedy == Remedy::retry ? Status(Done{}) : Status(event.error());
    if (!*event) return Done{};
    const log::Rebalance rebalance = std::move(**event);
    crash_point("group.told");
    const std::vector<log::TopicPartition> spines = factory_.spines_of(rebalance.partitions);
    using Kind = log::Rebalance::Kind;
    if (rebalance.kind == Kind::revoked)
      if (Status gone = revoked(spines); !gone) return gone;
    if (rebalance.kind == Kind::lost)
      if (Status gone = lost(spines); !gone) return gone;
    if (Status acknowledged = membership_->acknowledge(rebalance); !acknowledged) return acknowledged;
    crash_point("group.acknowledged");
    if (rebalance.kind != Kind::assigned) continue;
    if (standbys_)
      if (Status collected = collect_persisted(); !collected) return collected;  // before one of them is taken
    for (const log::TopicPartition& p : spines) {
      report_(Level::info, "rebalance.assigned", {{"spine", p.topic}, {"partition", p.partition}});
      if ((planted("resumed-from-memory") || planted("revoke-acknowledged-early")) && slots_.contains(p)) {
        report_(Level::info, "task.recovered", {{"partition", p.partition}});
        continue;
      }
      assigned(p);
    }
  }
}

// A piece of every recovery, but of one fold at a time, so that the first tasks are live soon; and of one task's making, which asks
// the log and opens its rows.
Status Worker::recover() {
  recovery_moved_ = false;
  bool long_piece = false;
  for (auto at = recovering_.begin(); at != recovering_.end();) {
    Recovering& r = at->second;
    const bool takes_long = !r.task || r.recovery->stage() == Recovery::Stage::folding;
    if (takes_long && std::exchange(long_piece, true)) {
      ++at;
      continue;
    }
    const log::TopicPartition spine = at->first;
    Result<Recovery::Step> step = Recovery::Step::waits;
    try {
      step = recover(spine, r);
    } catch (const StepFailure& failure) {
      ++at;
      if (Status stopped = stop_task(spine, failure.what()); !stopped) return stopped;
      continue;
    }
    if (!step) return step.error();
    recovery_moved_ = recovery_moved_ || *step != Recovery::Step::waits;
    if (*step != Recovery::Step::done) {
      ++at;
      continue;
    }
    figures_.steps_folded += r.recovery->figures().steps_folded;
    if (options_.seal_only) feed_->remove(*r.task);
    slots_[spine] = Slot{std::move(r.task), ++epoch_, r.recovery->figures().position_missing};
    at = recovering_.erase(at);
    crash_point("task.live");
  }
  return Done{};
}

Result<Recovery::Step> Worker::recover(const log::TopicPartition& spine, Recovering& r) {
  if (!r.task) {
    auto task = factory_.make(spine);
    if (!task) return task.error();
    r.task = std::move(*task);
    topics_->expect(r.task->origins());
    crash_point("task.made");
    r.recovery = std::make_unique<Recovery>(log_, *feed_, recovery_options_, report_, *r.task);
    r.recovery->owned_since(r.since);
    return Recovery::Step::moved;
  }
  auto step = r.recovery->step();
  if (step) return step;
  if (step.error().remedy == Remedy::stop || ++r.tries > take_tries) return Error{Remedy::stop, step.error().what};
  report_(Level::warning, "task.retry", {{"task", r.task->name()}, {"why", step.error().what}});
  feed_->remove(*r.task);
  r.recovery.reset();
  r.task.reset();
  return Recovery::Step::moved;
}

void Worker::drop(const log::TopicPartition& spine) {
  stopped_.erase(spine);
  if (const auto r = recovering_.find(spine); r != recovering_.end()) {
    if (r->second.task) feed_->remove(*r->second.task);
    recovering_.erase(r);
  }
  const auto slot = slots_.find(spine);
  if (slot == slots_.end()) return;
  feed_->remove(*slot->second.task);
  if (!planted("again-kept")) std::erase_if(again_, [&](const SealedBatch& b) { return b.position.partition == spine; });
  cache_of_gone_ += slot->second.task->machine().cache();
  slots_.erase(slot);
  if (standbys_) standbys_->prefer(spine);
}

// The outcome of everything launched is known before the revoke is acknowledged. What is computed beyond it is dropped: the next owner
// finds it in the inputs. Of a task that is still being recovered nothing was launched.
Status Worker::revoked(const std::vector<log::TopicPartition>& partitions) {
  ++figures_.revokes;
  for (const log::TopicPartition& p : partitions) {
    const auto slot = slots_.find(p);
    report_(Level::info, "rebalance.revoked",
            {{"spine", p.topic},
             {"partition", p.partition},
             {"computed", slot == slots_.end() ? 0 : slot->second.task->open_records()},
             {"in_flight", cycle_->in_flight()},
             {"recovering", recovering_.contains(p)}});
  }
  if (planted("revoke-acknowledged-early")) return Done{};
  if (Status collected = collect_persisted(); !collected) return collected;
  crash_point("revoke.persisted");
  if (Status released = release(partitions, Rest::dropped); !released) return released;
  crash_point("revoke.released");
  for (const log::TopicPartition& p : partitions) drop(p);
  return Done{};
}

Status Worker::settle_now() {
  if (!cycle_->in_flight()) return Done{};
  auto settled = cycle_->settle(options_.revoke_budget);
  if (!settled) return naming_what_was_sent(settled.error());
  return apply(std::move(*settled));
}

bool Worker::sent_again(const log::TopicPartition& spine) const {
  return std::any_of(again_.begin(), again_.end(), [&](const SealedBatch& b) { return b.position.partition == spine; });
}

// Commits that these tasks are free: nothing of theirs is on its way. A batch that has to be sent again keeps its task from that: its
// successor sees it missing and computes it anew.
Status Worker::release(const std::vector<log::TopicPartition>& spines, Rest rest) {
  if (Status settled = settle_now(); !settled) return settled;
  crash_point("release.settled");
  const log::Identity identity = membership_->identity();
  if (identity.generation < 0) return Done{};
  std::vector<SealedBatch> batches;
  for (const log::TopicPartition& p : spines) {
    const auto slot = slots_.find(p);
    if (slot == slots_.end() || sent_again(p)) continue;
    Task& task = *slot->second.task;
    if (rest == Rest::dropped && task.last().seq < 0) continue;  // its genesis was never committed: there is nothing to say
    SealedBatch b = rest == Rest::committed ? task.seal(true) : task.give_up();
    b.epoch = slot->second.epoch;
    slot->second.position_missing = false;
    batches.push_back(std::move(b));
  }
  if (batches.empty()) return Done{};
  last_launch_ = log_.time().monotonic();
  cycle_->launch(std::move(batches), identity);
  crash_point("release.sent");
  return settle_now();
}

Status Worker::lost(const std::vector<log::TopicPartition>& partitions) {
  ++figures_.revokes;
  if (Status settled = settle_now(); !settled) return settled;  // its memory is in use; the outcome counts for the tasks that stay
  crash_point("lost.settled");
  if (Status collected = collect_persisted(); !collected) return collected;
  for (const log::TopicPartition& p : partitions) {
    report_(Level::warning, "rebalance.lost", {{"spine", p.topic}, {"partition", p.partition}});
    if (!planted("resumed-from-memory")) drop(p);
  }
  crash_point("lost.dropped");
  return Done{};
}

// ------------------------------------------------------------------------------------------------------------ compute, commit

// A record without steps, of one task, is committed before anything is computed: its append time is the log's.
void Worker::ask_log_time() {
  if (log_clock_.known() || slots_.empty() || cycle_->in_flight() || anything_open()) return;
  slots_.begin()->second.task->sign_on();
  crash_point("clock.asked");
}

Result<std::size_t> Worker::compute() {
  if (boundary_wanted_ || !log_clock_.known()) return std::size_t{0};
  std::size_t steps = 0;
  hungry_ = slots_.empty();
  const Task::Now at = now();
  const auto began = log_.time().monotonic();
  if (const auto ahead = log_clock_.too_far_ahead(at.wall, began))
    return Error{Remedy::stop, "this machine's clock is " + std::to_string(*ahead / 1'000'000) +
                                   " s ahead of the log's; task time cannot be taken from it: set the clock"};
  std::vector<std::pair<log::TopicPartition, std::string>> failed;
  for (auto& [spine, slot] : slots_) {
    if (slot.position_missing) continue;  // its position is committed again before anything else
    if (spine == persists_next_) continue;
    try {
      const std::size_t n = slot.task->run(options_.slice_records, at);
      if (n > 0) crash_point("compute.stepped");
      hungry_ = hungry_ || n < options_.slice_records;
      if (n == 0 && !slot.task->queues().any() && slot.task->idle_tick(at)) crash_point("tick.idle");
      steps += n;
    } catch (const StepFailure& failure) {
      failed.emplace_back(spine, failure.what());
    }
  }
  for (const auto& [spine, why] : failed)
    if (Status stopped = stop_task(spine, why); !stopped) return stopped.error();
  worked_ = steps > 0;
  if (worked_) {
    const double seconds = std::max(1e-6, std::chrono::duration<double>(log_.time().monotonic() - began).count());
    fold_rate_ = fold_rate_ * 0.95 + static_cast<double>(steps) / seconds * 0.05;
    records_done_ += static_cast<std::int64_t>(steps);
  }
  return steps;
}

bool Worker::anything_open() const {
  return !again_.empty() ||
         std::any_of(slots_.begin(), slots_.end(), [](const auto& s) { return s.second.task->open_batch() || s.second.position_missing; });
}

bool Worker::launch_due(bool idle) const {
  if (!anything_open()) return false;
  if (boundary_wanted_ || !again_.empty() || !log_clock_.known()) return true;
  if (std::any_of(slots_.begin(), slots_.end(),
                  [&](const auto& s) { return s.second.task->full() || (s.first == persists_next_ && s.second.task->open_batch()); }))
    return true;
  const auto interval = idle ? options_.commit_min : std::clamp(commit_took_ * 2, options_.commit_min, options_.commit_max);
  return log_.time().monotonic() - last_launch_ >= interval;
}

void Worker::launch() {
  const log::Identity identity = membership_->identity();
  if (identity.generation < 0) return;  // no generation, no commit: the group is served first
  std::vector<SealedBatch> batches;
  for (auto& [spine, slot] : slots_) {
    if (sent_again(spine) || (!slot.task->open_batch() && !slot.position_missing)) continue;
    SealedBatch b = slot.task->seal(false);
    b.epoch = slot.epoch;
    slot.position_missing = false;
    batches.push_back(std::move(b));
  }
  batches.insert(batches.begin(), std::make_move_iterator(again_.begin()), std::make_move_iterator(again_.end()));
  again_.clear();
  last_launch_ = log_.time().monotonic();
  if (batches.empty()) return;
  crash_point("launch.sealed");
  cycle_->launch(std::move(batches), identity);
  crash_point("launch.sent");
}

Status Worker::settle_in_flight(log::Duration deadline) {
  auto resolved = cycle_->poll(deadline);
  if (!resolved) return naming_what_was_sent(resolved.error());
  if (!*resolved) return Done{};
  return apply(std::move(**resolved));
}

Status Worker::apply(CommitCycle::Resolved resolved) {
  crash_point("outcome.known");
  ++figures_.commits;
  commit_took_ = resolved.took;
  figures_.commit_micros += resolved.took.count();
  figures_.commits_took.add(resolved.took);
  for (const SealedBatch& b : resolved.committed) {
    const auto slot = slots_.find(b.position.partition);
    if (slot == slots_.end() || slot->second.epoch != b.epoch) continue;
    slot->second.task->committed(b);
    figures_.counts.add(b.counts);
  }
  for (SealedBatch& b : resolved.again) {
    ++figures_.doubtful_batches;
    const auto slot = slots_.find(b.position.partition);
    if (slot != slots_.end() && slot->second.epoch == b.epoch) again_.push_back(std::move(b));
    crash_point("outcome.again");
  }
  for (const SealedBatch& b : resolved.gone) {
    const auto slot = slots_.find(b.position.partition);
    if (slot == slots_.end() || slot->second.epoch != b.epoch) continue;
    report_(Level::warning, "task.gone",
            {{"task", slot->second.task->name()}, {"why", "its position names another batch: another member owned it meanwhile"}});
    crash_point("outcome.gone");
    if (planted("gone-kept")) {
      slot->second.task->committed(b);
      continue;
    }
    if (Status collected = collect_persisted(); !collected) return collected;
    drop(b.position.partition);
    // The group will say that it is lost. Until it does, the partition is ours, and nobody else would ever take it up.
    recovering_[b.position.partition];
    last_served_ = std::chrono::microseconds{0};
  }
  if (resolved.log_time) log_clock_.seen(*resolved.log_time, resolved.took, log_.time().monotonic());
  crash_point("outcome.applied");
  return Done{};
}

// ------------------------------------------------------------------------------------------------------------------- persist

bool Worker::too_much_changed() const {
  std::size_t changed = 0;
  for (const auto& [spine, slot] : slots_) changed += slot.task->machine().cache().changed_bytes();
  return changed > options_.cache_bytes_max / 2;
}

bool Worker::tail_is_long() const {
  std::int64_t steps = 0;
  for (const auto& [spine, slot] : slots_) steps += slot.task->steps_since_persist();
  // Half of the budget folds; the other half joins, fences and opens.
  const double fold_seconds = static_cast<double>(steps) / fold_rate_;
  return fold_seconds * 1e6 > static_cast<double>(options_.recovery_budget.count()) / 2;
}

// Takes over what the persister has finished.
Status Worker::collect_persisted() {
  persister_->wait_done();
  if (persister_->take_written())
    for (Persister::Job& j : persister_->jobs()) j.task->written();
  if (persister_->stage() != Persister::Stage::done) return Done{};
  auto jobs = persister_->take_done();
  if (!jobs) return jobs.error();
  for (Persister::Job& j : *jobs) j.task->durable(std::move(j.persist.meta));
  ++figures_.persists;
  crash_point("persist.collected");
  return Done{};
}

Status Worker::persist_step() {
  if (persister_->take_written())
    for (Persister::Job& j : persister_->jobs()) j.task->written();
  if (persister_->stage() == Persister::Stage::done)
    if (Status collected = collect_persisted(); !collected) return collected;
  boundary_wanted_ = boundary_wanted_ || (too_much_changed() && again_.empty());  // also while a slow disk writes: computing waits for it
  if (persister_->stage() != Persister::Stage::idle) return Done{};
  return boundary_wanted_ ? persist_all() : persist_next();
}

Status Worker::persist_next() {
  if (!persists_next_ && tail_is_long() && again_.empty()) persists_next_ = next_to_persist();
  const auto next = persists_next_ ? slots_.find(*persists_next_) : slots_.end();
  if (next == slots_.end()) {  // none, or it is no longer ours
    persists_next_.reset();
    if (standbys_)
      if (auto jobs = standbys_->persist(); !jobs.empty()) persister_->start(std::move(jobs));
    return Done{};
  }
  const Task& task = *next->second.task;
  if (task.open_batch() || next->second.position_missing || (!task.boundary() && !planted("persist-before-outcome"))) return Done{};
  persisted_last_ = next->first;
  persists_next_.reset();
  crash_point("persist.boundary");
  return begin_persist({persisted_last_});
}

// Where memory is what is short: computing pauses until all are through, and all of what changed goes.
Status Worker::persist_all() {
  persists_next_.reset();
  if ((cycle_->in_flight() && !planted("persist-before-outcome")) || anything_open()) return Done{};
  boundary_wanted_ = false;
  crash_point("persist.boundary");
  return begin_persist(spines());
}

// One at a time, so that computing is held up for as long as one takes; and in turns, so that what is not durable of any of them stays
// within what its inputs keep.
std::optional<log::TopicPartition> Worker::next_to_persist() const {
  auto at = slots_.upper_bound(persisted_last_);
  for (std::size_t n = slots_.size(); n > 0; --n, ++at) {
    if (at == slots_.end()) at = slots_.begin();
    const Task& task = *at->second.task;
    if (!task.last().same_batch(task.durable().last)) return at->first;
  }
  return std::nullopt;
}

std::vector<log::TopicPartition> Worker::spines() const {
  std::vector<log::TopicPartition> all;
  for (const auto& [spine, slot] : slots_) all.push_back(spine);
  return all;
}

// At a boundary of each: nothing of it is in flight.
Status Worker::begin_persist(const std::vector<log::TopicPartition>& spines) {
  const auto began = log_.time().monotonic();
  std::vector<Persister::Job> jobs;
  std::size_t bytes = 0;
  for (const log::TopicPartition& spine : spines) {
    Task& task = *slots_.at(spine).task;
    if (task.last().same_batch(task.durable().last)) continue;
    auto end = log_.bounds(task.chronicle(), log::Isolation::read_committed);
    if (!end) return end.error();
    task.saw_chronicle_end(end->end.value);
    Persister::Job job{&task, &task.rows(), task.begin_persist()};
    bytes += job.persist.batch->bytes();
    jobs.push_back(std::move(job));
  }
  if (jobs.empty()) return Done{};
  report_(Level::debug, "persist.begin",
          {{"task", jobs.size() == 1 ? jobs.front().task->name() : "all"},
           {"bytes", bytes},
           {"stall_micros", (log_.time().monotonic() - began).count()}});
  figures_.persisted_bytes += static_cast<std::int64_t>(bytes);
  crash_point("persist.encoded");
  persister_->start(std::move(jobs));
  return Done{};
}

Status Worker::persist_all_now() {
  if (Status done = collect_persisted(); !done) return done;
  boundary_wanted_ = false;
  persists_next_.reset();
  if (Status begun = begin_persist(spines()); !begun) return begun;
  return collect_persisted();
}

}  // namespace due::runtime
