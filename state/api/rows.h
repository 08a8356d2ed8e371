// state/api/rows.h
// Rows: key bytes to value bytes, of one task. What is below the decoded objects and above the disk.
//
//   Shape    keys are kind ‖ customer ‖ ..., see row_key.h; values start with a version byte
//   Errors   StoreFailure is thrown where the disk or a stored row cannot be read: the state is unknown, the task stops
//   Threads  readers on the task's thread; write() and flush() may run on another one
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "schemas/base/hash.h"

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

// Changes that become visible and durable together.
class RowBatch {
 public:
  virtual ~RowBatch() = default;
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void erase(std::string_view key) = 0;
  virtual std::size_t bytes() const = 0;
};

class RowStore : public RowReader {
 public:
  virtual std::unique_ptr<RowBatch> batch() = 0;
  virtual void write(RowBatch& batch) = 0;  // atomic; readable at once, durable after flush()
  virtual void flush() = 0;                 // everything written so far is durable, whole batches or nothing of them
};

// Where objects put their changed rows at a boundary. Keeps the additive digest: a row's old hash leaves, its new one enters.
class RowSink {
 public:
  RowSink(RowBatch& batch, Hash128& digest) : batch_(batch), digest_(digest) {}

  // `stored` is the hash of the row as it is stored now (zero: it is not) and is brought up to date.
  void put(std::string_view key, std::string_view value, Hash128& stored) {
    const Hash128 now = row_hash(key, value);
    if (now == stored) return;
    digest_ = digest_.minus(stored).plus(now);
    stored = now;
    batch_.put(key, value);
  }
  void erase(std::string_view key, Hash128& stored) {
    if (stored.zero()) return;
    digest_ = digest_.minus(stored);
    stored = {};
    batch_.erase(key);
  }
  static Hash128 row_hash(std::string_view key, std::string_view value) { return hash128(value, hash64(key)); }

 private:
  RowBatch& batch_;
  Hash128& digest_;
};

}  // namespace due::state
