// stream/cli/inspect/page.h
// A customer on one page, for people; and the same as one JSON object, for programs.
#pragma once

#include <string>
#include <vector>

#include "schemas/codec/decision_reader.h"
#include "stream/cli/inspect/customer.h"
#include "stream/cli/text/table.h"

namespace due::cli {

// What the page stands on besides the customer.
struct AsOf {
  std::string task;
  std::int64_t batch = -1;  // the last one of the chronicle that is in it
  EventTime task_time;
  std::int64_t folded_steps = 0;  // behind the durable state, by this look
  std::string logic;
  std::string asked;  // the moment that was asked for; empty: now
};

struct PlacedDecision {
  std::string place;  // partition/offset in the decisions topic
  codec::DecisionView decision;
  std::string raw;    // as it lies there
};

struct InspectPage {
  CustomerView customer;
  AsOf as_of;
  std::vector<PlacedDecision> decisions;  // newest last
  bool decisions_complete = true;  // false: older ones were not looked for
  std::size_t rows_max = 20;              // of each list
};

std::string as_text(const InspectPage& page, Colours colours);
std::string as_json(const InspectPage& page);

}  // namespace due::cli
