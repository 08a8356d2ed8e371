// stream/cli/topics/start.h
// The topics that this build reads and writes, when a verb starts: made if that is wanted, refused if they are not as they must be.
//
//   Errors   create_if_wanted: what the log says. wrong_at_start: a line for the missing ones, and one for each broken demand of a role
//   Threads  none
#pragma once

#include <string>
#include <vector>

#include "stream/cli/topics/plan.h"
#include "topology/graph/description.h"

namespace due::cli {
struct LogChoice;
}

namespace due::cli::topics {

Place place_of(const LogChoice& choice);
Plan used_by(const topology::Description& topology, const Plan& plan);

// Only what is missing, where --create-topics says so or the log is embedded; and `also`, a topic of the plan that nothing uses yet.
// All together, whoever asks: topics that are joined need the same partitions, `run` refuses to start without its outputs, and a sink
// leaves out what is not there when it starts.
Status create_if_wanted(log::Log& log, const LogChoice& choice, const topology::Description& topology, const std::string& also = {});
Result<std::vector<std::string>> wrong_at_start(log::Log& log, const LogChoice& choice, const topology::Description& topology);

// Creates what is missing of a plan and says what that was, with prefix.
Result<std::vector<std::string>> create_missing(log::Log& log, const Plan& plan, const Place& place);

}  // namespace due::cli::topics
