// stream/runtime/task/input_queues.h
// The inputs of one task, fetched and waiting, and the rule which comes next.
//
//   Source   DESIGN 3.1: the smallest event time among the heads; an input known to be non-empty is waited for up to merge.wait.
//            DESIGN 7.2: broadcast inputs go ahead of the others, and up to where they ended at the open before anything else
//   Shape    co-partitioned inputs first, behind them the broadcast ones. Ties go to the input named first; an undecodable record
//            counts as earliest
//   Units    offsets; microseconds of monotonic time
//   Clock    none: the caller says what time it is
//   Threads  owned by one worker
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "stream/log/log.h"
#include "stream/runtime/task/machine.h"

namespace due::runtime {

class InputQueues {
 public:
  InputQueues(std::size_t co_partitioned, std::size_t broadcast, std::int32_t partition, Machine& machine);

  void start_at(std::size_t input, std::int64_t position);
  // Nothing of the co-partitioned inputs is picked before this broadcast input has been consumed up to `end`.
  void hold_until(std::size_t input, std::int64_t end);
  bool held() const { return held_; }
  // A run of records of one input; `batch` keeps their memory.
  void offer(std::size_t input, std::shared_ptr<const log::Batch> batch, std::span<const log::Record> records);
  void skip_to(std::size_t input, std::int64_t position);  // over a gap, where nothing queued lies before it
  void progress(std::size_t input, std::int64_t next, bool at_end);

  // The input whose head is next, or nothing: all are empty, or one is waited for. A head later than `latest` will be refused, so it
  // holds up nothing either: it counts as earliest.
  std::optional<std::size_t> pick(std::chrono::microseconds now, std::chrono::microseconds wait, EventTime latest);
  const topology::Prepared* head(std::size_t input);  // null: nothing fetched
  void consume(std::size_t input);

  std::int64_t position(std::size_t input) const { return inputs_[input].position; }  // the next offset to be consumed
  std::int64_t expected(std::size_t input) const { return inputs_[input].expected; }  // the next offset to be offered
  bool at_end(std::size_t input) const { return inputs_[input].chunks.empty() && inputs_[input].at_end; }
  bool all_at_end() const;
  bool any() const;
  std::size_t queued_bytes(std::size_t input) const { return inputs_[input].bytes; }
  std::size_t size() const { return inputs_.size(); }

 private:
  struct Chunk {
    std::shared_ptr<const log::Batch> batch;
    std::span<const log::Record> records;
  };
  static constexpr std::size_t ahead = 8;  // records whose objects are on their way; a power of two
  struct Input {
    std::deque<Chunk> chunks;
    std::size_t at = 0;    // index into the first chunk
    std::size_t seen = 0;  // ... up to where objects were asked for
    std::array<std::uint64_t, ahead> objects{};  // of the records [at, seen), by index
    std::int64_t position = 0;
    std::int64_t expected = 0;
    std::int64_t hold_until = 0;
    bool at_end = false;
    std::size_t bytes = 0;
    bool prepared = false;
    topology::Prepared head;
    std::deque<std::string> arena;
  };
  static std::size_t bytes_of(const log::Record& r) { return 96 + (r.value ? r.value->size() : 0) + (r.key ? r.key->size() : 0); }

  topology::InputRecord record(std::size_t input, const log::Record& r) const;
  void look_ahead(std::size_t input);  // for speed alone
  std::optional<std::size_t> pick_broadcast();

  std::vector<Input> inputs_;
  std::size_t co_partitioned_;
  bool held_ = false;
  std::int32_t partition_;
  Machine& machine_;
  std::optional<std::chrono::microseconds> waiting_since_;
};

}  // namespace due::runtime
