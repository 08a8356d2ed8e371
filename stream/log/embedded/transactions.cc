#include "stream/log/embedded/transactions.h"

#include <algorithm>

namespace due::log::embedded {
namespace {

using store::FrameKind;

constexpr std::size_t metadata_bytes_max = 4'096;  // Kafka's default of offset.metadata.max.bytes

constexpr const char* step_names[] = {"append", "positions", "decide", "mark", "answer"};

std::string text(const TopicPartition& partition) { return partition.topic + "-" + std::to_string(partition.partition); }

}  // namespace

EventTime Transactions::stamp() const {
  const std::int64_t micros = time_.wall().micros;
  return {micros - micros % 1'000};
}

Result<Session> Transactions::open(const std::string& transactional_id, Duration timeout) {
  if (Status may = topics_.writable(); !may) return may.error();
  auto [found, fresh] = producers_.try_emplace(transactional_id);
  Producer& producer = found->second;
  if (fresh) producer.id = next_producer_++;
  ++producer.epoch;
  producer.timeout = timeout;
  const store::ProducerEntry entry{transactional_id, producer.id, producer.epoch, timeout};
  if (Status recorded = topics_.record(entry, stamp()); !recorded) return recorded.error();
  if (Status resolved = resolve(producer); !resolved) return resolved.error();
  return Session{transactional_id, producer.id, producer.epoch};
}

Committed Transactions::commit(const Session& session, Prepared& transaction) {
  expire();
  const Instant begun = time_.monotonic();
  const Why why = run(session, producers_.at(session.transactional_id), transaction);
  Committed committed{.outcome = why ? Outcome::doubtful : Outcome::clean, .why = why.value_or(""), .log_time = stamp()};
  committed.took = time_.monotonic() - begun;
  return committed;
}

Transactions::Why Transactions::run(const Session& session, Producer& producer, Prepared& transaction) {
  if (Status may = topics_.writable(); !may) return may.error().what;
  if (producer.epoch != session.epoch) {
    return "transactional id " + session.transactional_id + " was fenced: epoch " + std::to_string(session.epoch) +
           " has passed, it is " + std::to_string(producer.epoch) + " by now";
  }
  if (producer.state != State::idle) {
    return "transactional id " + session.transactional_id + " has a transaction of doubtful outcome open: open the id again";
  }
  if (Why why = faulted(fault_, Step::append)) return why;
  if (Why why = append(producer, transaction)) return why;
  if (Why why = faulted(fault_, Step::positions)) return why;
  if (Why why = transaction.group->refusal(transaction.identity, time_.monotonic())) return why;
  for (const Position& p : transaction.positions) {
    if (p.metadata.size() > metadata_bytes_max) return "the metadata of position " + text(p.partition) + " is above 4096 bytes";
  }
  producer.group = transaction.identity.group;
  producer.positions = transaction.positions;
  if (Why why = faulted(fault_, Step::decide)) return why;
  if (Why why = decide(producer, transaction)) return why;
  if (Why why = mark(producer, FrameKind::commit_marker, fault_)) return why;
  apply(producer.group, producer.positions);
  producer.state = State::idle;
  return faulted(fault_, Step::answer);
}

Transactions::Why Transactions::faulted(const std::function<Fault(Step)>& fault, Step step) const {
  if (!fault || fault(step) == Fault::none) return std::nullopt;
  return std::string{"abandoned by an injected fault before step "} + step_names[static_cast<std::size_t>(step)];
}

Transactions::Why Transactions::append(Producer& producer, Prepared& transaction) {
  producer.state = State::open;
  producer.since = time_.monotonic();
  producer.spans.clear();
  producer.positions.clear();
  const EventTime at = stamp();
  for (PartitionWrite* write : transaction.writes) {
    const auto log_time = write->log_append_time ? std::optional{at} : std::nullopt;
    const auto range = write->log->append(write->frames, {producer.id, producer.epoch}, log_time);
    if (!range) return topics_.written(range.error()).error().what;
    producer.spans.push_back({write->partition, range.value().first, range.value().last});
  }
  return std::nullopt;
}

Transactions::Why Transactions::decide(Producer& producer, Prepared& transaction) {
  for (PartitionWrite* write : transaction.writes) {
    if (Status synced = topics_.sync_data(*write->log); !synced) return synced.error().what;
  }
  const store::Decision decision{producer.id, producer.spans, producer.group, producer.positions};
  if (Status recorded = topics_.record(decision, stamp()); !recorded) return recorded.error().what;
  producer.state = State::decided;
  if (Status synced = topics_.sync_journal(); !synced) return synced.error().what;
  return std::nullopt;
}

Transactions::Why Transactions::mark(Producer& producer, FrameKind marker, const std::function<Fault(Step)>& fault) {
  while (!producer.spans.empty()) {
    if (Why why = faulted(fault, Step::mark)) return why;
    const auto log = topics_.partition(producer.spans.front().partition);
    check(log.has_value(), "a transaction in a partition that is gone");
    const Status marked = topics_.written(log.value()->mark({producer.id, producer.epoch}, marker, stamp()));
    if (!marked) return marked.error().what;
    producer.spans.erase(producer.spans.begin());
  }
  return std::nullopt;
}

Status Transactions::resolve(Producer& producer) {
  if (producer.state == State::idle) return Done{};
  const bool decided = producer.state == State::decided;
  const Why why = mark(producer, decided ? FrameKind::commit_marker : FrameKind::abort_marker, {});
  if (why) return Error{Remedy::stop, *why};
  if (decided) apply(producer.group, producer.positions);
  producer.positions.clear();
  producer.state = State::idle;
  return Done{};
}

void Transactions::expire() {
  const Instant now = time_.monotonic();
  for (auto& [id, producer] : producers_) {
    if (producer.state == State::idle || now - producer.since <= producer.timeout) continue;
    if (!topics_.writable()) return;
    ++producer.epoch;  // whoever holds the id does not know that its transaction ended
    if (!topics_.record(store::ProducerEntry{id, producer.id, producer.epoch, producer.timeout}, stamp())) return;
    if (!resolve(producer)) return;  // the topics remember why, and every later write says it
  }
}

bool Transactions::pending(const std::string& group, const TopicPartition& partition) const {
  return std::any_of(producers_.begin(), producers_.end(), [&](const auto& entry) {
    const Producer& p = entry.second;
    return p.state != State::idle && p.group == group &&
           std::any_of(p.positions.begin(), p.positions.end(), [&](const Position& named) { return named.partition == partition; });
  });
}

std::optional<CommittedPosition> Transactions::committed(const std::string& group, const TopicPartition& partition) const {
  const auto of_group = positions_.find(group);
  if (of_group == positions_.end()) return std::nullopt;
  const auto found = of_group->second.find(partition);
  if (found == of_group->second.end()) return std::nullopt;
  return found->second;
}

void Transactions::apply(const std::string& group, const std::vector<Position>& positions) {
  for (const Position& p : positions) positions_[group][p.partition] = {p.next, p.metadata};
}

void Transactions::recover(store::JournalEntry entry) {
  if (const auto* opened = std::get_if<store::ProducerEntry>(&entry)) {
    Producer& producer = producers_[opened->transactional_id];
    producer.id = opened->producer;
    producer.epoch = opened->epoch;
    producer.timeout = opened->timeout;
    next_producer_ = std::max(next_producer_, opened->producer + 1);
  } else if (const auto* decision = std::get_if<store::Decision>(&entry)) {
    for (const store::Span& s : decision->spans) decided_[{decision->producer, s.partition}] = s;
    apply(decision->group, decision->positions);
  }
}

// Finds the decided transactions that lack their marker, and the ones that nobody has decided.
Status Transactions::settle(const TopicPartition& partition, store::PartitionLog& log) {
  for (const auto& [id, first] : std::map{log.open_transactions()}) {
    const auto owner = std::find_if(producers_.begin(), producers_.end(),
                                    [wanted = id](const auto& entry) { return entry.second.id == wanted; });
    const auto decision = decided_.find({id, partition});
    const bool decided = decision != decided_.end() && decision->second.first == first;
    if (!decided && owner != producers_.end()) {
      owner->second.state = State::open;
      owner->second.since = time_.monotonic();
      owner->second.spans.push_back({partition, first, log.end()});
      continue;
    }
    // Records of an id that the journal has lost can have no decision either.
    const FrameKind marker = decided ? FrameKind::commit_marker : FrameKind::abort_marker;
    if (topics_.read_only()) {
      log.assume_marked(id, marker);
      continue;
    }
    const std::int32_t epoch = owner == producers_.end() ? 0 : owner->second.epoch;
    if (Status marked = topics_.written(log.mark({id, epoch}, marker, stamp())); !marked) return marked;
  }
  return Done{};
}

Status Transactions::settle() {
  for (const auto& [key, span] : decided_) {
    const auto log = topics_.partition(span.partition);
    if (!log) return log.error();
    if (log.value()->end() > span.last) continue;
    return Error{Remedy::stop, "partition " + text(span.partition) + " ends at offset " + std::to_string(log.value()->end().value) +
                                   " but the journal made offset " + std::to_string(span.last.value) +
                                   " visible: records were lost (a power failure without sync?); restore the directory from a copy"};
  }
  for (auto& [name, topic] : topics_.all()) {
    for (std::size_t p = 0; p < topic->partitions.size(); ++p) {
      const TopicPartition partition{name, static_cast<std::int32_t>(p)};
      if (Status settled = settle(partition, *topic->partitions[p]); !settled) return settled;
    }
  }
  decided_.clear();
  return topics_.compact_journal([this] { return snapshot(); }, stamp());
}

std::vector<store::JournalEntry> Transactions::snapshot() const {
  std::vector<store::JournalEntry> entries;
  for (const auto& [id, p] : producers_) entries.emplace_back(store::ProducerEntry{id, p.id, p.epoch, p.timeout});
  for (const auto& [group, positions] : positions_) {
    store::Decision carried{.producer = -1, .spans = {}, .group = group, .positions = {}};
    for (const auto& [partition, p] : positions) carried.positions.push_back({partition, p.next, p.metadata});
    entries.emplace_back(std::move(carried));
  }
  return entries;
}

}  // namespace due::log::embedded
