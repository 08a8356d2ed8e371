// schemas/events/control.h
// Orders of people to the system, each with the person and the reason: they are audited like any other fact.
//
//   Source   topic controls, broadcast; schemas/json/control-*.schema.json
//   Shape    business key: control_id
//   Units    a period is a calendar month, by its first day
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "schemas/base/event_time.h"

namespace due::events {

// due.control.close-requested.v1: close the period of a legal entity.
struct CloseRequested {
  std::string legal_entity_id;
  Date period;
};
// due.control.reopen-requested.v1
struct ReopenRequested {
  std::string legal_entity_id;
  Date period;
};
// due.control.check-waived.v1: close although this check fails.
struct CheckWaived {
  std::string legal_entity_id;
  Date period;
  std::string check;
};
// due.control.series-suspended.v1: issue no number of this series until it is resumed.
struct SeriesSuspended {
  std::string legal_entity_id, series;
};
// due.control.series-resumed.v1
struct SeriesResumed {
  std::string legal_entity_id, series;
};
// due.control.record-skipped.v1: pass over one record of an input that cannot be processed.
struct RecordSkipped {
  std::string topic;  // without prefix
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};
// due.control.model-activated.v1: this model decides from now on for the purpose; activating an earlier one is the rollback.
struct ModelActivated {
  std::string purpose;
  std::string model_sha256;  // of the model's content
};
// due.control.rerun-ordered.v1: price a past window again.
struct RerunOrdered {
  enum class Mode : std::uint8_t { preview, post };
  std::string legal_entity_id;
  Date from, to;                      // usage of these days, both included
  std::optional<EventTime> known_at;  // with what was known then; absent: with what is known now
  Mode mode = Mode::preview;
};

struct Control {
  std::string control_id, actor, reason;
  std::variant<CloseRequested, ReopenRequested, CheckWaived, SeriesSuspended, SeriesResumed, RecordSkipped, ModelActivated, RerunOrdered>
      order;
};

}  // namespace due::events
