// state/api/rows.h
// Rows: key bytes to value bytes, of one task. What is below the decoded objects and above the disk.
//
//   Shape    keys as row_key.h makes them; values start with a version byte
//   Errors   StoreFailure is thrown where the disk or a stored row cannot be read: the state is unknown, the task stops
//   Threads  readers on the task's thread; write() and flush() may run on another one
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "schemas/base/hash.h"
#include "state/api/row_batch.h"
#include "state/api/row_key.h"

namespace due::state {

// The one exception that crosses the pure code: nothing there can go on without its state. Caught at the task's edge.
class StoreFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class RowReader {
 public:
  virtual ~RowReader() = default;
  virtual bool get(std::string_view key, std::string& value) = 0;  // false: absent, `value` is untouched
  virtual void scan(std::string_view prefix, const std::function<void(std::string_view key, std::string_view value)>& row) = 0;
};

class RowStore : public RowReader {
 public:
  virtual void write(const RowBatch& batch) = 0;  // atomic; readable at once, durable after flush()
  virtual void flush() = 0;                       // everything written so far is durable, whole batches or nothing of them
};

// Puts changed rows into a batch and keeps the additive digest: a row's old hash leaves, its new one enters.
class RowSink {
 public:
  RowSink(RowBatch& batch, Hash128& digest, std::string& scratch) : batch_(batch), digest_(digest), scratch_(scratch) {}

  // Memory to encode a value in; until the next call.
  char* room(std::size_t bytes) {
    if (scratch_.size() < bytes) scratch_.resize(bytes);
    return scratch_.data();
  }

  // `stored` is the hash of the row as it is stored now (zero: it is not) and is brought up to date.
  void put(const Key& key, std::string_view value, Hash128& stored) {
    const std::uint64_t hash = key.hash();
    const Hash128 now = row_hash(hash, value);
    if (now == stored) return;
    digest_ = digest_.minus(stored).plus(now);
    stored = now;
    batch_.put(key.view(), hash, value);
  }
  void erase(const Key& key, Hash128& stored) {
    if (stored.zero()) return;
    digest_ = digest_.minus(stored);
    stored = {};
    batch_.erase(key.view(), key.hash());
  }
  static Hash128 row_hash(std::uint64_t key_hash, std::string_view value) { return hash128(value, key_hash); }
  static Hash128 row_hash(const Key& key, std::string_view value) { return row_hash(key.hash(), value); }

 private:
  RowBatch& batch_;
  Hash128& digest_;
  std::string& scratch_;
};

}  // namespace due::state
