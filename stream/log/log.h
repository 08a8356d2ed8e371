// stream/log/log.h
// The seam to the log: everything that the runtime asks of Kafka, and nothing else. kafka/ implements it with librdkafka,
// embedded/ in this process. Not promised, so never relied on: order between producers, order between partitions, bounded time.
//
//   Units    Offset: position in one partition; EventTime: microseconds UTC; std::chrono durations otherwise
//   Errors   Remedy::retry: the call may be repeated; Remedy::stop: anything unknown
//   Threads  Log may be shared; every object it hands out belongs to the one thread that uses it
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/base/event_time.h"
#include "schemas/base/header_view.h"
#include "schemas/base/result.h"

namespace due::log {

using Duration = std::chrono::milliseconds;

struct Offset {
  std::int64_t value = 0;
  constexpr auto operator<=>(const Offset&) const = default;
  constexpr Offset next() const { return {value + 1}; }
};

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

using Header = HeaderView;

// ---------------------------------------------------------------------------------------------------------------- reading

// A number that the caller gives an assigned input and never uses again: records of an earlier assignment cannot be mistaken.
struct InputTag {
  std::uint32_t value = 0;
  constexpr auto operator<=>(const InputTag&) const = default;
};

// One record as it was stored. The views stay valid while the Batch that handed it out lives.
struct Record {
  InputTag input;
  Offset offset;
  EventTime timestamp;                    // the record's Kafka timestamp
  std::optional<std::string_view> key;    // absent: null key
  std::optional<std::string_view> value;  // absent: null value, a tombstone
  std::span<const Header> headers;
};

// How far an input has been read: `next` may lie past the last record (gaps left by aborted and control records).
struct Progress {
  InputTag input;
  Offset next;
  bool at_end = false;  // there was nothing behind `next` when it was looked at
};

class Batch {
 public:
  virtual ~Batch() = default;
  virtual std::span<const Record> records() const = 0;     // in offset order within each input
  virtual std::span<const Progress> progress() const = 0;  // inputs that moved or whose end was seen; applies after records()
};

struct Assignment {
  TopicPartition partition;
  Offset from;
  InputTag input;
};

enum class Isolation { read_committed, read_uncommitted };

struct Bounds {
  Offset start;  // the oldest record that is kept
  Offset end;    // read_committed: last stable offset; read_uncommitted: behind the newest record
};

// Explicit positions, no group. Reading from an offset below `start` or past the end is an error of poll(), never a silent jump.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual Status add(std::span<const Assignment> inputs) = 0;
  virtual void remove(std::span<const InputTag> inputs) = 0;
  virtual Result<std::unique_ptr<Batch>> poll(std::size_t records_max, Duration deadline) = 0;  // empty batch: deadline passed
  virtual void pause(InputTag input) = 0;   // records that were fetched already may still come
  virtual void resume(InputTag input) = 0;
};

// ------------------------------------------------------------------------------------------------------------- membership

struct Identity {
  std::string group;
  std::string member;
  std::string instance;
  std::int32_t generation = -1;  // below 0: not a member now, no commit
  bool operator==(const Identity&) const = default;
};

struct Rebalance {
  enum class Kind {
    assigned,  // these partitions are ours in addition; acknowledge at once, then recover their tasks
    revoked,   // give up: the outcome of every commit must be known before acknowledge()
    lost,      // gone already: another member may own them; drop their memory, then acknowledge()
  };
  Kind kind;
  std::vector<TopicPartition> partitions;
};

// Cooperative membership of a group, on the spine topics alone. Fetches nothing.
class Membership {
 public:
  virtual ~Membership() = default;
  // Serves the group protocol; must be called at least every few seconds. At most one rebalance is open: poll() returns no
  // further one until acknowledge().
  virtual Result<std::optional<Rebalance>> poll(Duration deadline) = 0;
  virtual Status acknowledge(const Rebalance& rebalance) = 0;
  virtual Identity identity() = 0;  // as of now: the generation can move without a rebalance of ours
};

struct MembershipOptions {
  std::string group;
  std::string instance;  // static member: app-slot-worker, stable over restarts
  std::vector<std::string> spine_topics;
  Duration session_timeout{10'000};
};

// ------------------------------------------------------------------------------------------------------------- committing

struct OutputRecord {
  std::uint16_t topic = 0;  // index into CommitterOptions::topics
  std::int32_t partition = 0;
  std::optional<std::string_view> key, value;
  std::span<const Header> headers;
};

// The spine position of a task, with metadata that names its last batch.
struct Position {
  TopicPartition partition;
  Offset next;
  std::string metadata;
};

// What becomes visible together. Memory behind the views belongs to the caller and must stay until the outcome is known.
struct Transaction {
  std::vector<std::span<const OutputRecord>> batches;
  std::vector<Position> positions;  // of every task in it, moved or not; never empty
  Identity identity;                // as of the launch; the log refuses a generation that has passed
};

enum class Outcome {
  clean,     // committed, and nothing of it can still be on its way
  doubtful,  // everything else: destroy this committer, open the id again, ask Positions what became of it
};

struct Committed {
  Outcome outcome = Outcome::doubtful;
  std::string why;                            // of a doubtful one, one sentence
  std::optional<EventTime> log_time;          // the log's clock at the append (LogAppendTime), where known
  std::chrono::microseconds took{0};
};

class Committer {
 public:
  virtual ~Committer() = default;                      // whatever is in flight is abandoned; its outcome is then unknown
  virtual void commit(Transaction transaction) = 0;    // asynchronous; one in flight at most (checked)
  virtual std::optional<Committed> wait(Duration deadline) = 0;  // outcome of the one in flight; nullopt: not known yet, or none
};

struct CommitterOptions {
  std::string transactional_id;
  std::vector<std::string> topics;  // all that will ever be written; their metadata is warmed up at the open
  Duration transaction_timeout{15'000};
  Duration open_patience{30'000};   // after that the open gives up with Remedy::retry
};

struct CommittedPosition {
  Offset next;
  std::string metadata;
};

// ------------------------------------------------------------------------------------------------- topics and plain writing

struct TopicInfo {
  std::string name;
  std::string id;  // unique over re-creation; base64 or hex as the log names it
  std::int32_t partitions = 0;
  std::int64_t message_bytes_max = 0;
  std::int64_t retention_ms = 0;  // below 0: unlimited
  bool log_append_time = false;
  std::int32_t replicas = 1;
  bool readable = true, writable = true;  // by us; true where the log does not say
  std::map<std::string, std::string> config;  // by Kafka's names: all that the log has, defaults included
};

struct TopicSpec {
  std::string name;
  std::int32_t partitions = 1;
  std::map<std::string, std::string> config;  // Kafka's names: retention.ms, message.timestamp.type, ...
  std::int32_t replicas = -1;                 // the log's own default
};

struct OutgoingRecord {
  std::string topic;
  std::int32_t partition = 0;
  std::optional<std::string_view> key, value;
  std::span<const Header> headers;
  EventTime timestamp;
};

// Idempotent, not transactional: for `publish`, `generate` and tests. Copies what it is given.
class Publisher {
 public:
  virtual ~Publisher() = default;
  virtual Status send(const OutgoingRecord& record) = 0;  // blocks while the buffer is full
  virtual Status flush() = 0;                             // success: every record sent so far is stored
};

class Time {
 public:
  virtual ~Time() = default;
  virtual EventTime wall() = 0;
  virtual std::chrono::microseconds monotonic() = 0;
  virtual void sleep(Duration duration) = 0;  // virtual time moves instead
};

// -------------------------------------------------------------------------------------------------------------------- Log

class Log {
 public:
  virtual ~Log() = default;
  virtual Result<std::unique_ptr<Membership>> join(const MembershipOptions& options) = 0;
  virtual Result<std::unique_ptr<Reader>> reader(Isolation isolation) = 0;
  // Fences every older holder of the id and ends whatever it left open.
  virtual Result<std::unique_ptr<Committer>> open_committer(const CommitterOptions& options) = 0;
  virtual Result<std::unique_ptr<Publisher>> publisher() = 0;
  // The group's positions, stable: an answer is withheld (Remedy::retry after the deadline) while a transaction that names them is open.
  virtual Result<std::vector<std::optional<CommittedPosition>>> committed(
      const std::string& group, std::span<const TopicPartition> partitions, Duration deadline) = 0;
  virtual Result<Bounds> bounds(const TopicPartition& partition, Isolation isolation) = 0;
  virtual Result<std::vector<TopicInfo>> describe(std::span<const std::string> topics) = 0;  // absent topics are left out
  virtual Status create(std::span<const TopicSpec> topics) = 0;                              // existing ones are left as they are
  virtual Result<std::string> cluster() = 0;  // which log this is: never that of another one, whatever its address
  virtual Time& time() = 0;
};

}  // namespace due::log
