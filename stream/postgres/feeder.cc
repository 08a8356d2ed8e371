#include "stream/postgres/feeder.h"

#include <algorithm>

namespace due::postgres {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t poll_records = 4'096;
constexpr log::Duration poll_wait{50};

}  // namespace

Result<std::unique_ptr<Feeder>> Feeder::open(log::Log& log, Options options, const Attached& attached) {
  auto reader = log.reader(log::Isolation::read_committed);
  if (!reader) return reader.error();
  std::unique_ptr<Feeder> feeder(new Feeder(std::move(options), std::move(*reader)));
  if (Status started = feeder->start(log, attached); !started) return started.error();
  return feeder;
}

Feeder::Feeder(Options options, std::unique_ptr<log::Reader> reader) : options_(std::move(options)), reader_(std::move(reader)) {
  for (const Table* t : options_.tables) mappers_.push_back(t->make_mapper());
}

Status Feeder::start(log::Log& log, const Attached& attached) {
  std::vector<log::Assignment> assignments;
  for (std::size_t i = 0; i < options_.targets.size(); ++i) {
    const Target& t = options_.targets[i];
    const log::TopicPartition place{t.log_topic, t.partition};
    const auto bounds = log.bounds(place, log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    Input input;
    input.target = t;
    input.written = attached.next[i];
    input.read = input.written < 0 || options_.from_beginning ? bounds->start.value : input.written;
    input.end = bounds->end.value;
    for (const ChainEnd& head : attached.heads)
      if (head.table == t.table && head.partition == t.partition) input.streams.push_back({head, std::nullopt, false});
    left_ += std::max<std::int64_t>(0, input.end - input.read);
    assignments.push_back({place, log::Offset{input.read}, log::InputTag{static_cast<std::uint32_t>(i)}});
    inputs_.push_back(std::move(input));
  }
  return reader_->add(assignments);
}

bool Feeder::caught_up() const {
  return std::ranges::all_of(inputs_, [](const Input& i) { return i.read >= i.end; });
}

void Feeder::begin(Batch& batch) const {
  for (std::vector<Rows>* all : {&batch.fresh, &batch.repeats}) {
    all->resize(options_.tables.size());
    for (Rows& rows : *all) {
      rows.tuples.clear();
      rows.count = 0;
    }
  }
  batch.moves.clear();
  batch.heads.clear();
  batch.seals.clear();
}

Batch Feeder::next(const std::function<bool()>& free, const std::atomic<bool>& stop, Batch spent) {
  Batch batch = std::move(spent);
  begin(batch);
  std::optional<Clock::time_point> first;
  while (true) {
    batch.last = stop || (options_.until_caught_up && caught_up());
    if (batch.last) break;
    std::size_t bytes = 0;
    for (std::size_t t = 0; t < batch.fresh.size(); ++t) bytes += batch.fresh[t].tuples.size() + batch.repeats[t].tuples.size();
    if (bytes >= options_.batch_bytes) break;
    if (first && Clock::now() - *first >= options_.linger && free()) break;
    auto read = reader_->poll(poll_records, poll_wait);
    if (!read && read.error().remedy == Remedy::retry) continue;
    if (!read) batch.failure = read.error();
    if (read) take(**read, batch);
    if (batch.failure) break;
    if (!first && batch.rows() > 0) first = Clock::now();
  }
  seal(batch);
  return batch;
}

void Feeder::take(const log::Batch& read, Batch& batch) {
  for (const log::Record& record : read.records()) {
    batch.failure = take(record, batch);
    if (batch.failure) return;
  }
  for (const log::Progress& p : read.progress()) {
    Input& input = inputs_[p.input.value];
    if (p.next.value <= input.read) continue;
    input.read = p.next.value;
    input.touched = true;
  }
}

std::optional<Error> Feeder::take(const log::Record& record, Batch& batch) {
  Input& input = inputs_[record.input.value];
  const Target& target = input.target;
  const Table& table = *options_.tables[target.table];
  const auto misplaced = [&](const std::string& why) {
    const std::string place = target.log_topic + "/" + std::to_string(target.partition) + " offset " + std::to_string(record.offset.value);
    return Error{Remedy::stop, place + " is not a record of this topic: " + why +
                                   ". What came before is written, nothing behind it. See docs/sink.md, \"A record that does not belong\""};
  };
  OutputMark mark{"", record.offset.value, {}};
  if (table.source == Source::output) {
    const auto found = mark_of(record);
    if (!found) return misplaced("it has no header duestream with task, seq and T, as every output has");
    mark = *found;
  }
  Stream& stream = stream_of(input, mark.task);
  if (table.source == Source::output)
    if (auto gap = check_sequence(input, stream, mark.seq)) return gap;
  const bool repeat = table.source == Source::output ? mark.seq <= stream.end.seq : record.offset.value < input.written;
  Rows& rows = (repeat ? batch.repeats : batch.fresh)[target.table];
  const std::size_t at = rows.tuples.size();
  TupleWriter row(rows.tuples);
  begin_row(table, target.partition, record, mark, row);
  if (const auto wrong = mappers_[target.table]->map(record, row)) {
    rows.tuples.resize(at);
    return misplaced(*wrong);
  }
  ++rows.count;
  stream.read = std::max(stream.read.value_or(mark.seq), mark.seq);
  if (!repeat) {
    hash_.extend(stream.end.link, std::string_view(rows.tuples).substr(at));
    stream.end.seq = mark.seq;
    stream.moved = true;
    if (++stream.end.rows % rows_per_seal == 0) batch.seals.push_back(stream.end);
  }
  if (record.offset.value < input.end) --left_;
  input.read = record.offset.next().value;
  input.touched = true;
  return std::nullopt;
}

// Outputs are numbered per task and partition without a gap: anything missing was lost on the way, whatever the log says.
std::optional<Error> Feeder::check_sequence(const Input& input, const Stream& stream, std::int64_t seq) const {
  const std::int64_t before = stream.read.value_or(stream.end.seq);
  if (seq <= before + 1) return std::nullopt;
  return Error{Remedy::stop, "a gap in " + input.target.log_topic + "/" + std::to_string(input.target.partition) + ": behind seq " +
                                 std::to_string(before) + " of task " + stream.end.task + " comes seq " + std::to_string(seq) +
                                 ". Records are missing in the log. What came before is written, nothing behind it. "
                                 "See docs/sink.md, \"A gap\""};
}

Feeder::Stream& Feeder::stream_of(Input& input, std::string_view task) {
  for (Stream& s : input.streams)
    if (s.end.task == task) return s;
  Stream s;
  s.end.table = input.target.table;
  s.end.partition = input.target.partition;
  s.end.task = task;
  s.end.link = first_link(options_.tables[s.end.table]->topic, s.end.partition, task);
  input.streams.push_back(std::move(s));
  return input.streams.back();
}

void Feeder::seal(Batch& batch) {
  for (Input& input : inputs_) {
    if (!input.touched) continue;
    const std::int64_t till = std::max(input.written, input.read);
    batch.moves.push_back({input.target.table, input.target.partition, input.written, till});
    input.written = till;
    input.touched = false;
    for (Stream& s : input.streams)
      if (std::exchange(s.moved, false)) batch.heads.push_back(s.end);
  }
}

}  // namespace due::postgres
