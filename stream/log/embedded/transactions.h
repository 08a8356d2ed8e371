// stream/log/embedded/transactions.h
// Transactional ids, what they have open, and the groups' positions.
//
//   idle    -- records appended --> open
//   open    -- decision journalled --> decided
//   open    -- id opened again, or timeout: abort markers --> idle
//   decided -- markers and positions applied --> idle
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
  };
  explicit Transactions(Options options) : topics_(*options.topics), time_(*options.time), fault_(std::move(options.fault)) {}

  Result<Session> open(const std::string& transactional_id, Duration timeout);
  Committed commit(const Session& session, Prepared& transaction);
  void expire();  // aborts what has been open for longer than its timeout

  bool pending(const std::string& group, const TopicPartition& partition) const;
  std::optional<CommittedPosition> committed(const std::string& group, const TopicPartition& partition) const;

  void recover(store::JournalEntry entry);  // of a journal, in order; then once:
  Status settle();                          // writes missing markers, finds what was left open
  std::vector<store::JournalEntry> snapshot() const;

 private:
  using Why = std::optional<std::string>;
  enum class State { idle, open, decided };
  struct Producer {
    std::int64_t id = -1;
    std::int32_t epoch = -1;
    Duration timeout{0};
    State state = State::idle;
    Instant since{0};                // of its open transaction
    std::vector<store::Span> spans;  // without a marker as yet
    std::string group;
    std::vector<Position> positions;
  };
  Why run(const Session& session, Producer& producer, Prepared& transaction);
  Why append(Producer& producer, Prepared& transaction);
  Why decide(Producer& producer, Prepared& transaction);
  Why mark(Producer& producer, store::FrameKind marker, const std::function<Fault(Step)>& fault);
  Why faulted(const std::function<Fault(Step)>& fault, Step step) const;
  Status resolve(Producer& producer);
  Status settle(const TopicPartition& partition, store::PartitionLog& log);
  void apply(const std::string& group, const std::vector<Position>& positions);
  EventTime stamp() const;

  Topics& topics_;
  Time& time_;
  std::function<Fault(Step)> fault_;
  std::map<std::string, Producer> producers_;
  std::int64_t next_producer_ = 1;
  std::map<std::string, std::map<TopicPartition, CommittedPosition>> positions_;
  std::map<std::pair<std::int64_t, TopicPartition>, store::Span> decided_;  // the last of each; only until settle()
};

}  // namespace due::log::embedded
