#include "stream/runtime/standby/standbys.h"

#include <algorithm>

#include "schemas/simulated/crash_point.h"

namespace due::runtime {
namespace {

constexpr std::chrono::microseconds next_after{100'000}, again_after{10'000'000};
constexpr std::size_t chronicle_records_of_one_poll = 500;

}  // namespace

Standbys::Standbys(log::Log& log, TaskFactory& factory, const WorkerOptions& options, Report report)
    : log_(log), factory_(factory), options_(options), report_(std::move(report)), lane_(options_.make_lane()) {}

Standbys::~Standbys() = default;

// ------------------------------------------------------------------------------------------------------------------ which ones

void Standbys::choose(const std::set<log::TopicPartition>& owned) {
  const auto now = log_.time().monotonic();
  if (making_ || now < not_before_ || standbys_.size() >= options_.standby_max) return;
  not_before_ = now + next_after;
  if (all_.empty()) {
    auto all = factory_.all_tasks();
    if (!all) return;
    all_ = std::move(*all);
  }
  std::vector<log::TopicPartition> free;
  for (const log::TopicPartition& p : all_)
    if (!owned.contains(p) && !standbys_.contains(p)) free.push_back(p);
  if (free.empty()) return;
  // Behind the own ones, round the partitions: where each process holds some, the processes hold different ones.
  const std::int32_t first = owned.empty() ? 0 : owned.begin()->partition;
  const auto away = [&](const log::TopicPartition& p) { return p.partition - first + (p.partition < first ? INT32_MAX : 0); };
  const auto chosen = std::min_element(free.begin(), free.end(), [&](const auto& a, const auto& b) {
    return std::make_pair(!preferred_.contains(a), away(a)) < std::make_pair(!preferred_.contains(b), away(b));
  });
  making_ = *chosen;
  made_is_there_ = false;
  lane_->start([this, spine = *making_] {
    made_ = make(spine);
    made_is_there_ = true;
  });
}

// On the lane: a checkpoint may have to be fetched, and live tasks must not wait for that.
Result<Standbys::Made> Standbys::make(const log::TopicPartition& spine) {
  try {
    auto task = factory_.make(spine);
    if (!task) return task.error();
    if (Status opened = (*task)->open(); !opened) return opened.error();
    const auto bounds = log_.bounds((*task)->chronicle(), log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    const std::int64_t from = (*task)->last().seq < 0 ? bounds->start.value : (*task)->durable().chronicle_from;
    if (from < bounds->start.value)
      return Error{Remedy::stop, "its chronicle begins behind its state; the topic must keep everything (retention.ms=-1)"};
    return Made{std::move(*task), from};
  } catch (const state::StoreFailure& failure) {
    return Error{Remedy::stop, failure.what()};
  }
}

void Standbys::collect_made() {
  if (!making_ || !made_is_there_) return;
  lane_->wait();
  const log::TopicPartition spine = *std::exchange(making_, std::nullopt);
  Result<Made> made = std::move(*std::exchange(made_, std::nullopt));
  preferred_.erase(spine);
  if (!made) {
    report_(Level::warning, "standby.failed", {{"task", factory_.name_of(spine)}, {"why", made.error().what}});
    if (made.error().remedy == Remedy::stop) standbys_[spine].failed = made.error().what;
    not_before_ = log_.time().monotonic() + again_after;
    return;
  }
  Standby s;
  s.task = std::move(made->task);
  s.next = made->from;
  s.tag = next_tag_++;
  const log::Assignment chronicle[] = {{s.task->chronicle(), {s.next}, {s.tag}}};
  Status reads = open_readers();
  if (reads) reads = reader_->add(chronicle);
  if (!reads) return begin_again(reads.error().what);
  report_(Level::info, "standby.begun", {{"task", s.task->name()}, {"seq", s.task->last().seq}});
  crash_point("standby.begun");
  tags_[s.tag] = spine;
  standbys_[spine] = std::move(s);
}

Status Standbys::open_readers() {
  if (reader_) return Done{};
  auto chronicles = log_.reader(log::Isolation::read_committed);
  if (!chronicles) return chronicles.error();
  auto inputs = log_.reader(log::Isolation::read_committed);
  if (!inputs) return inputs.error();
  reader_ = std::move(*chronicles);
  feed_ = std::make_unique<Feed>(std::move(*inputs), options_.queue_bytes_max, options_.queued_bytes_max);
  return Done{};
}

// What a reader says concerns all that it reads. Whatever was made durable is where the next ones begin.
void Standbys::begin_again(const std::string& why) {
  report_(Level::warning, "standby.failed", {{"tasks", standbys_.size()}, {"why", why}});
  for (auto& [spine, s] : standbys_)
    if (s.persisting) leaving_.push_back(std::move(s.task));
  std::erase_if(standbys_, [](const auto& s) { return s.second.failed.empty(); });
  tags_.clear();
  feed_.reset();
  reader_.reset();
  not_before_ = log_.time().monotonic() + again_after;
}

void Standbys::fail(Standby& s, const std::string& why) {
  report_(Level::error, "standby.failed", {{"task", s.task->name()}, {"why", why}});
  s.failed = why;
  const log::InputTag tag[] = {{s.tag}};
  reader_->remove(tag);
  tags_.erase(s.tag);
  if (s.reads_inputs) feed_->remove(*s.task);
  s.queued.clear();
  s.head.reset();
  s.task.reset();  // its rows are closed: what was compared is durable, and what was not is not
}

std::optional<Standbys::Taken> Standbys::take(const log::TopicPartition& spine) {
  if (making_ == spine) {
    lane_->wait();
    making_.reset();
    made_.reset();
  }
  preferred_.erase(spine);
  const auto found = standbys_.find(spine);
  if (found == standbys_.end()) return std::nullopt;
  Standby s = std::move(found->second);
  standbys_.erase(found);
  if (!s.failed.empty()) return std::nullopt;
  const log::InputTag tag[] = {{s.tag}};
  reader_->remove(tag);
  tags_.erase(s.tag);
  if (s.reads_inputs) feed_->remove(*s.task);
  report_(Level::info, "standby.promoted",
          {{"task", s.task->name()}, {"seq", s.task->last().seq}, {"folded_steps", s.steps_folded}, {"within", s.task->folding()}});
  crash_point("standby.promoted");
  return Taken{std::move(s.task), s.head ? s.head->offset : s.next, s.steps_folded};
}

// ------------------------------------------------------------------------------------------------------------------------ fold

std::size_t Standbys::turn() {
  collect_made();
  if (standbys_.empty() || !reader_) return 0;
  if (Status fetched = fetch(); !fetched) {
    begin_again(fetched.error().what);
    return 0;
  }
  std::size_t steps = 0;
  auto at = standbys_.upper_bound(last_);
  for (std::size_t n = standbys_.size(); n > 0 && steps < options_.slice_records; --n, ++at) {
    if (at == standbys_.end()) at = standbys_.begin();
    last_ = at->first;
    if (!at->second.task) continue;
    try {
      steps += fold(at->second, options_.slice_records - steps);
    } catch (const StepFailure& failure) {
      fail(at->second, failure.what());
    }
  }
  return steps;
}

Status Standbys::fetch() {
  auto polled = reader_->poll(chronicle_records_of_one_poll, log::Duration(0));
  if (!polled) return polled.error();
  const std::shared_ptr<const log::Batch> batch = std::move(*polled);
  for (const log::Record& r : batch->records()) {
    const auto tag = tags_.find(r.input.value);
    if (tag == tags_.end()) continue;
    Standby& s = standbys_.at(tag->second);
    s.queued.push_back({batch, &r});
    s.queued_bytes += r.value.value_or("").size();
  }
  balance();
  if (Status pumped = feed_->pump(options_.fetch_records, log::Duration(0)); !pumped) return pumped;
  return feed_->balance();
}

void Standbys::balance() {
  const std::size_t bytes_max = options_.queue_bytes_max / 4;
  for (auto& [spine, s] : standbys_) {
    if (!s.task) continue;
    if (!s.paused && s.queued_bytes > bytes_max) {
      reader_->pause({s.tag});
      s.paused = true;
    } else if (s.paused && s.queued_bytes < bytes_max / 4) {
      reader_->resume({s.tag});
      s.paused = false;
    }
  }
}

std::size_t Standbys::fold(Standby& s, std::size_t steps_max) {
  Task& task = *s.task;
  std::size_t done = 0;  // a record without steps counts as one
  while (done < steps_max) {
    if (!task.folding()) {
      const auto begun = begin_next(s);
      if (!begun && begun.error().remedy == Remedy::retry) break;
      if (!begun) {
        fail(s, begun.error().what);
        break;
      }
      if (*begun == Next::waits) break;
    }
    const std::int64_t before = task.steps_since_persist();
    const auto folded = task.fold(steps_max - done);
    if (!folded) {
      fail(s, folded.error().what);
      break;
    }
    const std::int64_t steps = task.steps_since_persist() - before;
    s.steps_folded += steps;
    done += static_cast<std::size_t>(std::max<std::int64_t>(steps, 1));
    if (*folded != Task::Folded::whole) break;
    crash_point("standby.folded");
  }
  return done;
}

Status Standbys::decode_head(Standby& s) {
  const log::Record& r = *s.queued.front().record;
  const std::string_view bytes = r.value.value_or("");
  auto record = decode_chronicle(bytes);
  if (!record) return record.error();
  s.head = Head{std::move(*record), hash128(bytes), r.offset.value};
  s.queued_bytes -= bytes.size();
  s.queued.pop_front();
  return Done{};
}

// The digest at a point is compared twice: by persist() before anything is made durable, and by the fold as in any recovery.
Result<Standbys::Next> Standbys::begin_next(Standby& s) {
  Task& task = *s.task;
  if (s.persisting && !task.durable().last.same_batch(task.last())) return Next::waits;
  s.persisting = false;
  while (true) {
    if (!s.head) {
      if (s.queued.empty()) return Next::waits;
      if (Status decoded = decode_head(s); !decoded) return decoded.error();
    }
    if (s.head->record.seq > task.last().seq) break;  // else it is durable here already
    s.next = s.head->offset + 1;
    s.head.reset();
  }
  const ChronicleRecord& record = s.head->record;
  if (record.genesis)
    if (Status same = task.adopt(*record.genesis); !same) return same.error();
  if (Status reading = read_inputs(s); !reading) return reading.error();
  const bool point = record.digest && record.digest->seq == task.last().seq;
  const bool too_much = task.machine().cache().changed_bytes() > task.cache_bytes_max() / 2;
  if ((point || too_much) && !task.durable().last.same_batch(task.last())) {
    s.wants_persist = true;
    return Next::waits;
  }
  s.next = s.head->offset + 1;
  Head head = std::move(*std::exchange(s.head, std::nullopt));
  if (Status begun = task.begin_fold(std::move(head.record), head.hash); !begun) return begun.error();
  return Next::begun;
}

// From where they stand; what the log does not hold any more would end the reader for all.
Status Standbys::read_inputs(Standby& s) {
  if (s.reads_inputs) return Done{};
  Task& task = *s.task;
  for (std::size_t i = 0; i < task.inputs(); ++i) {
    const auto bounds = log_.bounds(task.input(i), log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    if (bounds->start.value > task.queues().expected(i))
      return Error{Remedy::stop, task.input(i).topic + "/" + std::to_string(task.input(i).partition) + " begins at offset " +
                                     std::to_string(bounds->start.value) + ", to be folded is from " +
                                     std::to_string(task.queues().expected(i)) + ": it needs a checkpoint (checkpoint.to)"};
  }
  s.reads_inputs = true;
  return feed_->add(task);
}

std::vector<Persister::Job> Standbys::persist() {
  leaving_.clear();  // nothing is being written
  std::vector<Persister::Job> jobs;
  for (auto& [spine, s] : standbys_) {
    if (!std::exchange(s.wants_persist, false)) continue;
    Task& task = *s.task;
    task.chronicle_goes_on_at(s.head->offset);
    Persister::Job job{&task, &task.rows(), task.begin_persist()};
    const auto& point = s.head->record.digest;
    if (point && point->seq == task.last().seq && point->digest != job.persist.meta.digest) {
      job.persist.batch.reset();
      fail(s, task.other_digest(*point, job.persist.meta.digest).what);
      continue;
    }
    s.persisting = true;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::vector<StandbyStanding> Standbys::standings() {
  std::vector<StandbyStanding> all;
  for (auto& [spine, s] : standbys_) {
    StandbyStanding& one = all.emplace_back();
    one.task = factory_.name_of(spine);
    one.failed = s.failed;
    one.steps_folded = s.steps_folded;
    if (!s.task) continue;
    one.tail_steps = s.task->steps_since_persist();
    for (std::size_t i = 0; i < s.task->inputs(); ++i) {
      const log::TopicPartition p = s.task->input(i);
      one.inputs.push_back({p.topic, p.partition, s.task->queues().position(i), s.task->queues().at_end(i)});
    }
  }
  return all;
}

}  // namespace due::runtime
