// stream/log/embedded/transactions.h
// Transactional ids, what they have open, and the groups' positions.
//
//   idle       -- partitions named, or records appended --> open
//   open       -- decision journalled --> committing
//   open       -- id opened again, timeout, or asked for --> aborting
//   committing, aborting -- a marker in every partition, positions applied or dropped --> idle
//
// A committer in this process does all of a transaction in one call, commit(). Kafka's protocol does it in requests that may come
// late, twice or never, and of which none names its transaction (transaction version 1): those are here too, one function each.
//
//   Errors   of open: those of Topics. A commit's failure is its outcome, with the reason; what it began stays open
//   Clock    Time::monotonic for timeouts, Time::wall for stamps
//   Threads  guarded by the broker's mutex
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "stream/log/embedded/embedded_log.h"
#include "stream/log/embedded/coordinator/group.h"
#include "stream/log/embedded/topics.h"

namespace due::log::embedded {

using coordinator::Group;
using coordinator::Instant;

// One opening of a transactional id.
struct Session {
  std::string transactional_id;
  std::int64_t producer = -1;
  std::int32_t epoch = -1;
};

// The records that a transaction, or a publisher, has for one partition; frames without stamps.
struct PartitionWrite {
  TopicPartition partition;
  store::PartitionLog* log = nullptr;
  bool log_append_time = false;
  std::string frames{};
};

// What is answered to a request: Kafka's error codes, by what a client does about them.
struct Answer {
  enum class Kind {
    done,
    busy,     // ask again: markers of the transaction before are still being written, or an earlier write is missing
    fenced,   // the epoch has passed
    refused,  // by the group, for its size, or because no transaction is open that it could belong to
    failed,   // the log takes no more
  };
  Kind kind = Kind::done;
  std::string why{};
};

enum class Verdict { commit, abort };

struct Prepared {
  std::span<PartitionWrite* const> writes;  // not empty, each
  std::vector<Position> positions;
  Identity identity;
  Group* group = nullptr;
};

class Transactions {
 public:
  struct Options {
    Topics* topics;
    Time* time;
    std::function<Fault(Step)> fault;
    std::function<void(const std::string& id)> markers_wait;
  };
  explicit Transactions(Options options)
      : topics_(*options.topics),
        time_(*options.time),
        fault_(std::move(options.fault)),
        markers_wait_(std::move(options.markers_wait)) {}

  Result<Session> open(const std::string& transactional_id, Duration timeout);
  Committed commit(const Session& session, Prepared& transaction);
  void expire();  // aborts what has been open for longer than its timeout

  // ---- one request at a time
  Result<std::optional<Session>> initialise(const std::string& transactional_id, Duration timeout);  // nullopt: busy
  Answer add_partitions(const Session& session, std::span<const TopicPartition> partitions);
  Answer add_group(const Session& session, const std::string& group);
  // `sequence` counts the writes of this session into the partition, from 0: one that is there already is not appended again.
  Answer produce(const Session& session, PartitionWrite& write, std::int64_t sequence);
  Answer commit_positions(const Session& session, Group& group, const Identity& identity, const std::vector<Position>& positions);
  Answer end(const Session& session, Verdict verdict);
  std::size_t unmarked(const std::string& transactional_id) const;  // markers to be written; the positions count as one
  Status mark(const std::string& transactional_id, std::size_t which);

  bool pending(const std::string& group, const TopicPartition& partition) const;
  std::optional<CommittedPosition> committed(const std::string& group, const TopicPartition& partition) const;

  void forget_positions(const std::string& group) { positions_.erase(group); }  // as when a group was empty for too long

  void recover(store::JournalEntry entry);  // of a journal, in order; then once:
  Status settle();                          // writes missing markers, finds what was left open
  std::vector<store::JournalEntry> snapshot() const;

 private:
  using Why = std::optional<std::string>;
  enum class State { idle, open, committing, aborting };
  struct Producer {
    std::int64_t id = -1;
    std::int32_t epoch = -1;
    Duration timeout{0};
    State state = State::idle;
    Instant since{0};                // of its open transaction
    std::vector<store::Span> spans;  // without a marker as yet, one per partition
    std::string group;
    std::vector<Position> positions;
    // Of the requests of this epoch:
    std::set<TopicPartition> named;
    std::map<TopicPartition, std::int64_t> next_sequence;
    std::optional<Verdict> ended;
  };
  using Found = std::map<std::string, Producer>::iterator;
  Why run(const Session& session, Producer& producer, Prepared& transaction);
  Why append(Producer& producer, PartitionWrite& write);
  Why decide(Producer& producer);
  Why mark(Producer& producer, std::size_t which);
  Why mark_all(Producer& producer, const std::function<Fault(Step)>& fault);
  void ended(Producer& producer);
  Why faulted(const std::function<Fault(Step)>& fault, Step step) const;
  Answer standing(const Session& session) const;
  void begin(Producer& producer);
  Status advance_epoch(Found producer);
  Status finish(Found producer);
  Status settle(const TopicPartition& partition, store::PartitionLog& log);
  void apply(const std::string& group, const std::vector<Position>& positions);
  EventTime stamp() const;

  Topics& topics_;
  Time& time_;
  std::function<Fault(Step)> fault_;
  std::function<void(const std::string& id)> markers_wait_;
  std::map<std::string, Producer> producers_;
  std::int64_t next_producer_ = 1;
  std::map<std::string, std::map<TopicPartition, CommittedPosition>> positions_;
  std::map<std::pair<std::int64_t, TopicPartition>, store::Span> decided_;  // the last of each; only until settle()
};

}  // namespace due::log::embedded
