// stream/runtime/task/chronicle.h
// The chronicle: what a task did, batch by batch, so that anyone can do it again and compare.
//
//   Source   DESIGN 3.2; grammar in docs/formats/chronicle.md
//   Shape    one record per committed batch, at most 256 KiB; record 0 is the genesis. hash = XXH3-128 of the record's bytes
//   Units    offsets of the inputs; EventTime in microseconds
//   Errors   decode: Remedy::stop with the position, for unknown versions and short records
//   Clock    none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/base/event_time.h"
#include "schemas/base/hash.h"
#include "schemas/base/result.h"

namespace due::runtime {

inline constexpr std::size_t chronicle_bytes_max = 256U << 10;

// A run of steps: records of one input in a row, or a tick (input == tick).
struct Run {
  static constexpr std::uint32_t tick = UINT32_MAX;
  std::uint32_t input = tick;
  std::int64_t first = 0, last = 0, count = 0;  // offsets; last - first >= count - 1: control records leave gaps
  EventTime time, wall;                         // of a tick
};

// Sequence numbers given to one output partition by a batch: [first, first + count).
struct OutputRange {
  std::uint16_t topic = 0;  // index into the subtopology's outputs
  std::int32_t partition = 0;
  std::int64_t first = 0, count = 0;
};

// The state's digest behind record `seq`: every folder makes a boundary there and compares.
struct DigestPoint {
  std::int64_t seq = 0;
  Hash128 digest;
};

struct InputOrigin {
  std::string topic, id;  // id: the log's, new when the topic is created again
  std::int64_t start = 0;  // the first offset that this task reads
  bool operator==(const InputOrigin&) const = default;
};

struct OutputTarget {
  std::string topic;
  std::int32_t partitions = 0;
  std::int64_t message_bytes_max = 0;
  bool operator==(const OutputTarget&) const = default;
};

// What a task's whole history rests on. A mismatch at the start refuses.
struct Genesis {
  std::string app, task, partitioner;
  std::int32_t partitions = 0;
  std::vector<InputOrigin> inputs;
  std::vector<OutputTarget> outputs;
  bool operator==(const Genesis&) const = default;
};

struct ChronicleRecord {
  std::int64_t seq = 0;
  Hash128 previous;               // hash of record seq - 1; zero for the genesis
  EventTime time;                 // T behind the batch
  std::optional<Genesis> genesis;  // of record 0 alone
  std::vector<Run> runs;
  std::vector<std::int64_t> positions;  // next offset of every input
  std::string logic_version;
  std::vector<OutputRange> outputs;
  Hash128 outputs_hash;
  std::string transactional_id;
  std::optional<DigestPoint> digest;
  bool sealed = false;  // an orderly stop, persisted up to here: without steps, and any logic version may go on behind it
};

std::string encode(const ChronicleRecord& record);
Result<ChronicleRecord> decode_chronicle(std::string_view bytes);
std::string as_json(const ChronicleRecord& record, std::string_view task);  // one line, for people and programs

// Spine metadata: names the last batch of a task.
struct BatchName {
  std::int64_t seq = -1;
  Hash128 hash;
  bool released = false;  // an orderly hand-over: nothing of its owner is on its way
  bool same_batch(const BatchName& o) const { return seq == o.seq && hash == o.hash; }
  std::string text() const;
  static std::optional<BatchName> parse(std::string_view text);
};

}  // namespace due::runtime
