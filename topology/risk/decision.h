// A risk decision on the wire: structured CloudEvents JSON, schemas/json/decision.schema.json.
//
//   Shape    one decision per unique event; id: where the event lies, topic/partition/offset, so that whoever derives it again gives
//            it the same one
//   Units    features as integers of topology/features; money in minor units
//   Clock    none: `time` is task time
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/codec/output/json_text.h"
#include "topology/graph/description.h"
#include "topology/graph/logic.h"
#include "topology/risk/baseline.h"

namespace due::topology::risk {

struct Decision {
  const events::Event& event;
  const InputRecord& record;  // where the event lay
  Date day;                   // business date
  Currency currency;
  EventTime time;
  Verdict verdict;
  features::Vector features;
};

// Writes the decisions of one task: what never changes among them, or rarely, is text already.
class DecisionWriter {
 public:
  explicit DecisionWriter(const TaskIdentity& task);
  std::string_view write(const Decision& decision);  // valid until the next one

 private:
  void write_reasons(const Verdict& verdict);

  std::vector<std::string> begin_;  // per input: up to the offset in `id`
  std::string end_;                 // feature schema and logic
  EventTime time_ = EventTime::earliest();
  std::string time_text_;  // of time_, up to the value of event_id
  Date date_{INT32_MIN};
  std::string date_text_;
  codec::JsonText json_;
};

}  // namespace due::topology::risk
