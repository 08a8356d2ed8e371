// topology/risk/decision.h
// A risk decision on the wire: structured CloudEvents JSON, schemas/json/decision.schema.json.
//
//   Shape    one decision per unique event; id: 128 bits over the event's source and id, so that a repeat has the same one
//   Units    features as integers of topology/features; money in minor units
//   Clock    none: `time` is task time
#pragma once

#include <string>
#include <string_view>

#include "topology/graph/logic.h"
#include "topology/risk/baseline.h"

namespace due::topology::risk {

struct Decision {
  const events::Event& event;
  const InputRecord& record;  // where the event lay
  std::string_view input_topic;
  Currency currency;
  EventTime time;
  Verdict verdict;
  features::Vector features;
  std::string_view logic_version;
};

// Replaces the content of `out`.
void write(const Decision& decision, std::string& out);

}  // namespace due::topology::risk
