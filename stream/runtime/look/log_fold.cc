#include "stream/runtime/look/log_fold.h"

#include <algorithm>

namespace due::runtime {
namespace {

constexpr log::Duration patience{30'000};  // without any record
constexpr log::Duration poll_deadline{100};
constexpr std::size_t fold_slice = 10'000;

// Does the batch take this record, or one behind it?
bool reaches(const ChronicleRecord& record, const LogFold::Until::Place& place) {
  return std::any_of(record.runs.begin(), record.runs.end(),
                     [&](const Run& run) { return run.input == place.input && run.last >= place.offset; });
}

}  // namespace

Result<LogFold> LogFold::open(log::Log& log, Options options, Task& task) {
  auto inputs = log.reader(log::Isolation::read_committed);
  if (!inputs) return inputs.error();
  Feed feed(std::move(*inputs), options.queue_bytes_max);
  return LogFold(log, std::move(options), std::move(feed), task);
}

Status LogFold::run(const Until& until) {
  auto bounds = log_->bounds(task_->chronicle(), log::Isolation::read_committed);
  if (!bounds) return bounds.error();
  const bool fresh = task_->last().seq < 0;
  const std::int64_t from = fresh ? bounds->start.value : task_->durable().chronicle_from;
  if (from < bounds->start.value)
    return Error{Remedy::stop, "task " + task_->name() + ": its chronicle begins at offset " + std::to_string(bounds->start.value) +
                                   ", behind " + std::to_string(from) + " where its state stands; the topic must keep everything"};
  auto chronicle = ChronicleReader::open(*log_, log::Isolation::read_committed, task_->chronicle(), from, until.end);
  if (!chronicle) return chronicle.error();
  seq_ = task_->last().seq;
  while (!chronicle->at_end() && !reached_ && task_->last().seq < until.seq) {
    if (options_.interrupted != nullptr && *options_.interrupted)
      return Error{Remedy::stop, "task " + task_->name() + ": interrupted behind batch " + std::to_string(task_->last().seq)};
    auto record = chronicle->next();
    if (!record) return record.error();
    if (*record == nullptr) {
      if (Status waited = wait("its chronicle"); !waited) return waited;
      continue;
    }
    moved_ = log_->time().monotonic();
    const std::string_view bytes = (*record)->value.value_or("");
    auto decoded = decode_chronicle(bytes);
    if (!decoded) {
      diverged_ = true;
      return decoded.error();
    }
    if (decoded->seq <= task_->last().seq) continue;  // in the rows already
    if (Status begun = begin(*decoded, hash128(bytes)); !begun) return begun;
    if (Status folded = fold(until, *decoded); !folded) return folded;
  }
  return Done{};
}

Status LogFold::begin(const ChronicleRecord& record, Hash128 hash) {
  if (record.logic_version != options_.logic_version && !record.sealed)
    return Error{Remedy::stop, "task " + task_->name() + ": batch " + std::to_string(record.seq) + " was decided by logic " +
                                   record.logic_version + ", this program with these settings is " + options_.logic_version +
                                   "; look with the program and the configuration (--config) of the running application"};
  if (record.genesis)
    if (Status same = task_->adopt(*record.genesis); !same) return same;
  if (!std::exchange(reads_inputs_, true))
    if (Status added = feed_.add(*task_); !added) return added;
  seq_ = record.seq;
  if (record.digest && record.digest->seq == task_->last().seq) ++figures_.digests;
  Status begun = task_->begin_fold(record, hash);
  diverged_ = !begun;
  return begun;
}

Result<Task::Folded> LogFold::step(std::size_t steps_max) {
  auto folded = task_->fold(steps_max);
  diverged_ = !folded;
  if (folded && *folded == Task::Folded::awaits_input)
    if (Status fetched = fetch(); !fetched) return fetched.error();
  return folded;
}

Status LogFold::fold(const Until& until, const ChronicleRecord& record) {
  const std::int64_t before = task_->steps_since_persist();
  if (until.place && reaches(record, *until.place)) {
    if (Status folded = fold_to(*until.place); !folded) return folded;
    reached_ = true;
  } else {
    while (true) {
      auto folded = step(fold_slice);
      if (!folded) return folded.error();
      if (*folded == Task::Folded::whole) break;
    }
    ++figures_.records;
    for (const Run& run : record.runs) figures_.events += run.input == Run::tick ? 0 : run.count;
  }
  figures_.steps += task_->steps_since_persist() - before;
  if (task_->machine().cache().changed_bytes() > options_.changed_bytes_max) (void)task_->digest();  // which writes it
  return Done{};
}

// Step by step, up to and with one record.
Status LogFold::fold_to(const Until::Place& place) {
  while (task_->folding()) {
    const topology::Prepared* next = task_->awaited() == place.input ? task_->queues().head(place.input) : nullptr;
    const std::int64_t offset = next == nullptr ? -1 : next->record.offset;
    if (offset > place.offset) break;
    auto folded = step(1);
    if (!folded) return folded.error();
    if (offset == place.offset) return Done{};
  }
  const log::TopicPartition input = task_->input(place.input);
  return Error{Remedy::stop, input.topic + ":" + std::to_string(input.partition) + ":" + std::to_string(place.offset) +
                                 " is no record that the task took: it lies before its first one, or is the mark of a transaction"};
}

Status LogFold::fetch() {
  const std::size_t awaited = task_->awaited();
  const std::int64_t before = task_->queues().expected(awaited);
  if (Status pumped = feed_.pump(fold_slice, poll_deadline); !pumped) return pumped;
  if (Status balanced = feed_.balance(); !balanced) return balanced;
  if (task_->queues().expected(awaited) == before) return wait("its inputs");
  moved_ = log_->time().monotonic();
  return Done{};
}

Status LogFold::wait(const std::string& what) const {
  if (log_->time().monotonic() - moved_ < patience) return Done{};
  return Error{Remedy::stop, "task " + task_->name() + ": nothing comes from " + what +
                                 "; inputs and chronicle must be kept as far back as the state has to be folded"};
}

}  // namespace due::runtime
