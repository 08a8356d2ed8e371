// stream/runtime/task/task.h
// A task: one partition of one subtopology. Computes batches from its inputs, or folds recorded ones; keeps what is durable apart.
//
//   Source   DESIGN 3.1 to 3.5
//   Shape    open batch -> seal() -> committed(); or fold(); persist only at a boundary, where nothing computed is uncommitted
//   Errors   Remedy::stop with task, record and what to do; StoreFailure is turned into one by the worker
//   Clock    none: the caller hands in wall and monotonic time
//   Threads  owned by one worker; a Persist may be written on another thread
//
//   open() ─► begin_fold(), fold().. ─► live: run() ─► seal() ─► (commit) ─► committed() ─┐
//                                         ▲                                              │
//                                         └─────── begin_persist() at a boundary ◄───────┘
#pragma once

#include <optional>
#include <string>

#include "stream/runtime/task/input_queues.h"
#include "stream/runtime/task/machine.h"

namespace due::runtime {

// The unit that never changes once it is computed: its chronicle record and its outputs. Sent again if need be.
struct SealedBatch {
  std::uint64_t epoch = 0;  // of the assignment under which it was computed
  BatchName name, previous;
  log::Position position;  // of the spine, which names the task
  std::unique_ptr<OutputBuffer> buffer;  // the last record is the chronicle's; null: nothing but a position
  topology::Counts counts;
  std::int64_t steps = 0;
};

// The meta row: where a durable state stands. In one RocksDB batch with the objects it speaks of.
struct Meta {
  BatchName last;
  Hash128 genesis;                  // hash of the genesis' content
  std::int64_t chronicle_from = 0;  // an offset at or before the record behind `last`
  std::string last_transactional_id;
  std::string last_logic;    // that decided `last`; empty: written before it was kept, and trusted
  bool last_sealed = false;  // `last` is a sealed record
  Hash128 digest;
  std::vector<std::int64_t> positions;
  MachineState machine;
  static std::optional<Meta> read(state::RowReader& rows);  // StoreFailure where it cannot be read
  void write(state::RowBatch& batch) const;
};

class Task {
 public:
  struct Limits {
    std::size_t batch_records_max = 20'000;  // outputs of one batch
    std::size_t batch_bytes_max = 8U << 20;
    std::chrono::microseconds merge_wait{1'000'000};
  };
  struct Options {
    Machine::Options machine;
    Genesis genesis;
    std::string transactional_id;
    log::TopicPartition spine;
    log::TopicPartition chronicle;
    std::uint16_t chronicle_output = 0;  // its topic's place among the committer's topics
    std::size_t cache_bytes_max = 0;
    Limits limits;
  };

  Task(Options options, std::unique_ptr<state::RowStore> rows);

  // Takes up the durable state. Without one: the state before the genesis.
  Status open();
  // The genesis as recorded: where it began counts, the rest must be as found now. Before the first fold of an empty state.
  Status adopt(const Genesis& recorded);
  const Meta& durable() const { return durable_; }
  const BatchName& last() const { return last_; }
  // Another logic version goes on only behind a sealed record: from there on whoever has no state finds its checkpoint, not our past.
  Status may_go_on() const;
  const std::string& last_writer() const { return last_writer_; }  // transactional id of the record behind last()
  std::size_t cache_bytes_max() const { return options_.cache_bytes_max; }
  const std::string& name() const { return options_.machine.identity.name; }
  const log::TopicPartition& spine() const { return options_.spine; }
  const log::TopicPartition& chronicle() const { return options_.chronicle; }
  std::int32_t partition() const { return options_.machine.identity.partition; }
  std::size_t inputs() const { return options_.genesis.inputs.size(); }
  const std::vector<InputOrigin>& origins() const { return options_.genesis.inputs; }  // the same
  const std::vector<OutputTarget>& outputs() const { return options_.genesis.outputs; }
  std::uint16_t first_output() const { return options_.machine.first_output; }  // its place among the committer's topics
  log::TopicPartition input(std::size_t index) const;
  const std::string& input_name(std::size_t index) const { return options_.machine.identity.input_topics[index]; }  // without prefix
  bool is_broadcast(std::size_t index) const { return index >= options_.machine.subtopology->inputs.size(); }
  InputQueues& queues() { return queues_; }
  Machine& machine() { return machine_; }

  // ---- fold: does a recorded batch again, silently, and compares
  Status begin_fold(ChronicleRecord record, Hash128 hash);
  enum class Folded { whole, more, awaits_input };     // whole: it came out the same; awaits_input: see awaited()
  Result<Folded> fold(std::size_t steps_max);          // goes on with the batch that was begun
  std::size_t awaited() const { return folding_->record.runs[folding_->run].input; }
  bool folding() const { return folding_.has_value(); }
  // Wants to see every output that a fold derives, before the batch as a whole is compared. Without one they are hashed only.
  class Judge {
   public:
    virtual ~Judge() = default;
    virtual Status judge(const ChronicleRecord& record, const Machine::Taken& taken) = 0;  // an error ends the fold
  };
  void judge_folds(Judge& judge) { judge_ = &judge; }  // which outlives the task's folds

  // ---- live
  struct Now {
    EventTime wall;
    std::chrono::microseconds monotonic{0};  // against which merge_wait counts
  };
  std::size_t run(std::size_t records_max, Now now);  // steps taken; stops at the limits of a batch
  bool idle_tick(Now now);                            // a tick, if a timer is due
  bool open_batch() const { return open_steps_ > 0 || record_wanted_; }
  bool full() const;
  std::size_t open_records() const { return machine_.open_records(); }
  // The next batch gets a chronicle record also without steps. It names who owns the task now, and brings back the log's clock.
  void sign_on() { record_wanted_ = !sealed_; }
  // The next batch is the sealed record. At a boundary that is durable; nothing where the last record is one already.
  void seal_state();
  SealedBatch seal(bool released);  // also without steps: then it is nothing but a position
  // The position behind the last sealed batch, as released. What was computed beyond it is given up: the task is over.
  SealedBatch give_up();
  void committed(const SealedBatch& batch);
  bool boundary() const { return open_steps_ == 0 && !sealed_; }  // nothing computed is uncommitted

  // ---- persist, at a boundary
  struct Persist {
    std::shared_ptr<const state::RowBatch> batch;
    Meta meta;
    std::int64_t steps = 0;  // folded again after a crash just before it is durable
  };
  Persist begin_persist();
  // The chronicle's stable end, as it was when our last batch was the last one for all that we knew. Another member may have gone on
  // behind it meanwhile: a later fold starts there only once a batch of ours has followed.
  void saw_chronicle_end(std::int64_t end);
  // The same, where all before it was folded: nothing that follows can lie before.
  void folded_chronicle_to(std::int64_t end);
  // Of a standby: where the record behind last() lies.
  void chronicle_goes_on_at(std::int64_t offset) { chronicle_from_ = offset; }
  Error other_digest(const DigestPoint& point, Hash128 mine) const;
  void written() { machine_.cache().written(); }  // the batch is readable below
  void durable(Meta meta) { durable_ = std::move(meta); }
  state::RowStore& rows() { return *rows_; }
  std::int64_t steps_since_persist() const { return steps_since_persist_; }
  Hash128 digest();  // of the state as it is: makes a boundary of its own, written at once

 private:
  void step(std::size_t input, Now now);
  void tick(EventTime time, EventTime wall);
  void note_run(std::size_t input, std::int64_t offset);
  ChronicleRecord record_of(Machine::Taken& taken);
  Status compare(const ChronicleRecord& record, const Machine::Taken& taken) const;
  Status compare_digest(const DigestPoint& point);
  Result<Folded> fold_run(const Run& run, std::size_t& steps_left);
  Status end_fold();
  Error other_logic(std::int64_t seq, const std::string& logic, const std::string& what) const;
  Error divergence(const ChronicleRecord& record, const std::string& what) const;
  Hash128 genesis_hash() const;

  // A recorded batch that is being done again, and how far that is.
  struct Folding {
    ChronicleRecord record;
    Hash128 hash;
    std::size_t run = 0;     // index of the run
    std::int64_t taken = 0;  // steps of it
  };

  Options options_;
  std::unique_ptr<state::RowStore> rows_;
  Machine machine_;
  InputQueues queues_;
  Meta durable_;
  std::optional<Folding> folding_;
  Judge* judge_ = nullptr;
  BatchName last_;              // computed and sealed, or folded
  std::int64_t spine_next_ = 0;  // the spine's position behind it
  bool sealed_ = false;  // a sealed batch is not committed yet
  bool ticked_ = false;  // the open batch has its tick of the wall clock
  bool record_wanted_ = false;  // by sign_on() or seal_state()
  bool seals_ = false;          // by seal_state()
  std::string last_logic_;      // of the record behind last_, as in Meta
  bool last_sealed_ = false;
  std::string last_writer_;
  std::vector<Run> runs_;
  std::int64_t open_steps_ = 0;
  std::int64_t steps_since_persist_ = 0;
  struct End {
    std::int64_t offset = 0, seq = -1;  // behind which batch it was seen
  };
  std::int64_t chronicle_from_ = 0;  // at or before the record behind last_
  End chronicle_end_;
  std::optional<DigestPoint> announce_;  // goes into the next record
  topology::Counts open_from_;           // counts at the start of the open batch
};

}  // namespace due::runtime
