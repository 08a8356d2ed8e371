// stream/log/embedded/store/journal.h
// What a directory remembers beside records: topics, transactional ids, and the decisions that make transactions visible.
//
//   Shape    one file of journal frames (frame.h), the entry in the value; ByteWriter's alphabet (schemas/base/bytes.h):
//              entry    := 1 topic | 2 producer | 3 decision
//              topic    := name id partitions:varint count:varint (name value)*
//              producer := transactional_id producer:varint epoch:varint timeout_ms:varint
//              decision := producer:zigzag count:varint span* group count:varint position*
//              span     := topic partition:varint first:varint last:varint
//              position := topic partition:varint next:varint metadata
//            A decision always commits; what was not decided is aborted. Texts are length-prefixed.
//   Errors   Remedy::stop: a file that is corrupt before its end, an entry of a newer form, or the system's refusal
//   Clock    none
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "stream/log/embedded/store/store.h"

namespace due::log::embedded::store {

struct TopicEntry {
  TopicSpec spec;
  std::string id;
};

struct ProducerEntry {
  std::string transactional_id;
  std::int64_t producer = 0;
  std::int32_t epoch = 0;
  Duration timeout{0};
};

// Records of the transaction in one partition: [first, last].
struct Span {
  TopicPartition partition;
  Offset first, last;
};

struct Decision {
  std::int64_t producer = -1;  // below 0: positions carried over by compact()
  std::vector<Span> spans;
  std::string group;
  std::vector<Position> positions;
};

using JournalEntry = std::variant<TopicEntry, ProducerEntry, Decision>;

std::string encode(const JournalEntry& entry);
Result<JournalEntry> decode(std::string_view bytes);

class Journal {
 public:
  // Hands every entry to `on_entry`, in order, and cuts off a torn last one.
  static Result<Journal> open(const std::string& path, Access access, const std::function<Status(JournalEntry)>& on_entry);
  Status append(const JournalEntry& entry, EventTime at);
  Status sync() { return file_->sync(); }
  std::int64_t bytes() const { return file_->size(); }
  // Replaces the file as a whole by these entries; after a crash one or the other is there.
  Status compact(const std::vector<JournalEntry>& entries, EventTime at);

 private:
  explicit Journal(std::unique_ptr<FileStore> file) : file_(std::move(file)) {}

  std::unique_ptr<FileStore> file_;
  std::int64_t next_ = 0;  // sequence number, stored as the frame's offset
};

}  // namespace due::log::embedded::store
