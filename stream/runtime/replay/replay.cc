#include "stream/runtime/replay/replay.h"

#include <algorithm>

#include "stream/runtime/look/log_fold.h"

namespace due::runtime {
namespace {

constexpr log::Duration stable_patience{30'000};
constexpr log::Duration between_looks{20};

Status check_window(const Task& task, const ReplayOptions& how) {
  if (!how.to || task.last().seq <= *how.to) return Done{};
  return Error{Remedy::stop, "task " + task.name() + ": the state to begin with is that of batch " + std::to_string(task.last().seq) +
                                 ", behind --to " + std::to_string(*how.to)};
}

}  // namespace

Result<std::int64_t> stable_end(log::Log& log, const log::TopicPartition& chronicle) {
  auto all = log.bounds(chronicle, log::Isolation::read_uncommitted);
  if (!all) return all.error();
  for (const auto began = log.time().monotonic(); log.time().monotonic() - began < stable_patience; log.time().sleep(between_looks)) {
    auto stable = log.bounds(chronicle, log::Isolation::read_committed);
    if (!stable) return stable.error();
    if (stable->end >= all->end) return stable->end.value;
  }
  return Error{Remedy::stop, "the chronicle " + chronicle.topic + "/" + std::to_string(chronicle.partition) +
                                 " has an open transaction: its writer ends it, or its transaction timeout does; try again then"};
}

bool is_task(const topology::Description& topology, std::string_view name) {
  return std::any_of(topology.subtopologies.begin(), topology.subtopologies.end(), [&](const topology::Subtopology& s) {
    return name.size() > s.name.size() + 1 && name.starts_with(s.name) && name[s.name.size()] == '-' &&
           name.find_first_not_of("0123456789", s.name.size() + 1) == name.npos;
  });
}

Result<OutputEnds> output_ends(log::Log& log, const topology::Description& topology, const std::string& topic_prefix) {
  OutputEnds ends;
  for (const topology::Subtopology& s : topology.subtopologies) {
    std::vector<std::string> names;
    for (const std::string& t : s.outputs) names.push_back(topic_prefix + t);
    auto infos = log.describe(names);
    if (!infos) return infos.error();
    for (const log::TopicInfo& i : *infos)
      for (std::int32_t p = 0; p < i.partitions; ++p) {
        if (ends.contains({i.name, p})) continue;
        auto bounds = log.bounds({i.name, p}, log::Isolation::read_committed);
        if (!bounds) return bounds.error();
        ends[{i.name, p}] = bounds->end.value;
      }
  }
  return ends;
}

Result<Replayed> replay(log::Log& log, const WorkerOptions& options, const log::TopicPartition& spine, const OutputEnds& ends,
                        const ReplayOptions& how) {
  TaskFactory factory(log, options);
  auto made = factory.make(spine);
  if (!made) return made.error();
  Task& task = **made;
  if (Status opened = task.open(); !opened) return opened.error();
  if (Status right = check_window(task, how); !right) return right.error();
  OutputJudge::Options judging;
  judging.is_task = [&options](std::string_view name) { return is_task(*options.topology, name); };
  auto judge = OutputJudge::open(log, std::move(judging), task);
  if (!judge) return judge.error();
  task.judge_folds(*judge);
  auto end = stable_end(log, task.chronicle());
  if (!end) return end.error();
  auto fold = LogFold::open(log, {options.logic_version, options.queue_bytes_max, how.changed_bytes_max, how.interrupted}, task);
  if (!fold) return fold.error();

  Replayed done;
  done.task = task.name();
  done.first = task.last().seq + 1;
  const Status folded = fold->run({*end, how.to.value_or(INT64_MAX), std::nullopt});
  if (!folded && (judge->failed() || !fold->diverged())) return folded.error();
  if (!folded) done.diverged = folded.error().what;
  if (folded && how.to && task.last().seq < *how.to)
    return Error{Remedy::stop, "task " + task.name() + ": its chronicle ends with batch " + std::to_string(task.last().seq) +
                                   ", before --to " + std::to_string(*how.to)};
  if (folded && !how.to)
    if (Status finished = judge->finish(ends); !finished) return finished.error();
  done.last = fold->seq();
  done.records = fold->figures().records;
  done.steps = fold->figures().steps;
  done.events = fold->figures().events;
  done.digests = fold->figures().digests;
  done.outputs = judge->compared();
  done.differences = judge->differences();
  done.difference = judge->first();
  if (folded) done.digest = task.digest();
  if (folded) task.rows().flush();  // a state to go on from, where it is kept
  return done;
}

}  // namespace due::runtime
