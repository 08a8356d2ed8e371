// stream/runtime/task/machine.h
// A task's deterministic part: logic over its store. (state, step) -> (state', outputs); sees no clock and no log.
//
//   Shape    outputs get their partition from their key, a sequence number that is gapless per (topic, partition), and the
//            header of schemas/codec/output/output_mark.h
//   Errors   StepFailure names the record, or the tick, that the logic cannot get over, and what to publish; the task is over.
//            StoreFailure passes through
//   Clock    none: ticks bring the time
//   Threads  owned by one task
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "state/cache/object_cache.h"
#include "stream/runtime/task/chronicle.h"
#include "stream/runtime/task/output_buffer.h"
#include "topology/graph/description.h"

namespace due::runtime {

// What stays of a machine besides its objects: part of the meta row.
struct MachineState {
  topology::Tick tick;                                 // last task time and wall clock
  std::vector<std::vector<std::int64_t>> next_seq;     // per output topic and partition; the first number is 1
  bool history = false;                                // the last record was history: idle time moves nothing
};

// The logic threw: of this step nothing is known. what() is one sentence for whoever has to get the task going again.
class StepFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// For bug_listener of schemas/base/result.h: a bug within a step becomes an exception, so that the record is named; any other ends the
// process as ever.
void throw_bug_of_step(const char* what);

class Machine final : public topology::Context {
 public:
  struct Options {
    topology::TaskIdentity identity;
    const topology::Subtopology* subtopology = nullptr;
    topology::LogicOptions logic;
    std::vector<OutputTarget> outputs;
    std::uint16_t first_output = 0;  // place of the first one among the committer's topics
  };
  Machine(Options options, state::RowStore& rows, std::size_t cache_bytes_max);

  enum class Keep { outputs, hash_only };  // hash_only: a fold, which compares and sends nothing
  void keep(Keep keep) { keep_ = keep; }
  void again(bool again) { again_ = again; }  // steps that were taken and committed before: what stops there cannot be passed over

  void prepare(topology::Prepared& record, std::deque<std::string>& arena);
  // For speed alone, some steps ahead: what their records will ask for is brought near. A record is named by what `object_of` said of it.
  std::uint64_t object_of(const topology::InputRecord& record) const { return logic_->object_of(record); }
  void expect(std::uint64_t object, state::ObjectStore::Near near) const { cache_.expect(object, near); }
  void expect(const topology::Prepared& record) const;

  void tick(const topology::Tick& tick);
  void record(const topology::Prepared& record);
  // The latest event time that is accepted at a reading of the wall clock.
  EventTime latest(EventTime wall) const { return wall.plus_micros(options_.logic.future_max_micros); }
  // Does a history record move task time? Not one that is too late: a single mistaken date would end every timer.
  bool moves_time(const topology::Prepared& record, EventTime wall) const {
    return record.history && !record.broadcast && record.order() > state_.tick.time && record.order() <= latest(wall);
  }
  bool due_by(EventTime time) const { return logic_->due_by(time); }
  void restore() { logic_->restore(cache_); }

  // The outputs since the last take, their ranges and their running hash; resets all three.
  struct Taken {
    std::unique_ptr<OutputBuffer> buffer;
    std::vector<OutputRange> ranges;
    Hash128 hash;
  };
  Taken take();
  std::size_t open_records() const { return open_records_; }
  std::size_t open_bytes() const { return open_bytes_; }

  MachineState& state() { return state_; }
  state::ObjectCache& cache() { return cache_; }
  topology::Counts& counts() override { return counts_; }

  // topology::Context
  bool emit(std::uint16_t output, std::optional<std::string_view> key, std::optional<std::string_view> value,
            std::span<const HeaderView> headers) override;
  const topology::Tick& now() const override { return state_.tick; }
  state::ObjectStore& store() override { return cache_; }

 private:
  std::string stopped_at(const topology::InputRecord& record, const char* why) const;
  struct Place {
    std::uint16_t output = 0;
    std::int32_t partition = 0;
    std::int64_t seq = 0;
  };
  void write(const Place& place, std::optional<std::string_view> key, std::optional<std::string_view> value,
             std::span<const HeaderView> headers);
  std::span<const HeaderView> output_headers(std::int64_t seq, std::span<const HeaderView> headers);
  char* scratch(std::size_t size);

  Options options_;
  state::ObjectCache cache_;
  std::unique_ptr<topology::Logic> logic_;
  MachineState state_;
  Keep keep_ = Keep::outputs;
  bool again_ = false;
  topology::Counts counts_;
  std::unique_ptr<OutputBuffer> buffer_;
  std::vector<OutputRange> ranges_;
  RunningHash hash_;
  std::size_t open_records_ = 0, open_bytes_ = 0;
  std::string mark_begin_, time_text_;     // of the header of outputs: the task; task time
  std::int64_t time_written_ = INT64_MIN;  // task time that time_text_ shows
  std::string scratch_;
};

}  // namespace due::runtime
