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
  auto session = initialise(transactional_id, timeout);
  if (!session) return session.error();
  check(session->has_value(), "an id is opened whose markers are left to others");
  return std::move(**session);
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
  if (Answer answer = standing(session); answer.kind != Answer::Kind::done) return std::move(answer.why);
  if (producer.state != State::idle) {
    return "transactional id " + session.transactional_id + " has a transaction of doubtful outcome open: open the id again";
  }
  if (Why why = faulted(fault_, Step::append)) return why;
  begin(producer);
  for (PartitionWrite* write : transaction.writes) {
    if (Why why = append(producer, *write)) return why;
  }
  if (Why why = faulted(fault_, Step::positions)) return why;
  if (Why why = transaction.group->refusal(transaction.identity, time_.monotonic())) return why;
  for (const Position& p : transaction.positions) {
    if (p.metadata.size() > metadata_bytes_max) return "the metadata of position " + text(p.partition) + " is above 4096 bytes";
  }
  producer.group = transaction.identity.group;
  producer.positions = transaction.positions;
  if (Why why = faulted(fault_, Step::decide)) return why;
  if (Why why = decide(producer)) return why;
  if (Why why = mark_all(producer, fault_)) return why;
  return faulted(fault_, Step::answer);
}

Transactions::Why Transactions::faulted(const std::function<Fault(Step)>& fault, Step step) const {
  if (!fault || fault(step) == Fault::none) return std::nullopt;
  return std::string{"abandoned by an injected fault before step "} + step_names[static_cast<std::size_t>(step)];
}

void Transactions::begin(Producer& producer) {
  producer.state = State::open;
  producer.since = time_.monotonic();
}

Transactions::Why Transactions::append(Producer& producer, PartitionWrite& write) {
  const auto log_time = write.log_append_time ? std::optional{stamp()} : std::nullopt;
  const auto range = write.log->append(write.frames, {producer.id, producer.epoch}, log_time);
  if (!range) return topics_.written(range.error()).error().what;
  const auto span = std::find_if(producer.spans.begin(), producer.spans.end(),
                                 [&](const store::Span& s) { return s.partition == write.partition; });
  if (span == producer.spans.end()) {
    producer.spans.push_back({write.partition, range->first, range->last});
  } else {
    span->last = range->last;
  }
  return std::nullopt;
}

Transactions::Why Transactions::decide(Producer& producer) {
  for (const store::Span& span : producer.spans) {
    const auto log = topics_.partition(span.partition);
    if (!log) return log.error().what;
    if (Status synced = topics_.sync_data(**log); !synced) return synced.error().what;
  }
  const store::Decision decision{producer.id, producer.spans, producer.group, producer.positions};
  if (Status recorded = topics_.record(decision, stamp()); !recorded) return recorded.error().what;
  producer.state = State::committing;
  if (Status synced = topics_.sync_journal(); !synced) return synced.error().what;
  return std::nullopt;
}

// The positions are the last of what can be marked.
Transactions::Why Transactions::mark(Producer& producer, std::size_t which) {
  if (which < producer.spans.size()) {
    const auto at = producer.spans.begin() + static_cast<std::ptrdiff_t>(which);
    const auto log = topics_.partition(at->partition);
    if (!log) return log.error().what;
    const FrameKind marker = producer.state == State::committing ? FrameKind::commit_marker : FrameKind::abort_marker;
    const Status marked = topics_.written((*log)->mark({producer.id, producer.epoch}, marker, stamp()));
    if (!marked) return marked.error().what;
    producer.spans.erase(at);
  } else {
    if (producer.state == State::committing) apply(producer.group, producer.positions);
    producer.positions.clear();
  }
  if (producer.spans.empty() && producer.positions.empty()) ended(producer);
  return std::nullopt;
}

void Transactions::ended(Producer& producer) {
  producer.ended = producer.state == State::committing ? Verdict::commit : Verdict::abort;
  producer.state = State::idle;
  producer.named.clear();
  producer.group.clear();
}

Transactions::Why Transactions::mark_all(Producer& producer, const std::function<Fault(Step)>& fault) {
  while (!producer.spans.empty()) {
    if (Why why = faulted(fault, Step::mark)) return why;
    if (Why why = mark(producer, 0)) return why;
  }
  if (producer.positions.empty()) {
    ended(producer);
    return std::nullopt;
  }
  return mark(producer, 0);
}

// A transaction that is decided on, or can no longer be: its markers, now or when somebody else says so.
Status Transactions::finish(Found producer) {
  Producer& p = producer->second;
  if (p.state == State::idle) return Done{};
  if (p.state == State::open) p.state = State::aborting;
  if (markers_wait_ && unmarked(producer->first) > 0) {
    markers_wait_(producer->first);
    return Done{};
  }
  if (const Why why = mark_all(p, {})) return Error{Remedy::stop, *why};
  return Done{};
}

Status Transactions::advance_epoch(Found producer) {
  Producer& p = producer->second;
  ++p.epoch;
  p.next_sequence.clear();
  p.ended.reset();
  return topics_.record(store::ProducerEntry{producer->first, p.id, p.epoch, p.timeout}, stamp());
}

void Transactions::expire() {
  const Instant now = time_.monotonic();
  for (auto found = producers_.begin(); found != producers_.end(); ++found) {
    const Producer& producer = found->second;
    if (producer.state == State::idle || now - producer.since <= producer.timeout) continue;
    if (markers_wait_ && producer.state != State::open) continue;
    if (!topics_.writable()) return;
    if (!advance_epoch(found)) return;  // whoever holds the id does not know that its transaction ended
    if (!finish(found)) return;         // the topics remember why, and every later write says it
  }
}

// --------------------------------------------------------------------------------------------------------- request by request

Result<std::optional<Session>> Transactions::initialise(const std::string& transactional_id, Duration timeout) {
  if (Status may = topics_.writable(); !may) return may.error();
  const auto [found, fresh] = producers_.try_emplace(transactional_id);
  Producer& producer = found->second;
  if (fresh) producer.id = next_producer_++;
  producer.timeout = timeout;
  if (producer.state == State::open) {  // first nobody else may write, then what was written ends
    if (Status advanced = advance_epoch(found); !advanced) return advanced.error();
  }
  if (producer.state == State::open || !markers_wait_) {
    if (Status finished = finish(found); !finished) return finished.error();
  }
  if (producer.state != State::idle) return std::optional<Session>{};
  if (Status advanced = advance_epoch(found); !advanced) return advanced.error();
  return std::optional{Session{transactional_id, producer.id, producer.epoch}};
}

Answer Transactions::standing(const Session& session) const {
  const Producer& producer = producers_.at(session.transactional_id);
  if (producer.epoch == session.epoch) return {};
  return {Answer::Kind::fenced, "transactional id " + session.transactional_id + " was fenced: epoch " + std::to_string(session.epoch) +
                                    " has passed, it is " + std::to_string(producer.epoch) + " by now"};
}

Answer Transactions::add_partitions(const Session& session, std::span<const TopicPartition> partitions) {
  if (Answer answer = standing(session); answer.kind != Answer::Kind::done) return answer;
  Producer& producer = producers_.at(session.transactional_id);
  if (producer.state == State::idle) begin(producer);
  if (producer.state != State::open) return {Answer::Kind::busy};
  producer.named.insert(partitions.begin(), partitions.end());
  return {};
}

Answer Transactions::add_group(const Session& session, const std::string& group) {
  Answer answer = add_partitions(session, {});
  if (answer.kind == Answer::Kind::done) producers_.at(session.transactional_id).group = group;
  return answer;
}

Answer Transactions::produce(const Session& session, PartitionWrite& write, std::int64_t sequence) {
  if (Answer answer = standing(session); answer.kind != Answer::Kind::done) return answer;
  Producer& producer = producers_.at(session.transactional_id);
  std::int64_t& next = producer.next_sequence[write.partition];
  if (sequence < next) return {};
  if (producer.state != State::open || !producer.named.contains(write.partition)) {
    return {Answer::Kind::refused, "partition " + text(write.partition) + " is in no open transaction of " + session.transactional_id};
  }
  if (sequence > next) return {Answer::Kind::busy, "write " + std::to_string(next) + " to " + text(write.partition) + " is on its way"};
  if (Why why = append(producer, write)) return {Answer::Kind::failed, *why};
  ++next;
  return {};
}

Answer Transactions::commit_positions(const Session& session, Group& group, const Identity& identity,
                                      const std::vector<Position>& positions) {
  if (Answer answer = standing(session); answer.kind != Answer::Kind::done) return answer;
  Producer& producer = producers_.at(session.transactional_id);
  if (producer.state != State::open || producer.group != identity.group) {
    return {Answer::Kind::refused, "group " + identity.group + " is in no open transaction of " + session.transactional_id};
  }
  if (Why why = group.refusal(identity, time_.monotonic())) return {Answer::Kind::refused, *why};
  for (const Position& p : positions) {
    if (p.metadata.size() > metadata_bytes_max) return {Answer::Kind::refused, "metadata of " + text(p.partition) + " is above 4096 bytes"};
    const auto same = std::find_if(producer.positions.begin(), producer.positions.end(),
                                   [&](const Position& named) { return named.partition == p.partition; });
    if (same == producer.positions.end()) {
      producer.positions.push_back(p);
    } else {
      *same = p;
    }
  }
  return {};
}

Answer Transactions::end(const Session& session, Verdict verdict) {
  if (Answer answer = standing(session); answer.kind != Answer::Kind::done) return answer;
  const auto found = producers_.find(session.transactional_id);
  Producer& producer = found->second;
  switch (producer.state) {
    case State::idle:
      if (producer.ended == verdict) return {};  // said twice
      return {Answer::Kind::refused, "transactional id " + session.transactional_id + " has no transaction open"};
    case State::committing:
    case State::aborting:
      if ((producer.state == State::committing) == (verdict == Verdict::commit)) return {Answer::Kind::busy};
      return {Answer::Kind::refused, "the transaction of " + session.transactional_id + " is ending otherwise"};
    case State::open: break;
  }
  if (verdict == Verdict::commit) {
    if (Why why = decide(producer)) return {Answer::Kind::failed, *why};
  }
  if (Status finished = finish(found); !finished) return {Answer::Kind::failed, finished.error().what};
  return {};
}

std::size_t Transactions::unmarked(const std::string& transactional_id) const {
  const Producer& p = producers_.at(transactional_id);
  if (p.state != State::committing && p.state != State::aborting) return 0;
  return p.spans.size() + (p.positions.empty() ? 0 : 1);
}

Status Transactions::mark(const std::string& transactional_id, std::size_t which) {
  if (const Why why = mark(producers_.at(transactional_id), which)) return Error{Remedy::stop, *why};
  return Done{};
}

// ------------------------------------------------------------------------------------------------------------------ positions

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
