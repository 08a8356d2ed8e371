#include "stream/runtime/look/look.h"

#include "stream/runtime/look/log_fold.h"

namespace due::runtime {

Result<Look> look_at(log::Log& log, const WorkerOptions& options, const log::TopicPartition& spine) {
  TaskFactory factory(log, options);
  auto task = factory.make(spine);
  if (!task) return task.error();
  if (Status opened = (*task)->open(); !opened) return opened.error();
  auto bounds = log.bounds((*task)->chronicle(), log::Isolation::read_committed);
  if (!bounds) return bounds.error();
  LogFold::Options how;
  how.logic_version = options.logic_version;
  how.queue_bytes_max = options.queue_bytes_max;
  auto fold = LogFold::open(log, std::move(how), **task);
  if (!fold) return fold.error();
  LogFold::Until until;
  until.end = bounds->end.value;
  if (Status folded = fold->run(until); !folded) return folded.error();
  (void)(*task)->digest();  // writes what changed into the rows
  return Look{std::move(*task), fold->figures().records, fold->figures().steps};
}

}  // namespace due::runtime
