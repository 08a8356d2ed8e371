#include "stream/runtime/look/look.h"

#include "stream/runtime/look/log_fold.h"

namespace due::runtime {
namespace {

std::string text_of(const Moment& m) { return m.topic + ":" + std::to_string(m.partition) + ":" + std::to_string(m.offset); }

Result<LogFold::Until::Place> place_of(const Task& task, const Moment& moment) {
  std::string inputs;
  for (std::size_t i = 0; i < task.inputs(); ++i) {
    inputs += (inputs.empty() ? "" : ", ") + task.input_name(i) + ":" + std::to_string(task.input(i).partition);
    if (task.input_name(i) == moment.topic && task.input(i).partition == moment.partition)
      return LogFold::Until::Place{i, moment.offset};
  }
  return Error{Remedy::stop, text_of(moment) + ": task " + task.name() + " does not read it; it reads " + inputs};
}

Error not_yet(Task& task, const Moment& moment, const LogFold::Until& until) {
  if (until.place)
    return {Remedy::stop, text_of(moment) + " has not been taken: the chronicle of task " + task.name() + " has come to offset " +
                              std::to_string(task.queues().position(until.place->input)) + " there"};
  return {Remedy::stop, "task " + task.name() + ": its chronicle ends with batch " + std::to_string(task.last().seq) + ", before " +
                            std::to_string(until.seq)};
}

Result<Look> look(log::Log& log, const WorkerOptions& options, const log::TopicPartition& spine, const Moment& moment) {
  TaskFactory factory(log, options);
  auto task = factory.make(spine);
  if (!task) return task.error();
  if (Status opened = (*task)->open(); !opened) return opened.error();
  auto bounds = log.bounds((*task)->chronicle(), log::Isolation::read_committed);
  if (!bounds) return bounds.error();
  LogFold::Until until;
  until.end = bounds->end.value;
  if (moment.batch) until.seq = *moment.batch;
  if (!moment.topic.empty()) {
    auto place = place_of(**task, moment);
    if (!place) return place.error();
    until.place = *place;
  }
  if ((*task)->last().seq > until.seq)
    return Error{Remedy::stop, "task " + (*task)->name() + ": its state is that of batch " + std::to_string((*task)->last().seq) +
                                   " already, behind " + std::to_string(until.seq)};
  auto fold = LogFold::open(log, {options.logic_version, options.queue_bytes_max, options.cache_bytes_max / 2}, **task);
  if (!fold) return fold.error();
  if (Status folded = fold->run(until); !folded) return folded.error();
  if (until.place ? !fold->reached() : moment.batch && (*task)->last().seq < until.seq) return not_yet(**task, moment, until);
  (void)(*task)->digest();  // writes what changed into the rows
  return Look{std::move(*task), fold->figures().records, fold->figures().steps};
}

}  // namespace

Result<Look> look_at(log::Log& log, const WorkerOptions& options, const log::TopicPartition& spine) {
  return look(log, options, spine, {});
}

Result<Look> look_at(log::Log& log, const WorkerOptions& options, const log::TopicPartition& spine, const Moment& moment) {
  return look(log, options, spine, moment);
}

}  // namespace due::runtime
