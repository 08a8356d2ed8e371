// stream/runtime/replay/replay.h
// A task done again from its chronicle, beside whoever owns it, and every output compared with what was emitted then. Joins no group,
// commits nothing, writes nothing but its own rows.
//
//   Source   DESIGN 3.6
//   Errors   Remedy::stop: it could not be done (other logic, something is not kept or not readable). That it came out differently is
//            no error but what it says
//   Limits   memory: as WorkerOptions and LogFold bound it, the outputs of one batch and 8 MiB of every output partition beside it
//   Threads  the caller's
#pragma once

#include <atomic>
#include <optional>

#include "stream/runtime/replay/output_judge.h"
#include "stream/runtime/task_factory.h"

namespace due::runtime {

struct Replayed {
  std::string task;
  std::int64_t first = 0, last = -1;  // batches that were folded: [first, last]
  std::int64_t records = 0;           // of the chronicle
  std::int64_t steps = 0, events = 0;  // all steps; those that took a record of an input
  std::int64_t outputs = 0, differences = 0;
  std::int64_t digests = 0;  // digest points compared
  std::optional<Difference> difference;  // the first one
  std::string diverged;  // nothing: chronicle, digests and outputs' hashes came out the same
  Hash128 digest;        // of the state at the end
  bool equal() const { return differences == 0 && diverged.empty(); }
};

// Of every output partition of the application. To be asked for before the chronicles' ends, where what no batch covers is to be found.
Result<OutputEnds> output_ends(log::Log& log, const topology::Description& topology, const std::string& topic_prefix);
// A chronicle's stable end, once it is not before where the chronicle ends now: waits for who is committing.
Result<std::int64_t> stable_end(log::Log& log, const log::TopicPartition& chronicle);
bool is_task(const topology::Description& topology, std::string_view name);  // could be one, by its name

struct ReplayOptions {
  std::optional<std::int64_t> to;  // the last batch; nothing: to the end, with a look at what no batch covers
  std::size_t changed_bytes_max = 64U << 20;  // held in memory; more, and it is written
  const std::atomic<bool>* interrupted = nullptr;  // true: it is given up, with an error
};
// `options.open_rows` opens rows that are nobody else's: empty, or a checkpoint. `spine`: as look_at.
Result<Replayed> replay(log::Log& log, const WorkerOptions& options, const log::TopicPartition& spine, const OutputEnds& ends,
                        const ReplayOptions& how);

}  // namespace due::runtime
