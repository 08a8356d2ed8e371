// tests/simulator/client/disk.h
// One task's rows on one machine's disk: what was flushed survives a crash, of the batches behind it a beginning does.
//
//   Shape    rows with a check each; the batches that are not flushed yet, with what they replaced
//   Errors   StoreFailure: a row that does not fit its check, a batch of which a crash left half, a full disk
//   Threads  one; outlives the processes that use it
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "schemas/base/result.h"
#include "state/api/rows.h"
#include "tests/simulator/world/node.h"

namespace due::sim {

class Disk {
 public:
  bool get(std::string_view key, std::string& value) const;
  void scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) const;
  void write(const state::RowBatch& batch);
  std::uint64_t written() const { return written_; }
  void synced(std::uint64_t until);  // the batches before it cannot be lost any more

  // What the machine finds when it comes up again. `torn`: of the batch behind those that survived, half is there.
  void crash(Dice& dice, bool torn);
  bool damaged() const { return torn_; }   // found when it is opened
  bool flip_bit(Dice& dice);               // false: it is empty
  std::int64_t newest_batch() const;       // that its meta row names; below 0: none
  std::int64_t durable_batch() const;      // ... whatever a crash may take
  std::vector<std::string> values(char kind) const;  // of the rows of that kind that are not damaged
  std::string difference(const Disk& other) const;  // the first row that they do not share, meta rows aside; empty: none

 private:
  struct Row {
    std::string value;
    std::uint64_t check = 0;
  };
  struct Undo {
    std::string key;
    std::optional<Row> before;
  };
  void put(const std::string& key, std::string value);
  static std::int64_t batch_of(const Row& meta);

  std::map<std::string, Row, std::less<>> rows_;
  std::deque<std::vector<Undo>> unsynced_;
  std::uint64_t written_ = 0;  // batches, ever
  bool torn_ = false;
};

// The rows as a process sees them while it runs.
Result<std::unique_ptr<state::RowStore>> open_disk(Node& node, std::shared_ptr<Disk> disk);

}  // namespace due::sim
