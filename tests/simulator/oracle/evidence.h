// tests/simulator/oracle/evidence.h
// What is left when a run is over: every frame of every partition, and the group's positions. All that the oracle may look at.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/simulator/oracle/company.h"

namespace due::oracle {

// The header `duestream` of an output: "TASK SEQ T".
struct Mark {
  std::string task;
  std::int64_t seq = 0, time = 0;
};
Mark mark_of(std::string_view header);

struct Entry {
  enum class Kind { data, commit, abort };
  Kind kind = Kind::data;
  std::int64_t offset = 0, producer = -1;
  std::int32_t epoch = -1;
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::string>> headers;

  std::string_view text() const { return value ? std::string_view(*value) : std::string_view(); }
  // The last header of that name: a dead letter carries those of its sender too.
  Mark mark() const {
    Mark last;
    for (const auto& [n, v] : headers)
      if (n == "duestream") last = mark_of(v);
    return last;
  }
  const std::string* header(std::string_view name) const {
    for (const auto& [n, v] : headers)
      if (n == name) return &v;
    return nullptr;
  }
};

using Place = std::pair<std::string, int>;  // topic, partition

// A subtopology, by what docs/architecture.md says of it.
struct Part {
  std::string name, chronicle;
  std::vector<std::string> inputs;   // the first is the spine
  std::vector<std::string> outputs;  // in the order in which the chronicle numbers them
};
const std::vector<Part>& parts();
const std::vector<std::string>& company_topics();   // of what is published from outside
const std::vector<std::string>& internal_topics();  // of what tasks tell each other

struct Position {
  std::int64_t next = 0;
  std::string metadata;
};

struct Evidence {
  std::map<Place, std::vector<Entry>> partitions;
  std::map<Place, Position> positions;  // of the group
  std::vector<Posted> posted;
  bool complete = true;                 // all was to be read; no: somebody had to refuse to go on
  int tasks = 1;                        // of each part: partitions of the inputs
  std::map<std::string, std::int64_t> message_bytes_max;  // where it is small
  std::int64_t parked_micros = 0;       // how long a record waits for what it refers to
  // Of each account task: the rows of its reservations, where it stopped in an orderly way.
  std::map<std::string, std::vector<std::string>> reservations;
};

// The records of a partition that a reader of committed ones sees; an open transaction hides what is behind its first record.
std::vector<const Entry*> visible(const std::vector<Entry>& entries);

}  // namespace due::oracle
