// state/rocksdb/rocks_rows.h
// Rows in RocksDB: one database per task, one column family, no write-ahead log. The sole home of rocksdb/.
//
//   Source   durable is a batch whose file was ingested, whole: sorted, synced, one entry in the manifest. docs/decisions/0004
//   Errors   open: Remedy::stop with the path; reads and writes throw StoreFailure
//   Threads  as RowStore; Snapshots on any thread
#pragma once

#include <memory>
#include <string>

#include "schemas/base/result.h"
#include "state/api/rows.h"

namespace due::state {

// What the tasks of one process share: block cache, background threads.
class RocksShare {
 public:
  struct Options {
    std::size_t block_cache_bytes = 128U << 20;
    int background_threads = 1;
  };
  explicit RocksShare(Options options);
  ~RocksShare();
  RocksShare(const RocksShare&) = delete;
  RocksShare& operator=(const RocksShare&) = delete;
  struct Inner;
  const Inner& inner() const { return *inner_; }

 private:
  std::unique_ptr<Inner> inner_;
};

// Copies of a database, made beside whoever uses it. May outlive the database.
class Snapshots {
 public:
  // Writes the last whole batch and all before it to `path`, which does not exist yet: hard links, so on the same file system.
  // False: the database is closed. StoreFailure where it cannot be written.
  bool take(const std::string& path);
  struct Shared;
  explicit Snapshots(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

 private:
  std::shared_ptr<Shared> shared_;
};

class RocksRows final : public RowStore {
 public:
  struct Figures {
    std::uint64_t compactions_left = 0;  // running or due; 0: no compaction debt
    std::uint64_t files_bytes = 0;
    std::uint64_t rows = 0;  // estimated
  };
  static Result<std::unique_ptr<RocksRows>> open(const std::string& path, const RocksShare& share);
  // As it was durable at this moment, also while another process owns it: takes no lock, writes nothing, sees nothing that comes
  // later. write() must not be called. `path` must hold a state.
  static Result<std::unique_ptr<RocksRows>> open_to_read(const std::string& path, const RocksShare& share);
  ~RocksRows() override;

  bool get(std::string_view key, std::string& value) override;
  void scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) override;
  void write(const RowBatch& batch) override;
  void flush() override;
  void wait_for_compaction();
  Figures figures() const;
  Snapshots snapshots() const;

 private:
  struct Inner;
  explicit RocksRows(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace due::state
