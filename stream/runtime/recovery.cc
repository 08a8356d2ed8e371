#include "stream/runtime/recovery.h"

namespace due::runtime {
namespace {

constexpr log::Duration poll_deadline{100};
constexpr log::Duration positions_deadline{5'000};

std::string text(std::chrono::microseconds d) { return std::to_string(d.count() / 1000); }

}  // namespace

Result<Recovery::Figures> Recovery::recover(Task& task) {
  Figures figures;
  if (Status opened = task.open(); !opened) return opened.error();
  const log::TopicPartition chronicle{options_.chronicle_topic, task.partition()};
  auto bounds = log_.bounds(chronicle, log::Isolation::read_committed);
  if (!bounds) return bounds.error();
  const bool fresh = task.last().seq < 0;
  const std::int64_t from = fresh ? bounds->start.value : task.durable().chronicle_from;
  if (!fresh && from < bounds->start.value)
    return Error{Remedy::stop, "task " + task.name() + ": its chronicle begins at offset " + std::to_string(bounds->start.value) +
                                   ", behind " + std::to_string(from) +
                                   " where its state stands; the topic must keep everything (retention.ms=-1)"};

  const auto began = log_.time().monotonic();
  auto before = stable_position(task);
  std::optional<BatchName> name;
  if (before && *before) name = BatchName::parse((*before)->metadata);
  if (!name || !name->released) {  // also when no stable answer came: an open transaction may be what blocks it
    auto ids = ids_on_their_way(task, chronicle, from);
    if (!ids) return ids.error();
    figures.fenced = static_cast<int>(ids->size());
    if (Status fenced = fence(*ids); !fenced) return fenced.error();
  }
  const auto fenced_at = log_.time().monotonic();
  auto end = stable_end(chronicle);
  if (!end) return end.error();
  auto position = stable_position(task);
  if (!position) return position.error();
  const auto stable_at = log_.time().monotonic();
  figures.chronicle_end = *end;
  if (Status folded = fold(task, chronicle, from, *end, figures); !folded) return folded.error();
  if (Status same = agree(task, *position, figures); !same) return same.error();
  figures.fence = fenced_at - began;
  figures.stable = stable_at - fenced_at;
  figures.fold = log_.time().monotonic() - stable_at;
  report_(Level::info, "task.recovered",
          "task=" + task.name() + " seq=" + std::to_string(task.last().seq) + " folded_records=" + std::to_string(figures.records_folded) +
              " folded_steps=" + std::to_string(figures.steps_folded) + " fenced=" + std::to_string(figures.fenced) +
              " fence_ms=" + text(figures.fence) + " stable_ms=" + text(figures.stable) + " fold_ms=" + text(figures.fold));
  return figures;
}

Result<std::optional<log::CommittedPosition>> Recovery::stable_position(const Task& task) {
  const log::TopicPartition spine[] = {task.spine()};
  const auto began = log_.time().monotonic();
  while (true) {
    auto positions = log_.committed(options_.group, spine, positions_deadline);
    if (positions) return (*positions)[0];
    if (positions.error().remedy == Remedy::stop || log_.time().monotonic() - began > options_.patience) return positions.error();
  }
}

// Whoever wrote what is not stable yet, and whoever wrote last: the transactional ids that could still write.
Result<std::set<std::string>> Recovery::ids_on_their_way(const Task& task, const log::TopicPartition& chronicle, std::int64_t from) {
  auto stable = log_.bounds(chronicle, log::Isolation::read_committed);
  if (!stable) return stable.error();
  auto all = log_.bounds(chronicle, log::Isolation::read_uncommitted);
  if (!all) return all.error();
  std::set<std::string> ids;
  std::string last = task.durable().last_transactional_id;
  const Status read_all = read(log::Isolation::read_uncommitted, chronicle, from, all->end.value, [&](const log::Record& r) -> Status {
    auto record = decode_chronicle(r.value.value_or(""));
    if (!record) return record.error();
    if (r.offset >= stable->end) {
      ids.insert(record->transactional_id);
    } else {
      last = record->transactional_id;
    }
    return Done{};
  });
  if (!read_all) return read_all.error();
  if (!last.empty()) ids.insert(last);
  ids.erase(options_.own_transactional_id);
  return ids;
}

Status Recovery::fence(const std::set<std::string>& ids) {
  for (const std::string& id : ids) {
    log::CommitterOptions options = options_.committer;
    options.transactional_id = id;
    const auto began = log_.time().monotonic();
    while (true) {
      auto opened = log_.open_committer(options);
      if (opened) break;
      if (opened.error().remedy == Remedy::stop || log_.time().monotonic() - began > options_.patience) return opened.error();
    }
    report_(Level::info, "recovery.fenced", "transactional_id=" + id + " ms=" + text(log_.time().monotonic() - began));
  }
  return Done{};
}

Result<std::int64_t> Recovery::stable_end(const log::TopicPartition& chronicle) {
  const auto began = log_.time().monotonic();
  while (true) {
    auto stable = log_.bounds(chronicle, log::Isolation::read_committed);
    if (!stable) return stable.error();
    auto all = log_.bounds(chronicle, log::Isolation::read_uncommitted);
    if (!all) return all.error();
    if (stable->end == all->end) return stable->end.value;
    if (log_.time().monotonic() - began > options_.patience)
      return Error{Remedy::retry, "the chronicle " + chronicle.topic + "/" + std::to_string(chronicle.partition) +
                                      " is not stable up to its end: a "
                                      "transaction of a process that was not found is open; it ends with its transaction timeout"};
    log_.time().sleep(log::Duration(5));
  }
}

Status Recovery::read(log::Isolation isolation, const log::TopicPartition& partition, std::int64_t from, std::int64_t end,
                      const std::function<Status(const log::Record&)>& each) {
  if (from >= end) return Done{};
  auto reader = log_.reader(isolation);
  if (!reader) return reader.error();
  const log::Assignment assignment[] = {{partition, {from}, {0}}};
  if (Status added = (*reader)->add(assignment); !added) return added;
  const auto began = log_.time().monotonic();
  auto moved = began;
  for (std::int64_t next = from; next < end;) {
    auto batch = (*reader)->poll(10'000, poll_deadline);
    if (!batch) return batch.error();
    const std::int64_t before = next;
    for (const log::Record& r : (*batch)->records()) {
      if (r.offset.value >= end) break;
      if (Status done = each(r); !done) return done;
      next = r.offset.next().value;
    }
    for (const log::Progress& p : (*batch)->progress()) next = std::max(next, p.next.value);
    const auto now = log_.time().monotonic();
    if (next > before) moved = now;
    if (now - moved > options_.patience)
      return Error{Remedy::retry, "nothing could be read from " + partition.topic + "/" + std::to_string(partition.partition) +
                                      " at offset " + std::to_string(next)};
  }
  return Done{};
}

Status Recovery::fold_record(Task& task, std::string_view bytes, bool& assigned, Figures& figures) {
  auto record = decode_chronicle(bytes);
  if (!record) return record.error();
  if (record->seq <= task.last().seq) return Done{};  // durable here already
  if (record->genesis)
    if (Status same = task.adopt(*record->genesis); !same) return same;
  if (!assigned)
    if (Status added = feed_.add(task, options_.input_topics); !added) return added;
  assigned = true;
  auto moved = log_.time().monotonic();
  const auto fetch = [&]() -> Status {
    const std::uint64_t before = feed_.delivered();
    if (Status pumped = feed_.pump(5'000, poll_deadline); !pumped) return pumped;
    feed_.balance();
    const auto now = log_.time().monotonic();
    if (feed_.delivered() != before) moved = now;
    if (now - moved > options_.patience)
      return Error{Remedy::stop, "task " + task.name() + ": its inputs no longer hold what chronicle record " +
                                     std::to_string(record->seq) +
                                     " took; they must be kept as far back as its state may have to be folded again"};
    return Done{};
  };
  if (Status folded = task.fold(*record, hash128(bytes), fetch); !folded) return folded;
  ++figures.records_folded;
  for (const Run& run : record->runs) figures.steps_folded += run.input == Run::tick ? 1 : run.count;
  return Done{};
}

Status Recovery::fold(Task& task, const log::TopicPartition& chronicle, std::int64_t from, std::int64_t end, Figures& figures) {
  bool assigned = false;
  const Status folded = read(log::Isolation::read_committed, chronicle, from, end,
                             [&](const log::Record& r) { return fold_record(task, r.value.value_or(""), assigned, figures); });
  if (!folded) return folded;
  if (!assigned) return feed_.add(task, options_.input_topics);
  return Done{};
}

Status Recovery::agree(const Task& task, const std::optional<log::CommittedPosition>& position, Figures& figures) {
  const BatchName& last = task.last();
  if (!position) {
    figures.position_missing = last.seq >= 0;  // the last visible record counts
    return Done{};
  }
  const auto name = BatchName::parse(position->metadata);
  if (!name)
    return Error{Remedy::stop, "task " + task.name() + ": the group's position carries metadata that is not duestream's (\"" +
                                   position->metadata + "\"); another application uses this group: choose another application name"};
  if (name->same_batch(last)) return Done{};
  return Error{Remedy::stop, "task " + task.name() + ": the group's position names batch " + std::to_string(name->seq) + " (" +
                                 name->hash.hex() + "), the chronicle and the state end at " + std::to_string(last.seq) + " (" +
                                 last.hash.hex() +
                                 "); the position or the chronicle was changed from outside: restore the group's offset or the topic"};
}

}  // namespace due::runtime
