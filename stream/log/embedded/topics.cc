#include "stream/log/embedded/topics.h"

#include <algorithm>
#include <charconv>

#include "schemas/base/hash.h"

namespace due::log::embedded {
namespace {

using store::Access;

constexpr std::int32_t partitions_max = 10'000;
constexpr std::size_t name_bytes_max = 249;
constexpr std::int64_t journal_bytes_max = 4 * 1024 * 1024;  // a longer one is rewritten when the directory is opened
constexpr std::int64_t message_bytes_default = 1'048'588, retention_ms_default = 604'800'000;  // Kafka's

bool name_allowed(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  if (name.empty() || name.size() > name_bytes_max || name == "." || name == "..") return false;
  return std::all_of(name.begin(), name.end(), allowed);
}

Result<std::int64_t> setting(const TopicSpec& spec, const std::string& name, std::int64_t otherwise) {
  const auto found = spec.config.find(name);
  if (found == spec.config.end()) return otherwise;
  const std::string& text = found->second;
  std::int64_t value = 0;
  const auto [rest, why] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (why == std::errc{} && rest == text.data() + text.size()) return value;
  return Error{Remedy::stop, "topic " + spec.name + ": " + name + " is '" + text + "', which is no whole number"};
}

Result<TopicInfo> describe(const TopicSpec& spec, const std::string& id) {
  if (!name_allowed(spec.name)) {
    return Error{Remedy::stop, "topic name '" + spec.name + "' is refused: 1 to 249 letters, digits, '.', '_' and '-' are allowed"};
  }
  if (spec.partitions < 1 || spec.partitions > partitions_max) {
    return Error{Remedy::stop, "topic " + spec.name + ": " + std::to_string(spec.partitions) + " partitions are refused: 1 to 10000"};
  }
  const auto bytes = setting(spec, "max.message.bytes", message_bytes_default);
  if (!bytes) return bytes.error();
  const auto retention = setting(spec, "retention.ms", retention_ms_default);
  if (!retention) return retention.error();
  const auto type = spec.config.find("message.timestamp.type");
  if (type != spec.config.end() && type->second != "CreateTime" && type->second != "LogAppendTime") {
    return Error{Remedy::stop,
                 "topic " + spec.name + ": message.timestamp.type '" + type->second + "' is neither CreateTime nor LogAppendTime"};
  }
  std::map<std::string, std::string> config{{"cleanup.policy", "delete"},
                                            {"max.message.bytes", std::to_string(message_bytes_default)},
                                            {"message.timestamp.type", "CreateTime"},
                                            {"retention.ms", std::to_string(retention_ms_default)}};
  for (const auto& [name, value] : spec.config) config[name] = value;
  return TopicInfo{.name = spec.name,
                   .id = id,
                   .partitions = spec.partitions,
                   .message_bytes_max = *bytes,
                   .retention_ms = *retention,
                   .log_append_time = type != spec.config.end() && type->second == "LogAppendTime",
                   .replicas = 1,
                   .config = std::move(config)};
}

}  // namespace

Topics::Topics(bool sync, std::uint64_t seed)
    : sync_(sync), random_(seed), identity_(hash128("log " + std::to_string(seed)).hex().substr(0, 16)) {}

Status Topics::load(const std::string& path, Access access, const OnEntry& on_entry) {
  auto directory = store::Directory::open(path, access);
  if (!directory) return directory.error();
  directory_ = std::move(*directory);
  auto identity = directory_->identity(identity_);
  if (!identity) return identity.error();
  identity_ = *identity;
  auto journal = store::Journal::open(directory_->journal_path(), access, [&](store::JournalEntry entry) -> Status {
    const auto* topic_entry = std::get_if<store::TopicEntry>(&entry);
    if (topic_entry == nullptr) return on_entry(std::move(entry));
    auto added = add(*topic_entry);
    if (!added) return added.error();
    return Done{};
  });
  if (!journal) return journal.error();
  journal_ = std::move(*journal);
  for (auto& [name, found] : topics_) {
    if (Status loaded = load_partitions(*found); !loaded) return loaded;
  }
  return Done{};
}

Status Topics::load_partitions(Topic& topic) {
  topic.partitions.clear();
  for (std::int32_t p = 0; p < topic.info.partitions; ++p) {
    auto file = store::FileStore::open(directory_->partition_path({topic.info.name, p}), directory_->access());
    if (!file) return file.error();
    store::FileStore& frames = **file;
    auto& partition = topic.partitions.emplace_back(std::make_unique<store::PartitionLog>(std::move(*file)));
    const Status scanned = store::scan(frames, [&](const store::Frame& frame, std::int64_t position) -> Status {
      partition->recover(frame, position);
      return Done{};
    });
    if (!scanned) return scanned.error();
  }
  return Done{};
}

Result<std::unique_ptr<store::Store>> Topics::open_store(const TopicPartition& partition) {
  if (!directory_) return std::unique_ptr<store::Store>{std::make_unique<store::MemoryStore>()};
  auto file = store::FileStore::open(directory_->partition_path(partition), directory_->access());
  if (!file) return file.error();
  return std::unique_ptr<store::Store>{std::move(*file)};
}

// Without its partitions.
Result<Topic*> Topics::add(const store::TopicEntry& entry) {
  auto info = describe(entry.spec, entry.id);
  if (!info) return info.error();
  if (directory_ && !read_only()) {
    if (Status made = directory_->create_topic(entry.spec.name); !made) return made.error();
  }
  auto& topic = topics_[entry.spec.name];
  topic = std::make_unique<Topic>(Topic{.info = std::move(*info), .spec = entry.spec, .partitions = {}});
  return topic.get();
}

Status Topics::create(const TopicSpec& spec, EventTime at) {
  if (Status may = writable(); !may) return may;
  if (topics_.contains(spec.name)) return Done{};
  const store::TopicEntry entry{spec, random_hex() + random_hex()};
  if (const auto info = describe(spec, entry.id); !info) return info.error();
  if (Status recorded = record(entry, at); !recorded) return recorded;
  if (Status synced = sync_journal(); !synced) return synced;
  auto added = add(entry);
  if (!added) return written(added.error());
  for (std::int32_t p = 0; p < spec.partitions; ++p) {
    auto opened = open_store({spec.name, p});
    if (!opened) return written(opened.error());
    (*added)->partitions.push_back(std::make_unique<store::PartitionLog>(std::move(*opened)));
  }
  return Done{};
}

Status Topics::recreate(const std::string& name, EventTime at) {
  check(!directory_, "a topic in a directory is created again");
  const auto found = topics_.find(name);
  if (found == topics_.end()) return Error{Remedy::stop, "topic " + name + " does not exist: create it first"};
  const TopicSpec spec = found->second->spec;
  for (const auto& partition : found->second->partitions) partition->retire();
  retired_.push_back(std::move(found->second));
  topics_.erase(found);
  return create(spec, at);
}

Topic* Topics::find(const std::string& name) {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : found->second.get();
}

Result<Topic*> Topics::topic(const std::string& name) {
  if (Topic* found = find(name)) return found;
  return Error{Remedy::stop, "topic " + name + " does not exist: create it first"};
}

Result<store::PartitionLog*> Topics::partition(const TopicPartition& partition) {
  auto found = topic(partition.topic);
  if (!found) return found.error();
  const auto& logs = (*found)->partitions;
  if (partition.partition >= 0 && static_cast<std::size_t>(partition.partition) < logs.size()) {
    return logs[static_cast<std::size_t>(partition.partition)].get();
  }
  return Error{Remedy::stop, "topic " + partition.topic + " has no partition " + std::to_string(partition.partition) + ": it has " +
                                 std::to_string(logs.size())};
}

Status Topics::writable() const {
  if (read_only()) return Error{Remedy::stop, "the log was opened read-only: open its directory for writing"};
  if (failed_) return *failed_;
  return Done{};
}

Status Topics::written(Status status) {
  if (!status && !failed_) {
    failed_ = Error{Remedy::stop,
                    "the log takes no more after a failed write (" + status.error().what + "): free space or repair, then restart"};
  }
  return status;
}

Status Topics::record(const store::JournalEntry& entry, EventTime at) {
  if (!journal_) return Done{};
  return written(journal_->append(entry, at));
}

Status Topics::sync_data(store::PartitionLog& partition) {
  return sync_ ? written(partition.store().sync()) : Status{Done{}};
}

Status Topics::sync_journal() { return sync_ && journal_ ? written(journal_->sync()) : Status{Done{}}; }

Status Topics::compact_journal(const std::function<std::vector<store::JournalEntry>()>& entries, EventTime at) {
  if (!journal_ || read_only() || journal_->bytes() < journal_bytes_max) return Done{};
  std::vector<store::JournalEntry> all;
  for (const auto& [name, found] : topics_) {
    all.emplace_back(store::TopicEntry{found->spec, found->info.id});
    // A decision is forgotten only when its markers can no longer be lost.
    for (const auto& partition : found->partitions) {
      if (Status synced = partition->store().sync(); !synced) return synced;
    }
  }
  for (store::JournalEntry& e : entries()) all.push_back(std::move(e));
  return journal_->compact(all, at);
}

std::string Topics::random_hex() { return Hash128{random_(), 0}.hex().substr(0, 16); }

}  // namespace due::log::embedded
