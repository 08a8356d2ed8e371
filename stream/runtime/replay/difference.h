// stream/runtime/replay/difference.h
// Where an output that was derived again is not the one that was emitted.
//
//   Shape    field: "key", "value", "header NAME", "headers" (other names or another number of them), "missing" (derived, not there),
//            "additional" (there, not derived)
//   Errors   none
//   Threads  none
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "stream/log/log.h"

namespace due::runtime {

struct Difference {
  std::int64_t batch = -1;  // of the chronicle; of an additional record the one at which it was met
  std::string topic;        // with prefix
  std::int32_t partition = -1;
  std::int64_t offset = -1;  // of the emitted record; -1: there is none
  std::int64_t number = -1;  // of the derived one, as its header counts; -1: there is none
  std::string field;
  std::string derived, emitted;  // whole
  std::string text() const;      // for people, several lines
};

struct FieldDifference {
  std::string field, derived, emitted;
};
// Of two records at one place; nothing: equal, byte by byte. Timestamps are the log's own and are not compared.
std::optional<FieldDifference> difference_of(const log::OutputRecord& derived, const log::Record& emitted);
bool same(const log::OutputRecord& derived, const log::Record& emitted);

}  // namespace due::runtime
