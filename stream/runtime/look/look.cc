#include "stream/runtime/look/look.h"

#include "stream/runtime/reading/chronicle_reader.h"
#include "stream/runtime/reading/feed.h"

namespace due::runtime {
namespace {

constexpr log::Duration patience{30'000};  // without any record
constexpr log::Duration poll_deadline{100};
constexpr std::size_t fold_slice = 10'000;

// One look: chronicle and inputs, and when something came last.
class Looker {
 public:
  Looker(log::Log& log, const WorkerOptions& options, Feed feed, Look& look)
      : log_(log), options_(options), feed_(std::move(feed)), look_(look), moved_(log.time().monotonic()) {}

  Status fold(ChronicleReader chronicle) {
    while (!chronicle.at_end()) {
      auto record = chronicle.next();
      if (!record) return record.error();
      if (*record == nullptr) {
        if (Status waited = wait("its chronicle"); !waited) return waited;
        continue;
      }
      moved_ = log_.time().monotonic();
      if (Status folded = fold_record((*record)->value.value_or("")); !folded) return folded;
    }
    return Done{};
  }

 private:
  Status fold_record(std::string_view bytes) {
    Task& task = *look_.task;
    auto record = decode_chronicle(bytes);
    if (!record) return record.error();
    if (record->seq <= task.last().seq) return Done{};
    if (record->logic_version != options_.logic_version)
      return Error{Remedy::stop, "task " + task.name() + ": batch " + std::to_string(record->seq) + " was decided by logic " +
                                     record->logic_version + ", this program with these settings is " + options_.logic_version +
                                     "; look with the program and the configuration (--config) of the running application"};
    if (record->genesis)
      if (Status same = task.adopt(*record->genesis); !same) return same;
    if (!std::exchange(reads_inputs_, true))
      if (Status added = feed_.add(task); !added) return added;
    const std::int64_t before = task.steps_since_persist();
    if (Status begun = task.begin_fold(std::move(*record), hash128(bytes)); !begun) return begun;
    while (true) {
      auto folded = task.fold(fold_slice);
      if (!folded) return folded.error();
      if (*folded == Task::Folded::whole) break;
      if (*folded == Task::Folded::more) continue;
      if (Status fetched = fetch(); !fetched) return fetched;
    }
    ++look_.records_folded;
    look_.steps_folded += task.steps_since_persist() - before;
    return Done{};
  }

  Status fetch() {
    const std::size_t awaited = look_.task->awaited();
    const std::int64_t before = look_.task->queues().expected(awaited);
    if (Status pumped = feed_.pump(fold_slice, poll_deadline); !pumped) return pumped;
    if (Status balanced = feed_.balance(); !balanced) return balanced;
    if (look_.task->queues().expected(awaited) == before) return wait("its inputs");
    moved_ = log_.time().monotonic();
    return Done{};
  }

  Status wait(const std::string& what) const {
    if (log_.time().monotonic() - moved_ < patience) return Done{};
    return Error{Remedy::stop, "task " + look_.task->name() + ": nothing comes from " + what +
                                   "; inputs and chronicle must be kept as far back as the state has to be folded"};
  }

  log::Log& log_;
  const WorkerOptions& options_;
  Feed feed_;
  Look& look_;
  std::chrono::microseconds moved_;
  bool reads_inputs_ = false;
};

}  // namespace

Result<Look> look_at(log::Log& log, const WorkerOptions& options, const log::TopicPartition& spine) {
  TaskFactory factory(log, options);
  auto task = factory.make(spine);
  if (!task) return task.error();
  if (Status opened = (*task)->open(); !opened) return opened.error();
  const log::TopicPartition chronicle = (*task)->chronicle();
  auto bounds = log.bounds(chronicle, log::Isolation::read_committed);
  if (!bounds) return bounds.error();
  const bool fresh = (*task)->last().seq < 0;
  const std::int64_t from = fresh ? bounds->start.value : (*task)->durable().chronicle_from;
  auto reader = ChronicleReader::open(log, log::Isolation::read_committed, chronicle, from, bounds->end.value);
  if (!reader) return reader.error();
  auto inputs = log.reader(log::Isolation::read_committed);
  if (!inputs) return inputs.error();
  Look look{std::move(*task), 0, 0};
  Looker looker(log, options, Feed(std::move(*inputs), options.queue_bytes_max), look);
  if (Status folded = looker.fold(std::move(*reader)); !folded) return folded.error();
  (void)look.task->digest();  // writes what changed into the rows
  return look;
}

}  // namespace due::runtime
