#include "stream/runtime/recovery.h"

#include <algorithm>

#include "schemas/simulated/crash_point.h"
#include "schemas/simulated/plant.h"

namespace due::runtime {
namespace {

constexpr log::Duration positions_deadline{500};

std::int64_t millis(std::chrono::microseconds d) { return d.count() / 1000; }

std::int64_t steps_of(const ChronicleRecord& record) {
  std::int64_t n = 0;
  for (const Run& run : record.runs) n += run.input == Run::tick ? 1 : run.count;
  return n;
}

}  // namespace

const char* name_of(Recovery::Stage stage) {
  static constexpr const char* names[] = {"opening", "searching", "fencing", "settling", "folding", "done"};
  return names[static_cast<std::size_t>(stage)];
}

Result<Recovery::Step> Recovery::step() {
  const auto now = log_.time().monotonic();
  if (stage_ == Stage::opening) moved_at_ = now;
  Result<Step> stepped = Step::done;
  switch (stage_) {
    case Stage::opening: stepped = open(); break;
    case Stage::searching: stepped = search(); break;
    case Stage::fencing: stepped = fence(); break;
    case Stage::settling: stepped = settle(); break;
    case Stage::folding: stepped = fold(); break;
    case Stage::done: break;
  }
  if (!stepped) return stepped;
  if (*stepped == Step::moved) moved_at_ = log_.time().monotonic();
  if (*stepped == Step::waits && now - moved_at_ > options_.patience) return nothing_moved();
  return stepped;
}

Result<Recovery::Step> Recovery::enter(Stage stage) {
  const auto now = log_.time().monotonic();
  const auto took = now - stage_began_;
  if (stage_ == Stage::opening) figures_.open = took;
  if (stage_ == Stage::searching || stage_ == Stage::fencing) figures_.fence += took;
  if (stage_ == Stage::settling) figures_.stable = took;
  if (stage_ == Stage::folding) figures_.fold = took;
  stage_began_ = now;
  stage_ = stage;
  return Step::moved;
}

Error Recovery::nothing_moved() {
  const std::string where = task_.chronicle().topic + "/" + std::to_string(task_.chronicle().partition);
  if (stage_ == Stage::settling)
    return {Remedy::retry, "the chronicle " + where + " or the position of " + task_.name() +
                               " is not stable: a transaction of a process that was not found is open; it ends with its "
                               "transaction timeout"};
  if (stage_ == Stage::folding && task_.folding()) {
    const std::size_t input = task_.awaited();
    const log::TopicPartition p = task_.input(input);
    const auto bounds = log_.bounds(p, log::Isolation::read_committed);
    const std::int64_t wanted = task_.queues().position(input);
    if (bounds && (bounds->start.value > wanted || bounds->end.value <= wanted))
      return {Remedy::stop, "task " + task_.name() + ": " + p.topic + "/" + std::to_string(p.partition) + " holds [" +
                                std::to_string(bounds->start.value) + ", " + std::to_string(bounds->end.value) +
                                ") and no longer what chronicle record " + std::to_string(folding_seq_.value_or(-1)) +
                                " took; inputs must be kept as far back as the state may have to be folded again"};
    return {Remedy::retry, "nothing could be read from " + p.topic + "/" + std::to_string(p.partition) + " at offset " +
                               std::to_string(wanted)};
  }
  return {Remedy::retry, "nothing could be read from " + where + " at offset " + std::to_string(reader_ ? reader_->position() : from_)};
}

Result<std::optional<log::CommittedPosition>> Recovery::position() {
  const log::TopicPartition spine[] = {task_.spine()};
  auto positions = log_.committed(options_.group, spine, positions_deadline);
  if (!positions) return positions.error();
  return std::move((*positions)[0]);
}

// ------------------------------------------------------------------------------------------------------- what may still write

Result<Recovery::Step> Recovery::open() {
  stage_began_ = log_.time().monotonic();
  if (!held_to_)
    if (Status opened = task_.open(); !opened) return opened.error();
  crash_point("recovery.opened");
  auto stable = log_.bounds(task_.chronicle(), log::Isolation::read_committed);
  if (!stable) return stable.error();
  const bool fresh = task_.last().seq < 0;
  from_ = held_to_ ? *held_to_ : fresh ? stable->start.value : task_.durable().chronicle_from;
  if (!fresh && from_ < stable->start.value)
    return Error{Remedy::stop, "task " + task_.name() + ": its chronicle begins at offset " + std::to_string(stable->start.value) +
                                   ", behind " + std::to_string(from_) +
                                   " where its state stands; the topic must keep everything (retention.ms=-1)"};
  auto before = position();
  if (!before && before.error().remedy != Remedy::retry) return before.error();
  // No stable answer: what is open may be what has to be fenced.
  if (before && *before)
    if (const auto name = BatchName::parse((*before)->metadata); name && name->released) return enter(Stage::settling);
  auto all = log_.bounds(task_.chronicle(), log::Isolation::read_uncommitted);
  if (!all) return all.error();
  stable_before_ = stable->end.value;
  last_writer_ = task_.last_writer();
  auto reader = ChronicleReader::open(log_, log::Isolation::read_uncommitted, task_.chronicle(), from_, all->end.value);
  if (!reader) return reader.error();
  reader_ = std::move(*reader);
  return enter(Stage::searching);
}

// Whoever wrote what is not stable yet, and whoever wrote last: the transactional ids that could still write.
Result<Recovery::Step> Recovery::search() {
  if (reader_->at_end()) {
    searched_at_ = log_.time().monotonic();
    if (std::find(to_fence_.begin(), to_fence_.end(), last_writer_) == to_fence_.end()) wrote_last_only_ = last_writer_;
    to_fence_.push_back(last_writer_);
    std::sort(to_fence_.begin(), to_fence_.end());
    to_fence_.erase(std::unique(to_fence_.begin(), to_fence_.end()), to_fence_.end());
    std::erase_if(to_fence_, [this](const std::string& id) { return id.empty() || id == options_.own_transactional_id; });
    crash_point("recovery.searched");
    return enter(Stage::fencing);
  }
  for (std::size_t n = 0; n < options_.fold_slice; ++n) {
    auto record = reader_->next();
    if (!record) return record.error();
    if (*record == nullptr) return n > 0 || reader_->at_end() ? Step::moved : Step::waits;
    auto decoded = decode_chronicle((*record)->value.value_or(""));
    if (!decoded) return decoded.error();
    if ((*record)->offset.value < stable_before_) {
      last_writer_ = std::move(decoded->transactional_id);
    } else {
      to_fence_.push_back(std::move(decoded->transactional_id));
    }
  }
  return Step::moved;
}

// By the recovery of another task. What it began behind our search ended all that we found. Began before, but since the task is ours, it
// ended what an owner before us had open; whoever opened the id since then has been told that the task is not his.
bool Recovery::is_fenced(const std::string& id) const {
  const auto found = options_.fenced->find(id);
  if (found == options_.fenced->end()) return false;
  return found->second > searched_at_ || (id == wrote_last_only_ && found->second >= owned_since_);
}

Result<Recovery::Step> Recovery::fence() {
  while (!to_fence_.empty() && is_fenced(to_fence_.back())) to_fence_.pop_back();
  if (to_fence_.empty()) return enter(Stage::settling);
  log::CommitterOptions options = options_.committer;
  options.transactional_id = to_fence_.back();
  const auto began = log_.time().monotonic();
  auto opened = log_.open_committer(options);
  if (!opened) return opened.error().remedy == Remedy::retry ? Result<Step>(Step::waits) : opened.error();
  report_(Level::info, "recovery.fenced",
          {{"transactional_id", options.transactional_id}, {"ms", millis(log_.time().monotonic() - began)}});
  (*options_.fenced)[options.transactional_id] = began;
  to_fence_.pop_back();
  ++figures_.fenced;
  crash_point("recovery.fenced");
  return Step::moved;
}

Result<Recovery::Step> Recovery::settle() {
  auto stable = log_.bounds(task_.chronicle(), log::Isolation::read_committed);
  if (!stable) return stable.error();
  auto all = log_.bounds(task_.chronicle(), log::Isolation::read_uncommitted);
  if (!all) return all.error();
  if (stable->end != all->end && !planted("open-transaction-not-awaited")) return Step::waits;
  crash_point("recovery.bounded");
  auto at = position();
  if (!at) return at.error().remedy == Remedy::retry ? Result<Step>(Step::waits) : at.error();
  position_ = std::move(*at);
  settled_end_ = stable->end.value;
  crash_point("recovery.settled");
  if (planted("expired-means-new") && !position_) stable->end.value = from_;
  const auto isolation = planted("chronicle-read-uncommitted") ? log::Isolation::read_uncommitted : log::Isolation::read_committed;
  auto reader = ChronicleReader::open(log_, isolation, task_.chronicle(), from_, stable->end.value);
  if (!reader) return reader.error();
  reader_ = std::move(*reader);
  return enter(Stage::folding);
}

// ----------------------------------------------------------------------------------------------------------------------- fold

Status Recovery::read_inputs() {
  if (std::exchange(reads_inputs_, true)) return Done{};
  return feed_.add(task_);
}

// What every task is told is applied up to where it ends now, before the task decides anything.
Status Recovery::hold_for_broadcast() {
  for (std::size_t i = 0; i < task_.inputs(); ++i) {
    if (!task_.is_broadcast(i)) continue;
    const auto bounds = log_.bounds(task_.input(i), log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    task_.queues().hold_until(i, bounds->end.value);
  }
  return Done{};
}

Result<Recovery::Step> Recovery::take_record(std::string_view bytes) {
  auto record = decode_chronicle(bytes);
  if (!record) return record.error();
  if (record->seq <= task_.last().seq) return Step::moved;  // durable here already
  if (record->genesis)
    if (Status same = task_.adopt(*record->genesis); !same) return same.error();
  if (Status reading = read_inputs(); !reading) return reading.error();
  crash_point("recovery.record");
  folding_seq_ = record->seq;
  folding_steps_ = steps_of(*record);
  if (Status begun = task_.begin_fold(std::move(*record), hash128(bytes)); !begun) return begun.error();
  return Step::moved;
}

// Slices of records until there is nothing to go on with, or enough was done for one step.
Result<Recovery::Step> Recovery::fold() {
  if (task_.folding())  // perhaps a standby's, in the middle of a record
    if (Status reading = read_inputs(); !reading) return reading.error();
  const std::int64_t before = task_.steps_since_persist();
  for (std::size_t records = 0;; ++records) {
    const auto done = static_cast<std::size_t>(task_.steps_since_persist() - before);
    if (done + records >= options_.fold_slice) return Step::moved;
    if (!task_.folding()) {
      auto taken = next_record();
      if (!taken || *taken == Step::done) return taken;
      if (*taken == Step::waits) return records > 0 ? Step::moved : Step::waits;
      if (!task_.folding()) continue;
    }
    auto folded = task_.fold(options_.fold_slice - done);
    if (!folded) return folded.error();
    if (*folded == Task::Folded::awaits_input) return done > 0 || task_.steps_since_persist() > before ? Step::moved : Step::waits;
    if (*folded == Task::Folded::more) return Step::moved;
    ++figures_.records_folded;
    crash_point("recovery.folded");
    figures_.steps_folded += folding_steps_;
  }
}

Result<Recovery::Step> Recovery::next_record() {
  if (reader_->at_end()) {
    if (Status reading = read_inputs(); !reading) return reading.error();
    if (Status told = hold_for_broadcast(); !told) return told.error();
    return agree();
  }
  auto record = reader_->next();
  if (!record) return record.error();
  if (*record == nullptr) return reader_->at_end() ? Step::moved : Step::waits;
  return take_record((*record)->value.value_or(""));
}

Result<Recovery::Step> Recovery::agree() {
  const BatchName& last = task_.last();
  if (!position_) {
    figures_.position_missing = last.seq >= 0;  // the last visible record counts
  } else {
    const auto name = BatchName::parse(position_->metadata);
    if (!name)
      return Error{Remedy::stop, "task " + task_.name() + ": the group's position carries metadata that is not duestream's (\"" +
                                     position_->metadata + "\"); another application uses this group: choose another application name"};
    if (!name->same_batch(last)) {
      const auto now = log_.bounds(task_.chronicle(), log::Isolation::read_uncommitted);
      if (!now) return now.error();
      // Between the questions for its end and for the position, or since: this worker is no owner any more, and will be told.
      const bool asks_again = !planted("open-transaction-not-awaited");
      if (now->end.value != settled_end_ && asks_again)
        return Error{Remedy::retry, "task " + task_.name() + " is being committed by another member"};
      return Error{Remedy::stop,
                   "task " + task_.name() + ": the group's position names batch " + std::to_string(name->seq) + " (" + name->hash.hex() +
                       "), the chronicle and the state end at " + std::to_string(last.seq) + " (" + last.hash.hex() +
                       "); the position or the chronicle was changed from outside: restore the group's offset or the topic"};
    }
  }
  if (Status may = task_.may_go_on(); !may) return may.error();
  task_.folded_chronicle_to(settled_end_);
  crash_point("recovery.agreed");
  if (auto entered = enter(Stage::done); !entered) return entered;
  report_(Level::info, "task.recovered",
          {{"task", task_.name()},
           {"seq", last.seq},
           {"folded_records", figures_.records_folded},
           {"folded_steps", figures_.steps_folded},
           {"fenced", figures_.fenced},
           {"open_ms", millis(figures_.open)},
           {"fence_ms", millis(figures_.fence)},
           {"stable_ms", millis(figures_.stable)},
           {"fold_ms", millis(figures_.fold)}});
  return Step::done;
}

}  // namespace due::runtime
