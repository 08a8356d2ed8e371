// stream/log/embedded/topics.h
// Every topic with its partitions, the journal, and the memory of a write that failed: all that is stored goes through here.
//
//   Errors   Remedy::stop: an absent topic or partition, a name or a setting that Kafka would refuse, a log that is read-only,
//            or whatever the first failed write said
//   Threads  guarded by the broker's mutex; a Topic, once created, stays in memory, also where another one has taken its name
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "stream/log/embedded/store/directory.h"
#include "stream/log/embedded/store/journal.h"
#include "stream/log/embedded/store/partition_log.h"
#include "stream/log/log.h"

namespace due::log::embedded {

struct Topic {
  TopicInfo info;
  TopicSpec spec;
  std::vector<std::unique_ptr<store::PartitionLog>> partitions;
};

class Topics {
 public:
  using OnEntry = std::function<Status(store::JournalEntry)>;

  Topics(bool sync, std::uint64_t seed);
  // The directory's content. Entries that are no topics go to `on_entry`, in order, before any partition is read.
  Status load(const std::string& path, store::Access access, const OnEntry& on_entry);

  Status create(const TopicSpec& spec, EventTime at);
  // Deletes a topic and creates it again, empty and with another id; in memory alone.
  Status recreate(const std::string& name, EventTime at);
  Topic* find(const std::string& name);
  Result<Topic*> topic(const std::string& name);
  Result<store::PartitionLog*> partition(const TopicPartition& partition);
  std::map<std::string, std::unique_ptr<Topic>>& all() { return topics_; }
  const std::vector<std::unique_ptr<Topic>>& retired() const { return retired_; }

  bool read_only() const { return directory_ && directory_->access() == store::Access::read_only; }
  Status writable() const;
  // Passes a write's status on, and remembers the first that failed.
  Status written(Status status);
  Status record(const store::JournalEntry& entry, EventTime at);
  // What the options ask for after data: nothing, or an fsync.
  Status sync_data(store::PartitionLog& partition);
  Status sync_journal();
  // Rewrites a journal that is long, from what is still true.
  Status compact_journal(const std::function<std::vector<store::JournalEntry>()>& entries, EventTime at);

  std::string random_hex();  // 16 digits
  const std::string& identity() const { return identity_; }  // empty: a directory that no writer of this version has opened

 private:
  Result<Topic*> add(const store::TopicEntry& entry);
  Result<std::unique_ptr<store::Store>> open_store(const TopicPartition& partition);
  Status load_partitions(Topic& topic);

  bool sync_;
  std::mt19937_64 random_;
  std::string identity_;
  std::optional<store::Directory> directory_;
  std::optional<store::Journal> journal_;
  std::map<std::string, std::unique_ptr<Topic>> topics_;
  std::vector<std::unique_ptr<Topic>> retired_;  // readers and writers may still hold them
  std::optional<Error> failed_;
};

}  // namespace due::log::embedded
