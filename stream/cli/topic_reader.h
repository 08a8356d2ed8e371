// stream/cli/topic_reader.h
// Reads a topic, committed records only: what `tail`, `inspect` and `report` stand on.
//
//   Units    offsets; a stretch is [from, to)
//   Errors   Remedy::stop: the topic does not exist; whatever the log says
//   Threads  the caller's
#pragma once

#include <functional>
#include <span>

#include "stream/cli/wire.h"

namespace due::cli {

// A part of one partition. Without `to`: on and on, as records come.
struct Stretch {
  std::int32_t partition = 0;
  std::int64_t from = 0;
  std::optional<std::int64_t> to;
};
enum class Next { go_on, stop };
using EachRecord = std::function<Next(std::int32_t partition, const log::Record&)>;

// Every partition as it is now, from its first record to its stable end.
Result<std::vector<Stretch>> whole_topic(log::Log& log, const std::string& topic);

// Partition by partition as records arrive; within one in offset order. `between` is asked before every poll.
Status scan(log::Log& log, const std::string& topic, std::span<const Stretch> stretches, const EachRecord& each,
            const std::function<Next()>& between);
Status scan(log::Log& log, const std::string& topic, const EachRecord& each);  // the whole topic as it is now

// A stretch that ends, from its end backwards: in windows, each twice as long as the one before, and each in the order of its records.
// After every window `enough` says whether to go further back. Whether the stretch's beginning was reached.
enum class Reached { beginning, somewhere };
Result<Reached> scan_back(log::Log& log, const std::string& topic, const Stretch& stretch, std::int64_t look_back_max,
                          const EachRecord& each, const std::function<Next()>& enough);

// A record that outlives its batch.
struct KeptRecord {
  std::int32_t partition = 0;
  log::Offset offset;
  EventTime timestamp;
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::string>> headers;
  // Views of this record; `into` holds the headers'.
  log::Record view(std::vector<log::Header>& into) const;
};

// The newest records of some stretches (which end) that match, oldest first, by the time of their append.
struct Newest {
  std::string topic;
  std::vector<Stretch> stretches;
  std::size_t count = 0;
  std::int64_t look_back_max = INT64_MAX;  // offsets of one partition
};
struct Found {
  std::vector<KeptRecord> records;
  bool all = true;  // false: look_back_max ended the search
};
Result<Found> newest(log::Log& log, const Newest& wanted, const std::function<bool(const log::Record&)>& matches);

}  // namespace due::cli
