// stream/log/embedded/embedded_log.h
// A log inside this process with Kafka's semantics: in memory, or in a directory that survives the process.
//
//   auto log = EmbeddedLog::open({.directory = "/var/lib/duestream/log"});
//   if (!log) return log.error();
//   ... (*log)->create(topics), (*log)->reader(Isolation::read_committed), as with any Log
//
//   Source   stream/log/log.h says what is promised; docs/formats/embedded-log.md how it is stored
//   Shape    memory: everything; directory: 16 bytes per 16 KiB stored, and what readers hold
//   Units    as in log.h
//   Errors   open: the directory is in use, corrupt, or refused by the system; every error names it and says what to do. After a
//            failed write the log takes no more and says so (Remedy::stop)
//   Clock    Options::time; the machine's where there is none
//   Threads  as in log.h; one mutex inside. What was handed out keeps the log, and its directory, open
//   Limits   nothing is ever deleted (retention is recorded and reported); groups start empty at each open, positions are kept
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "stream/log/log.h"

namespace due::log::embedded {

// What a commit does, in order; asked about before each.
enum class Step {
  append,     // the records, to every partition
  positions,  // the fence of the group, then the positions, not yet visible
  decide,     // the one write that makes the transaction visible
  mark,       // a marker into one partition; asked once for each
  answer,     // everything is done, the caller does not know yet
};

enum class Fault {
  none,
  abandon,  // stop here: the outcome is doubtful, and what is open stays open until the id is opened again or its timeout passes
};

struct Options {
  std::optional<std::string> directory{};  // absent: memory
  Time* time = nullptr;                     // null: the machine's. Otherwise waiting is Time::sleep; it outlives the log
  bool read_only = false;                   // a directory that nobody writes to; shared with other readers
  bool sync = false;                        // fsync at every commit and flush: survives power loss, not only the process
  std::uint64_t seed = 0;                   // of topic and member ids; 0: random
  std::function<Fault(Step)> fault{};       // for tests and the simulator; called under the log's mutex, so it may not call the log
  // Where there is one, a transaction that ends leaves its markers to the simulator, which writes them one by one (transactions.h).
  std::function<void(const std::string& transactional_id)> markers_wait{};
};

class Broker;

class EmbeddedLog final : public Log {
 public:
  static Result<std::unique_ptr<EmbeddedLog>> open(Options options);
  ~EmbeddedLog() override;

  Result<std::unique_ptr<Membership>> join(const MembershipOptions& options) override;
  Result<std::unique_ptr<Reader>> reader(Isolation isolation) override;
  Result<std::unique_ptr<Committer>> open_committer(const CommitterOptions& options) override;
  Result<std::unique_ptr<Publisher>> publisher() override;
  Result<std::vector<std::optional<CommittedPosition>>> committed(const std::string& group,
                                                                  std::span<const TopicPartition> partitions,
                                                                  Duration deadline) override;
  Result<Bounds> bounds(const TopicPartition& partition, Isolation isolation) override;
  Result<std::vector<TopicInfo>> describe(std::span<const std::string> topics) override;
  Status create(std::span<const TopicSpec> topics) override;
  Result<std::string> cluster() override;
  Time& time() override;

 private:
  explicit EmbeddedLog(std::shared_ptr<Broker> broker);

  std::shared_ptr<Broker> broker_;
};

}  // namespace due::log::embedded
