#include "stream/runtime/task/task.h"

#include "schemas/simulated/crash_point.h"
#include "schemas/simulated/plant.h"
#include "state/api/row_key.h"

namespace due::runtime {
namespace {

// 1 had accounts in pages, under the names of customers; 2 did not say which logic had decided; up to 3, documents of two types could meet
// under one key.
constexpr std::uint8_t meta_version = 4;
constexpr std::int64_t wall_tick_micros = 3'600'000'000;  // a history batch notes the wall clock at least this often
constexpr std::size_t run_bytes = 10;                     // of a run in a chronicle record, generously

std::string meta_key() { return std::string(1, static_cast<char>(state::Kind::meta)); }

}  // namespace

std::optional<Meta> Meta::read(state::RowReader& rows) {
  std::string value;
  if (!rows.get(meta_key(), value)) return std::nullopt;
  ByteReader r(value);
  if (r.byte() != meta_version) throw state::StoreFailure("state: the meta row has a version that this program does not know");
  Meta m;
  m.last.seq = r.zigzag();
  m.last.hash = r.hash();
  m.genesis = r.hash();
  m.chronicle_from = r.zigzag();
  m.last_transactional_id = r.text();
  m.last_logic = r.text();
  m.last_sealed = r.byte() != 0;
  m.digest = r.hash();
  for (std::uint64_t n = r.varint(); n > 0 && r.ok(); --n) m.positions.push_back(r.zigzag());
  m.machine.tick.time.micros = r.zigzag();
  m.machine.tick.wall.micros = r.zigzag();
  m.machine.history = r.byte() != 0;
  for (std::uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    auto& partitions = m.machine.next_seq.emplace_back();
    for (std::uint64_t p = r.varint(); p > 0 && r.ok(); --p) partitions.push_back(r.zigzag());
  }
  if (!r.ok() || !r.done()) throw state::StoreFailure("state: the meta row is cut short or too long");
  return m;
}

void Meta::write(state::RowBatch& batch) const {
  std::string value;
  ByteWriter w(value);
  w.byte(meta_version);
  w.zigzag(last.seq);
  w.hash(last.hash);
  w.hash(genesis);
  w.zigzag(chronicle_from);
  w.text(last_transactional_id);
  w.text(last_logic);
  w.byte(last_sealed ? 1 : 0);
  w.hash(digest);
  w.varint(positions.size());
  for (const std::int64_t p : positions) w.zigzag(p);
  w.zigzag(machine.tick.time.micros);
  w.zigzag(machine.tick.wall.micros);
  w.byte(machine.history ? 1 : 0);
  w.varint(machine.next_seq.size());
  for (const auto& partitions : machine.next_seq) {
    w.varint(partitions.size());
    for (const std::int64_t s : partitions) w.zigzag(s);
  }
  batch.put(meta_key(), value);
}

Task::Task(Options options, std::unique_ptr<state::RowStore> rows)
    : options_(std::move(options)),
      rows_(std::move(rows)),
      machine_(options_.machine, *rows_, options_.cache_bytes_max),
      queues_(options_.machine.subtopology->inputs.size(), options_.machine.subtopology->broadcast.size(),
              options_.machine.identity.partition, machine_) {
  check(queues_.size() == options_.genesis.inputs.size(), "a genesis with other inputs than its subtopology");
}

log::TopicPartition Task::input(std::size_t index) const {
  return {options_.genesis.inputs[index].topic, is_broadcast(index) ? 0 : partition()};
}

// Starting offsets are left out: they are where this history began, not what it must match.
Hash128 Task::genesis_hash() const {
  ChronicleRecord c;
  c.genesis = options_.genesis;
  for (InputOrigin& i : c.genesis->inputs) i.start = 0;
  return hash128(encode(c));
}

Status Task::open() {
  if (auto meta = Meta::read(*rows_)) {
    if (meta->genesis != genesis_hash())
      return Error{Remedy::stop, "task " + name() +
                                     ": its state belongs to other topics (created again, other partition counts or size limits); "
                                     "use a new application name and state directory, or restore the topics"};
    durable_ = std::move(*meta);
    chronicle_from_ = durable_.chronicle_from;
    last_ = durable_.last;
    last_logic_ = durable_.last_logic;
    last_sealed_ = durable_.last_sealed;
    last_writer_ = durable_.last_transactional_id;
    machine_.state() = durable_.machine;
    machine_.cache().set_digest(durable_.digest);
    for (std::size_t i = 0; i < durable_.positions.size(); ++i) queues_.start_at(i, durable_.positions[i]);
  } else {
    durable_.genesis = genesis_hash();
    for (std::size_t i = 0; i < options_.genesis.inputs.size(); ++i) {
      durable_.positions.push_back(options_.genesis.inputs[i].start);
      queues_.start_at(i, options_.genesis.inputs[i].start);
    }
    durable_.machine = machine_.state();
    record_wanted_ = true;  // the genesis
  }
  if (planted("sequence-restarts"))
    for (auto& partitions : machine_.state().next_seq) partitions.assign(partitions.size(), 1);
  spine_next_ = queues_.position(0);
  if (!planted("timers-not-restored")) machine_.restore();
  return Done{};
}

Status Task::adopt(const Genesis& recorded) {
  Genesis mine = options_.genesis;
  if (mine.app != recorded.app)
    return Error{Remedy::stop, "task " + name() + ": its chronicle is of application " + recorded.app + ", this is " + mine.app +
                                   "; correct app.name, or use topics of its own (log.prefix)"};
  for (std::size_t i = 0; i < mine.inputs.size() && i < recorded.inputs.size(); ++i) mine.inputs[i].start = recorded.inputs[i].start;
  if (mine != recorded)
    return Error{Remedy::stop, "task " + name() +
                                   ": its chronicle belongs to other topics (created again, other partition counts or size limits); "
                                   "use a new application name, or restore the topics"};
  options_.genesis = mine;
  for (std::size_t i = 0; i < mine.inputs.size(); ++i) queues_.start_at(i, mine.inputs[i].start);
  spine_next_ = queues_.position(0);
  return Done{};
}

// ---------------------------------------------------------------------------------------------------------------- steps

void Task::tick(EventTime time, EventTime wall) {
  if (time < machine_.now().time) time = machine_.now().time;
  if (!planted("tick-not-recorded")) runs_.push_back({Run::tick, 0, 0, 0, time, wall});
  machine_.tick({time, wall});
  ++open_steps_;
}

void Task::note_run(std::size_t input, std::int64_t offset) {
  if (!runs_.empty() && runs_.back().input == input) {
    runs_.back().last = offset;
    ++runs_.back().count;
  } else {
    runs_.push_back({static_cast<std::uint32_t>(input), offset, offset, 1, {}, {}});
  }
  ++open_steps_;
}

void Task::step(std::size_t input, Now now) {
  const topology::Prepared& p = *queues_.head(input);
  const topology::Tick& last = machine_.now();
  if (p.broadcast) {  // its date must be measured by a clock of today, and that is all
    if (now.wall.micros - last.wall.micros > wall_tick_micros) tick(last.time, now.wall);
  } else if (!p.history && !ticked_) {
    tick(now.wall, now.wall);
    ticked_ = true;
  } else if (machine_.moves_time(p, now.wall) && date_of(p.order()) > date_of(last.time)) {
    tick(start_of(date_of(p.order())), now.wall);
  } else if (p.history && now.wall.micros - last.wall.micros > wall_tick_micros) {
    tick(last.time, now.wall);
  }
  note_run(input, p.record.offset);
  if (!planted("step-skipped") || p.record.offset % 64 != 63) machine_.record(p);
  queues_.consume(input);
}

std::size_t Task::run(std::size_t records_max, Now now) {
  std::size_t taken = 0;
  const EventTime latest = machine_.latest(now.wall);
  while (taken < records_max && !full()) {
    const auto input = queues_.pick(now.monotonic, options_.limits.merge_wait, latest);
    if (!input) break;
    step(*input, now);
    ++taken;
  }
  return taken;
}

bool Task::idle_tick(Now now) {
  if (machine_.state().history || queues_.held() || !machine_.due_by(now.wall)) return false;
  tick(now.wall, now.wall);
  return true;
}

bool Task::full() const {
  return machine_.open_records() >= options_.limits.batch_records_max || machine_.open_bytes() >= options_.limits.batch_bytes_max ||
         runs_.size() * run_bytes >= chronicle_bytes_max - 8192;
}

// ----------------------------------------------------------------------------------------------------------------- batches

ChronicleRecord Task::record_of(Machine::Taken& taken) {
  ChronicleRecord c;
  c.seq = last_.seq + 1;
  if (!planted("hash-not-chained")) c.previous = last_.hash;
  c.time = machine_.now().time;
  if (c.seq == 0) c.genesis = options_.genesis;
  c.runs = std::move(runs_);
  for (std::size_t i = 0; i < queues_.size(); ++i) c.positions.push_back(queues_.position(i));
  c.logic_version = options_.machine.identity.logic_version;
  c.outputs = taken.ranges;
  c.outputs_hash = taken.hash;
  c.transactional_id = options_.transactional_id;
  c.digest = std::exchange(announce_, std::nullopt);
  c.sealed = std::exchange(seals_, false);
  return c;
}

void Task::seal_state() {
  check(boundary() && last_.same_batch(durable_.last), "a state is sealed that is not durable");
  if (last_sealed_ || last_.seq < 0) return;
  record_wanted_ = seals_ = true;
  announce_ = DigestPoint{last_.seq, durable_.digest};
}

SealedBatch Task::seal(bool released) {
  check(!sealed_, "a batch is sealed while another one is uncommitted");
  SealedBatch b;
  b.previous = last_;
  if (open_batch()) {
    Machine::Taken taken = machine_.take();
    const ChronicleRecord record = record_of(taken);
    const std::string bytes = encode(record);
    check(bytes.size() <= chronicle_bytes_max, "a chronicle record is larger than its limit");
    b.buffer = std::move(taken.buffer);
    b.steps = open_steps_;
    b.counts = machine_.counts().minus(open_from_);
    log::OutputRecord r;
    r.topic = options_.chronicle_output;
    r.partition = partition();
    r.key = b.buffer->arena.copy(name());
    r.value = b.buffer->arena.copy(bytes);
    b.buffer->records.push_back(r);
    last_ = {last_.seq + 1, hash128(bytes), false};
    last_logic_ = record.logic_version;
    last_sealed_ = record.sealed;
    last_writer_ = record.transactional_id;
  }
  spine_next_ = queues_.position(0);
  runs_.clear();
  record_wanted_ = false;
  open_from_ = machine_.counts();
  steps_since_persist_ += open_steps_;
  open_steps_ = 0;
  ticked_ = false;
  sealed_ = true;
  b.name = last_;
  b.name.released = released;
  b.position = {options_.spine, {planted("position-left-behind") ? 0 : spine_next_}, b.name.text()};
  return b;
}

SealedBatch Task::give_up() {
  check(!sealed_, "a task is given up while a batch of it is uncommitted");
  SealedBatch b;
  b.previous = last_;
  sealed_ = true;
  if (open_steps_ == 0) spine_next_ = queues_.position(0);
  b.name = last_;
  b.name.released = true;
  b.position = {options_.spine, {spine_next_}, b.name.text()};
  return b;
}

void Task::committed(const SealedBatch& batch) {
  check(sealed_ && batch.name.same_batch(last_), "another batch than the sealed one is committed");
  sealed_ = false;
}

void Task::saw_chronicle_end(std::int64_t end) {
  if (last_.seq == chronicle_end_.seq) return;
  chronicle_from_ = planted("persist-at-the-present-end") ? end : chronicle_end_.offset;
  chronicle_end_ = {end, last_.seq};
}

void Task::folded_chronicle_to(std::int64_t end) {
  chronicle_from_ = end;
  last_writer_ = options_.transactional_id;  // whoever wrote before is fenced
  chronicle_end_ = {end, last_.seq};
}

Task::Persist Task::begin_persist() {
  check(boundary() || planted("persist-before-outcome"), "a persist begins away from a boundary");
  Persist p;
  machine_.cache().cut();
  (void)machine_.cache().encode(SIZE_MAX);
  p.meta.last = last_;
  p.meta.genesis = durable_.genesis;
  p.meta.chronicle_from = chronicle_from_;
  p.meta.last_transactional_id = last_writer_;
  p.meta.last_logic = last_logic_;
  p.meta.last_sealed = last_sealed_;
  p.meta.digest = machine_.cache().digest();
  for (std::size_t i = 0; i < queues_.size(); ++i) p.meta.positions.push_back(queues_.position(i));
  p.meta.machine = machine_.state();
  if (!planted("meta-row-forgotten") || durable_.last.seq < 0) p.meta.write(*machine_.cache().batch());
  p.batch = machine_.cache().batch();
  p.steps = std::exchange(steps_since_persist_, 0);
  announce_ = DigestPoint{last_.seq, p.meta.digest};
  return p;
}

// With its meta row, like every batch: objects newer than their meta row could never be folded upon.
Hash128 Task::digest() {
  const std::int64_t steps = steps_since_persist_;
  const Persist p = begin_persist();
  rows_->write(*p.batch);
  machine_.cache().written();
  steps_since_persist_ = steps;
  announce_.reset();
  return machine_.cache().digest();
}

// -------------------------------------------------------------------------------------------------------------------- fold

Error Task::other_logic(std::int64_t seq, const std::string& logic, const std::string& what) const {
  return {Remedy::stop, "task " + name() + ": chronicle record " + std::to_string(seq) + " was decided by logic " + logic + what +
                            ", this program with these settings is logic " + options_.machine.identity.logic_version +
                            ": start the old image and settings with `duestream recover`, which folds, persists and seals, then this one; "
                            "if it was sealed already, this process has an older state: remove its folder " +
                            name() + ", so that it begins with its newest checkpoint"};
}

Status Task::may_go_on() const {
  if (last_.seq < 0 || last_sealed_ || last_logic_.empty() || last_logic_ == options_.machine.identity.logic_version) return Done{};
  return other_logic(last_.seq, last_logic_, " and is not sealed");
}

Error Task::divergence(const ChronicleRecord& c, const std::string& what) const {
  return {Remedy::stop,
          "task " + name() + " diverges at chronicle record " + std::to_string(c.seq) + ": " + what +
              "; its outputs are not what this program derives. Start from an empty state directory; if it diverges again, run the "
              "program version " +
              c.logic_version + " that wrote the record"};
}

Status Task::compare_digest(const DigestPoint& point) {
  if (point.seq != last_.seq) return Done{};  // behind a record that is durable here already
  const Hash128 mine = durable_.last.same_batch(last_) ? durable_.digest : digest();
  crash_point("fold.compared");
  return mine == point.digest ? Status(Done{}) : Status(other_digest(point, mine));
}

Error Task::other_digest(const DigestPoint& point, Hash128 mine) const {
  return Error{Remedy::stop, "task " + name() + ": the state behind chronicle record " + std::to_string(point.seq) + " has digest " +
                                 mine.hex() + ", announced is " + point.digest.hex() +
                                 "; remove its state directory to have it rebuilt from the log"};
}

Status Task::begin_fold(ChronicleRecord c, Hash128 hash) {
  check(!folding_, "a fold begins within another one");
  if (c.seq != last_.seq + 1)
    return divergence(c, "record " + std::to_string(last_.seq + 1) + " was expected: the chronicle has a gap or a fork");
  if (c.previous != last_.hash)
    return divergence(c, "it continues another record " + std::to_string(last_.seq) + " than the one folded here: a fork");
  if (c.logic_version != options_.machine.identity.logic_version && !c.sealed)
    return other_logic(c.seq, c.logic_version, " and has to be folded");
  if (c.digest)
    if (Status same = compare_digest(*c.digest); !same) return same;
  for (const Run& run : c.runs)
    if (run.input != Run::tick && run.input >= queues_.size())
      return divergence(c, "it names input " + std::to_string(run.input) + ", which this program does not have");
  machine_.again(true);
  machine_.keep(judge_ != nullptr ? Machine::Keep::outputs : Machine::Keep::hash_only);
  folding_.emplace(Folding{std::move(c), hash});
  return Done{};
}

Result<Task::Folded> Task::fold_run(const Run& run, std::size_t& steps_left) {
  Folding& f = *folding_;
  if (run.input == Run::tick) {
    if (run.time < machine_.now().time)  // what was folded before it came out of other records than those that were decided
      return divergence(f.record, "its tick at " + format(run.time) + " lies behind the task's time " + format(machine_.now().time));
    machine_.tick({run.time, run.wall});
    ++steps_since_persist_;
    --steps_left;
    return Folded::whole;
  }
  for (; f.taken < run.count; ++f.taken, --steps_left) {
    if (steps_left == 0) return Folded::more;
    const topology::Prepared* p = queues_.head(run.input);
    if (p == nullptr) return Folded::awaits_input;
    const std::int64_t offset = p->record.offset;
    const bool first = f.taken == 0, last = f.taken == run.count - 1;
    if (offset < run.first || offset > run.last || (first && offset != run.first) || (last && offset != run.last))
      return divergence(f.record, "input " + options_.genesis.inputs[run.input].topic + " holds offset " + std::to_string(offset) +
                                      " where the chronicle took " + std::to_string(run.first) + " to " + std::to_string(run.last));
    machine_.record(*p);
    queues_.consume(run.input);
    ++steps_since_persist_;
  }
  f.taken = 0;
  return Folded::whole;
}

Result<Task::Folded> Task::fold(std::size_t steps_max) {
  check(folding_.has_value(), "a fold goes on that was not begun");
  Folding& f = *folding_;
  while (f.run < f.record.runs.size()) {
    if (steps_max == 0) return Folded::more;
    auto folded = fold_run(f.record.runs[f.run], steps_max);
    if (!folded || *folded != Folded::whole) return folded;
    ++f.run;
  }
  if (Status same = end_fold(); !same) return same.error();
  return Folded::whole;
}

Status Task::end_fold() {
  const Machine::Taken taken = machine_.take();
  machine_.keep(Machine::Keep::outputs);
  machine_.again(false);
  const ChronicleRecord& c = folding_->record;
  if (judge_ != nullptr)
    if (Status judged = judge_->judge(c, taken); !judged) return judged;
  if (Status same = compare(c, taken); !same) return same;
  for (std::size_t i = 0; i < c.positions.size() && i < queues_.size(); ++i) queues_.skip_to(i, c.positions[i]);
  last_ = {c.seq, folding_->hash, false};
  last_logic_ = c.logic_version;
  last_sealed_ = c.sealed;
  last_writer_ = c.transactional_id;
  announce_.reset();  // of a state that is behind now
  spine_next_ = queues_.position(0);
  record_wanted_ = false;
  open_from_ = machine_.counts();
  folding_.reset();
  return Done{};
}

Status Task::compare(const ChronicleRecord& c, const Machine::Taken& t) const {
  if (t.hash != c.outputs_hash) return divergence(c, "output hash " + t.hash.hex() + " here, " + c.outputs_hash.hex() + " recorded");
  if (t.ranges.size() != c.outputs.size()) return divergence(c, "it wrote to other output partitions");
  if (machine_.now().time != c.time)
    return divergence(c, "task time " + format(machine_.now().time) + " here, " + format(c.time) + " recorded");
  for (std::size_t i = 0; i < t.ranges.size(); ++i)
    if (t.ranges[i].first != c.outputs[i].first || t.ranges[i].count != c.outputs[i].count)
      return divergence(c, "sequence numbers begin at " + std::to_string(t.ranges[i].first) + " here, at " +
                               std::to_string(c.outputs[i].first) + " there");
  return Done{};
}

}  // namespace due::runtime
