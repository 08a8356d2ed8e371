// stream/cli/chronicle/proof.h
// Whether the chronicles hold: chains without gap or fork, every output covered once, and the group's positions at their ends.
//
//   Source   DESIGN 3.2, 3.6 ("what must be true"). The application may run meanwhile: what it commits is waited for
//   Errors   Remedy::stop: something cannot be read. What does not hold is a finding
//   Threads  the caller's
#pragma once

#include <string>
#include <vector>

#include "stream/cli/replay/tasks.h"
#include "stream/runtime/task/chronicle.h"

namespace due::cli {

struct TaskProof {
  std::string task;
  std::int64_t records = 0, outputs = 0;  // outputs: that the records cover
  runtime::BatchName last;
  bool position_gone = false;  // the group's offset expired, or the group never was
  std::string finding;         // nothing: the chain is whole, and the position names its end
};

struct Proof {
  std::vector<TaskProof> tasks;
  std::int64_t outputs_seen = 0;
  std::int64_t outputs_gone = 0;      // covered, and no longer kept by their topics
  std::vector<std::string> findings;  // of outputs, without those of tasks
  bool holds() const;
};

struct ProofOptions {
  std::string group, prefix;
  const topology::Description* topology = nullptr;
};
Result<Proof> prove(log::Log& log, const ProofOptions& options, const std::vector<TaskPlace>& tasks);

}  // namespace due::cli
