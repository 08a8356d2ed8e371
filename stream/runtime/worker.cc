#include "stream/runtime/worker.h"

#include <algorithm>

namespace due::runtime {
namespace {

constexpr log::Duration idle_wait{10};
constexpr std::chrono::microseconds stand_every{1'000'000};
constexpr std::chrono::microseconds ask_others_every{100'000};
constexpr std::chrono::microseconds serve_every{20'000};
constexpr std::int64_t clock_ahead_max_micros = 300'000'000;  // a tick further ahead of the log's clock is refused
constexpr int take_tries = 5;

}  // namespace

Worker::Worker(log::Log& log, WorkerOptions options, Report report) : log_(log), options_(std::move(options)), report_(std::move(report)) {
  for (const std::string& t : options_.subtopology->inputs) input_topics_.push_back(options_.topic_prefix + t);
  for (const std::string& t : options_.subtopology->outputs) writer_topics_.push_back(options_.topic_prefix + t);
  writer_topics_.push_back(options_.topic_prefix + "chronicle");
}

Worker::~Worker() = default;

// What an input is waited for is measured in time spent polling: while this thread was busy or stalled, nothing could come.
Task::Now Worker::now() const { return {log_.time().wall(), polled_}; }

Result<WorkerFigures> Worker::run() {
  try {
    if (Status started = start(); !started) return started.error();
    if (Status done = loop(); !done) return done.error();
    if (crash_) return figures_;
    if (Status stopped = orderly_stop(); !stopped) return stopped.error();
  } catch (const state::StoreFailure& failure) {
    return Error{Remedy::stop, failure.what()};
  }
  return figures_;
}

Status Worker::start() {
  persister_ = std::make_unique<Persister>(options_.make_lane());
  auto reader = log_.reader(log::Isolation::read_committed);
  if (!reader) return reader.error();
  feed_ = std::make_unique<Feed>(std::move(*reader), options_.queue_bytes_max);
  CommitCycle::Options cycle;
  cycle.group = options_.app;
  cycle.committer.transactional_id = options_.instance;
  cycle.committer.topics = writer_topics_;
  cycle_ = std::make_unique<CommitCycle>(log_, cycle, report_);
  if (Status opened = cycle_->open(); !opened) return opened;
  Recovery::Options recovery;
  recovery.group = options_.app;
  recovery.own_transactional_id = options_.instance;
  recovery.chronicle_topic = writer_topics_.back();
  recovery.input_topics = input_topics_;
  recovery.committer = cycle.committer;
  recovery_ = std::make_unique<Recovery>(log_, *feed_, recovery, report_);
  auto joined = log_.join({options_.app, options_.instance, {input_topics_.front()}, options_.session_timeout});
  if (!joined) return joined.error();
  membership_ = std::move(*joined);
  return Done{};
}

// Once a second, for whoever asks why nothing moves: where every input stands and what is held up by what.
void Worker::report_stand() {
  const auto at = log_.time().monotonic();
  if (at - last_stand_ < stand_every) return;
  last_stand_ = at;
  for (auto& [partition, slot] : slots_) {
    std::string inputs;
    InputQueues& q = slot.task->queues();
    for (std::size_t i = 0; i < q.size(); ++i)
      inputs += " " + options_.subtopology->inputs[i] + "=" + std::to_string(q.position(i)) +
                (q.at_end(i)             ? "(end)"
                 : q.queued_bytes(i) > 0 ? "(queued)"
                                         : "(awaited)");
    report_(Level::debug, "task.stand",
            "task=" + slot.task->name() + inputs + " open=" + std::to_string(slot.task->open_records()) +
                " in_flight=" + std::to_string(cycle_->in_flight() ? 1 : 0) + " boundary=" + std::to_string(boundary_wanted_ ? 1 : 0));
  }
}

Status Worker::loop() {
  while (!stop_ && !crash_) {
    report_stand();
    if (Status served = serve_group(); !served) return served;
    const bool idle_before = !anything_open() && !cycle_->in_flight();
    if (hungry_) {
      const auto began = log_.time().monotonic();
      if (Status pumped = feed_->pump(options_.fetch_records, idle_before ? idle_wait : log::Duration(0)); !pumped) return pumped;
      polled_ += log_.time().monotonic() - began;
      feed_->balance();
    }
    const std::size_t steps = compute();
    if (cycle_->in_flight()) {
      const bool only_wait = steps == 0;
      if (Status settled = settle_in_flight(only_wait ? log::Duration(2) : log::Duration(0)); !settled) return settled;
    }
    if (!cycle_->in_flight() && launch_due(steps == 0)) launch(false, {});
    if (Status persisted = persist_step(); !persisted) return persisted;
    if (options_.until_caught_up && caught_up()) return Done{};
  }
  return Done{};
}

// ----------------------------------------------------------------------------------------------------------------- the group

Status Worker::serve_group() {
  const auto at = log_.time().monotonic();
  if (at - last_served_ < serve_every && !slots_.empty()) return Done{};
  last_served_ = at;
  while (true) {
    auto event = membership_->poll(log::Duration(slots_.empty() ? 10 : 0));
    if (!event) return event.error().remedy == Remedy::retry ? Status(Done{}) : Status(event.error());
    if (!*event) return Done{};
    const log::Rebalance rebalance = std::move(**event);
    using Kind = log::Rebalance::Kind;
    if (rebalance.kind == Kind::revoked)
      if (Status gone = revoked(rebalance.partitions); !gone) return gone;
    if (rebalance.kind == Kind::lost)
      if (Status gone = lost(rebalance.partitions); !gone) return gone;
    if (Status acknowledged = membership_->acknowledge(rebalance); !acknowledged) return acknowledged;
    if (rebalance.kind == Kind::assigned)
      if (Status ours = assigned(rebalance.partitions); !ours) return ours;
  }
}

Status Worker::assigned(const std::vector<log::TopicPartition>& partitions) {
  for (const log::TopicPartition& p : partitions) {
    report_(Level::info, "rebalance.assigned", "partition=" + std::to_string(p.partition));
    if (Status taken = take(p.partition); !taken) return taken;
  }
  return Done{};
}

Status Worker::take(std::int32_t partition) {
  for (int tries = 0;; ++tries) {
    auto task = make_task(partition);
    if (!task) return task.error();
    auto recovered = recovery_->recover(**task);
    if (recovered) {
      slots_[partition] = Slot{std::move(*task), ++epoch_, recovered->position_missing};
      figures_.steps_folded += recovered->steps_folded;
      return Done{};
    }
    feed_->remove(**task);
    if (recovered.error().remedy == Remedy::stop || tries >= take_tries) return Error{Remedy::stop, recovered.error().what};
    report_(Level::warning, "task.retry", "task=" + (*task)->name() + " why=\"" + recovered.error().what + "\"");
  }
}

Result<Genesis> Worker::genesis(const std::string& task, std::int32_t partition) {
  std::vector<std::string> names = input_topics_;
  names.insert(names.end(), writer_topics_.begin(), writer_topics_.end());
  auto infos = log_.describe(names);
  if (!infos) return infos.error();
  const auto find = [&](const std::string& name) -> const log::TopicInfo* {
    for (const log::TopicInfo& i : *infos)
      if (i.name == name) return &i;
    return nullptr;
  };
  for (const std::string& name : names)
    if (find(name) == nullptr) return Error{Remedy::stop, "topic " + name + " does not exist; create it, or start with --create-topics"};
  Genesis g;
  g.app = options_.app;
  g.task = task;
  g.partitioner = "murmur2";
  g.partitions = find(input_topics_[0])->partitions;
  for (const std::string& name : input_topics_) {
    const log::TopicInfo& t = *find(name);
    if (t.partitions != g.partitions)
      return Error{Remedy::stop, "topic " + name + " has " + std::to_string(t.partitions) + " partitions, " + input_topics_[0] + " has " +
                                     std::to_string(g.partitions) + "; inputs that are joined by customer need the same number"};
    auto bounds = log_.bounds({name, partition}, log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    g.inputs.push_back({name, t.id, bounds->start.value});
  }
  for (std::size_t i = 0; i + 1 < writer_topics_.size(); ++i) {
    const log::TopicInfo& t = *find(writer_topics_[i]);
    g.outputs.push_back({t.name, t.partitions, t.message_bytes_max});
  }
  const log::TopicInfo& chronicle = *find(writer_topics_.back());
  if (chronicle.partitions != g.partitions)
    return Error{Remedy::stop, "topic " + chronicle.name + " has " + std::to_string(chronicle.partitions) +
                                   " partitions; it needs one per task, " + std::to_string(g.partitions)};
  if (chronicle.retention_ms >= 0)
    return Error{Remedy::stop, "topic " + chronicle.name + " has retention.ms=" + std::to_string(chronicle.retention_ms) +
                                   "; the chronicle must keep everything: set retention.ms=-1"};
  return g;
}

Result<std::unique_ptr<Task>> Worker::make_task(std::int32_t partition) {
  Task::Options o;
  const std::string name = options_.subtopology->name + "-" + std::to_string(partition);
  auto origin = genesis(name, partition);
  if (!origin) return origin.error();
  o.genesis = std::move(*origin);
  o.machine.identity = {name, partition, o.genesis.partitions, options_.subtopology->inputs, options_.logic_version};
  o.machine.subtopology = options_.subtopology;
  o.machine.logic = options_.logic;
  o.machine.outputs = o.genesis.outputs;
  o.transactional_id = options_.instance;
  o.spine = {input_topics_.front(), partition};
  o.chronicle_topic = static_cast<std::uint16_t>(writer_topics_.size() - 1);
  o.cache_bytes_max = options_.cache_bytes_max / static_cast<std::size_t>(std::max(1, o.genesis.partitions));
  o.limits = options_.limits;
  auto rows = options_.open_rows(name);
  if (!rows) return rows.error();
  return std::make_unique<Task>(std::move(o), std::move(*rows));
}

void Worker::drop(std::int32_t partition) {
  const auto slot = slots_.find(partition);
  if (slot == slots_.end()) return;
  feed_->remove(*slot->second.task);
  std::erase_if(again_, [&](const SealedBatch& b) { return static_cast<std::int32_t>(b.task) == partition; });
  slots_.erase(slot);
}

// The outcome of everything launched is known before the revoke is acknowledged. What is computed and not launched goes along in a
// last transaction that also says `released`; if that one does not come through, the next owner finds it in the inputs.
Status Worker::revoked(const std::vector<log::TopicPartition>& partitions) {
  ++figures_.revokes;
  std::vector<std::int32_t> mine;
  for (const log::TopicPartition& p : partitions) {
    const auto slot = slots_.find(p.partition);
    if (slot == slots_.end()) continue;
    mine.push_back(p.partition);
    report_(Level::info, "rebalance.revoked",
            "partition=" + std::to_string(p.partition) + " computed=" + std::to_string(slot->second.task->open_records()) +
                " in_flight=" + std::to_string(cycle_->in_flight() ? 1 : 0));
  }
  if (Status collected = collect_persisted(); !collected) return collected;
  if (Status released = release(mine); !released) return released;
  for (const std::int32_t p : mine) drop(p);
  return Done{};
}

Status Worker::release(const std::vector<std::int32_t>& partitions) {
  if (cycle_->in_flight()) {
    auto settled = cycle_->settle(options_.revoke_budget);
    if (!settled) return settled.error();
    if (Status applied = apply(std::move(*settled)); !applied) return applied;
  }
  // A batch that has to be sent again keeps its task from releasing: its successor sees it missing and computes it anew.
  std::vector<std::int32_t> ready;
  for (const std::int32_t p : partitions)
    if (slots_.contains(p) &&
        std::none_of(again_.begin(), again_.end(), [&](const SealedBatch& b) { return static_cast<std::int32_t>(b.task) == p; }))
      ready.push_back(p);
  if (ready.empty() || membership_->identity().generation < 0) return Done{};
  launch(true, ready);
  if (!cycle_->in_flight()) return Done{};
  auto settled = cycle_->settle(options_.revoke_budget);
  if (!settled) return settled.error();
  return apply(std::move(*settled));
}

Status Worker::lost(const std::vector<log::TopicPartition>& partitions) {
  ++figures_.revokes;
  if (cycle_->in_flight()) {  // its memory is still in use; the outcome counts for the tasks that stay
    auto settled = cycle_->settle(options_.revoke_budget);
    if (!settled) return settled.error();
    if (Status applied = apply(std::move(*settled)); !applied) return applied;
  }
  if (Status collected = collect_persisted(); !collected) return collected;
  for (const log::TopicPartition& p : partitions) {
    report_(Level::warning, "rebalance.lost", "partition=" + std::to_string(p.partition));
    drop(p.partition);
  }
  return Done{};
}

// ------------------------------------------------------------------------------------------------------------ compute, commit

std::size_t Worker::compute() {
  if (boundary_wanted_) return 0;
  std::size_t steps = 0;
  hungry_ = slots_.empty();
  const Task::Now at = now();
  const auto began = log_.time().monotonic();
  for (auto& [partition, slot] : slots_) {
    if (slot.position_missing) continue;  // its position is committed again before anything else
    const std::size_t n = slot.task->run(options_.slice_records, at);
    hungry_ = hungry_ || n < options_.slice_records;
    if (n == 0 && !slot.task->queues().any()) (void)slot.task->idle_tick(at);
    steps += n;
  }
  if (steps > 0) {
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
  if (boundary_wanted_ || !again_.empty()) return true;
  if (std::any_of(slots_.begin(), slots_.end(), [](const auto& s) { return s.second.task->full(); })) return true;
  const auto interval = idle ? options_.commit_min : std::clamp(commit_took_ * 2, options_.commit_min, options_.commit_max);
  return log_.time().monotonic() - last_launch_ >= interval;
}

void Worker::launch(bool released, const std::vector<std::int32_t>& only) {
  const log::Identity identity = membership_->identity();
  if (identity.generation < 0) return;  // no generation, no commit: the group is served first
  std::vector<SealedBatch> batches;
  if (!released) batches.swap(again_);
  for (auto& [partition, slot] : slots_) {
    if (!only.empty() && std::find(only.begin(), only.end(), partition) == only.end()) continue;
    if (std::any_of(batches.begin(), batches.end(), [&](const SealedBatch& b) { return static_cast<std::int32_t>(b.task) == partition; }))
      continue;
    if (!released && !slot.task->open_batch() && !slot.position_missing) continue;
    SealedBatch b = slot.task->seal(released);
    b.task = static_cast<std::size_t>(partition);
    b.epoch = slot.epoch;
    slot.position_missing = false;
    batches.push_back(std::move(b));
  }
  last_launch_ = log_.time().monotonic();
  if (!batches.empty()) cycle_->launch(std::move(batches), identity);
}

Status Worker::settle_in_flight(log::Duration deadline) {
  auto resolved = cycle_->poll(deadline);
  if (!resolved) return resolved.error();
  if (!*resolved) return Done{};
  return apply(std::move(**resolved));
}

Status Worker::apply(CommitCycle::Resolved resolved) {
  ++figures_.commits;
  commit_took_ = resolved.took;
  figures_.commit_micros += resolved.took.count();
  for (const SealedBatch& b : resolved.committed) {
    const auto slot = slots_.find(static_cast<std::int32_t>(b.task));
    if (slot == slots_.end() || slot->second.epoch != b.epoch) continue;
    slot->second.task->committed(b);
    figures_.counts.add(b.counts);
  }
  for (SealedBatch& b : resolved.again) {
    ++figures_.doubtful_batches;
    const auto slot = slots_.find(static_cast<std::int32_t>(b.task));
    if (slot != slots_.end() && slot->second.epoch == b.epoch) again_.push_back(std::move(b));
  }
  for (const SealedBatch& b : resolved.gone) {
    const auto slot = slots_.find(static_cast<std::int32_t>(b.task));
    if (slot == slots_.end() || slot->second.epoch != b.epoch) continue;
    report_(Level::warning, "task.gone",
            "task=" + slot->second.task->name() + " why=\"its position names another batch: another member owns it\"");
    if (Status collected = collect_persisted(); !collected) return collected;
    drop(static_cast<std::int32_t>(b.task));
  }
  if (resolved.log_time) {
    const std::int64_t ahead = log_.time().wall().micros - resolved.log_time->micros - resolved.took.count();
    if (ahead > clock_ahead_max_micros)
      return Error{Remedy::stop, "this machine's clock is " + std::to_string(ahead / 1'000'000) +
                                     " s ahead of the broker's; task time cannot be taken from it: set the clock"};
  }
  return Done{};
}

// ------------------------------------------------------------------------------------------------------------------- persist

bool Worker::persist_due() const {
  std::int64_t steps = 0;
  std::size_t changed = 0;
  for (const auto& [partition, slot] : slots_) {
    steps += slot.task->steps_since_persist();
    changed += slot.task->machine().cache().changed_bytes();
  }
  // Half of the budget folds; the other half joins, fences and opens.
  const double fold_seconds = static_cast<double>(steps) / fold_rate_;
  return fold_seconds * 1e6 > static_cast<double>(options_.recovery_budget.count()) / 2 || changed > options_.cache_bytes_max / 2;
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
  return Done{};
}

Status Worker::persist_step() {
  if (persister_->take_written())
    for (Persister::Job& j : persister_->jobs()) j.task->written();
  if (persister_->stage() == Persister::Stage::done)
    if (Status collected = collect_persisted(); !collected) return collected;
  if (persister_->stage() != Persister::Stage::idle) return Done{};
  if (!boundary_wanted_ && !(persist_due() && again_.empty())) return Done{};
  boundary_wanted_ = true;
  if (cycle_->in_flight() || anything_open()) return Done{};  // computing pauses until both are through
  boundary_wanted_ = false;
  return begin_persist();
}

// At a boundary of all tasks: nothing is in flight, so the chronicle's stable end lies at or before the next record.
Status Worker::begin_persist() {
  const auto began = log_.time().monotonic();
  std::vector<Persister::Job> jobs;
  std::size_t bytes = 0;
  for (auto& [partition, slot] : slots_) {
    if (slot.task->steps_since_persist() == 0) continue;
    auto end = log_.bounds({writer_topics_.back(), partition}, log::Isolation::read_committed);
    if (!end) return end.error();
    Persister::Job job{slot.task.get(), &slot.task->rows(), slot.task->begin_persist(end->end.value)};
    bytes += job.persist.batch->bytes();
    jobs.push_back(std::move(job));
  }
  report_(Level::debug, "persist.begin",
          "tasks=" + std::to_string(jobs.size()) + " bytes=" + std::to_string(bytes) +
              " stall_micros=" + std::to_string((log_.time().monotonic() - began).count()));
  if (!jobs.empty()) persister_->start(std::move(jobs));
  return Done{};
}

Status Worker::persist_all_now() {
  if (Status done = collect_persisted(); !done) return done;
  boundary_wanted_ = false;
  if (Status begun = begin_persist(); !begun) return begun;
  return collect_persisted();
}

// ---------------------------------------------------------------------------------------------------------------------- stop

bool Worker::caught_up() {
  if (slots_.empty() || cycle_->in_flight() || anything_open()) return false;
  if (!std::all_of(slots_.begin(), slots_.end(), [](const auto& s) { return s.second.task->queues().all_at_end(); })) return false;
  const auto at = log_.time().monotonic();
  if (at - last_asked_ < ask_others_every) return false;
  last_asked_ = at;
  return others_caught_up();
}

// A partition that no member of ours owns may belong to one that died: its spine must have been read to its end as well.
bool Worker::others_caught_up() {
  const std::int32_t partitions = slots_.begin()->second.task->partitions();
  std::vector<log::TopicPartition> others;
  for (std::int32_t p = 0; p < partitions; ++p)
    if (!slots_.contains(p)) others.push_back({input_topics_.front(), p});
  if (others.empty()) return true;
  const auto positions = log_.committed(options_.app, others, log::Duration(1'000));
  if (!positions) return false;
  for (std::size_t i = 0; i < others.size(); ++i) {
    const auto bounds = log_.bounds(others[i], log::Isolation::read_committed);
    if (!bounds || !(*positions)[i] || (*positions)[i]->next < bounds->end) return false;
  }
  return true;
}

Status Worker::orderly_stop() {
  std::vector<std::int32_t> all;
  for (const auto& [partition, slot] : slots_) all.push_back(partition);
  if (Status released = release(all); !released) return released;
  if (again_.empty() && !anything_open())
    if (Status persisted = persist_all_now(); !persisted) return persisted;
  for (const auto& [partition, slot] : slots_) figures_.digest = figures_.digest.plus(slot.task->machine().cache().digest());
  report_(Level::info, "worker.stopped", "tasks=" + std::to_string(slots_.size()) + " digest=" + figures_.digest.hex());
  slots_.clear();
  return Done{};
}

}  // namespace due::runtime
