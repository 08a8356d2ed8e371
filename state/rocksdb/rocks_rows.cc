#include "state/rocksdb/rocks_rows.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <chrono>
#include <thread>

namespace due::state {
namespace {

rocksdb::Slice slice(std::string_view s) { return {s.data(), s.size()}; }
std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

void require(const rocksdb::Status& status, const char* what) {
  if (!status.ok()) throw StoreFailure(std::string("state: ") + what + " failed: " + status.ToString());
}

class Changes final : public RowBatch {
 public:
  void put(std::string_view key, std::string_view value) override { require(batch.Put(slice(key), slice(value)), "put"); }
  void erase(std::string_view key) override { require(batch.Delete(slice(key)), "erase"); }
  std::size_t bytes() const override { return batch.GetDataSize(); }
  rocksdb::WriteBatch batch;
};

}  // namespace

struct RocksShare::Inner {
  std::shared_ptr<rocksdb::Cache> blocks;
  std::shared_ptr<rocksdb::WriteBufferManager> memtables;
  std::size_t memtable_bytes;
};

RocksShare::RocksShare(Options options) : inner_(std::make_unique<Inner>()) {
  inner_->blocks = rocksdb::NewLRUCache(options.block_cache_bytes, 4);
  inner_->memtables = std::make_shared<rocksdb::WriteBufferManager>(0);  // a persist is one memtable: it may not be split
  inner_->memtable_bytes = options.memtable_bytes;
  rocksdb::Env::Default()->SetBackgroundThreads(options.background_threads, rocksdb::Env::LOW);
  rocksdb::Env::Default()->SetBackgroundThreads(1, rocksdb::Env::HIGH);
}
RocksShare::~RocksShare() = default;

struct RocksRows::Inner {
  std::unique_ptr<rocksdb::DB> db;
};

RocksRows::RocksRows(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
RocksRows::~RocksRows() {
  if (inner_->db) (void)inner_->db->Close();
}

Result<std::unique_ptr<RocksRows>> RocksRows::open(const std::string& path, const RocksShare& share) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.write_buffer_size = share.inner().memtable_bytes;
  options.max_write_buffer_number = 3;
  options.write_buffer_manager = share.inner().memtables;
  options.level0_file_num_compaction_trigger = 4;
  options.level_compaction_dynamic_level_bytes = true;
  options.target_file_size_base = 32U << 20;
  options.max_bytes_for_level_base = 256U << 20;
  options.compression = rocksdb::kLZ4Compression;
  options.max_background_jobs = 2;
  options.avoid_flush_during_shutdown = true;  // what was not flushed at a boundary may be torn from its meta row
  options.max_open_files = 512;
  options.keep_log_file_num = 2;
  options.stats_dump_period_sec = 0;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = share.inner().blocks;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  table.format_version = 5;
  table.block_size = 8U << 10;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

  auto inner = std::make_unique<Inner>();
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, path, &db);
  inner->db.reset(db);
  if (!status.ok())
    return Error{Remedy::stop, "state directory " + path + " cannot be opened: " + status.ToString() +
                                   "; another process may hold it, or remove it to have it rebuilt from the log"};
  return std::unique_ptr<RocksRows>(new RocksRows(std::move(inner)));
}

bool RocksRows::get(std::string_view key, std::string& value) {
  rocksdb::PinnableSlice found(&value);
  const rocksdb::Status status = inner_->db->Get({}, inner_->db->DefaultColumnFamily(), slice(key), &found);
  if (status.IsNotFound()) return false;
  require(status, "get");
  if (found.IsPinned()) value.assign(found.data(), found.size());
  return true;
}

void RocksRows::scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) {
  const std::unique_ptr<rocksdb::Iterator> at(inner_->db->NewIterator({}));
  for (at->Seek(slice(prefix)); at->Valid() && view(at->key()).starts_with(prefix); at->Next()) row(view(at->key()), view(at->value()));
  require(at->status(), "scan");
}

std::unique_ptr<RowBatch> RocksRows::batch() { return std::make_unique<Changes>(); }

void RocksRows::write(RowBatch& batch) {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  require(inner_->db->Write(options, &static_cast<Changes&>(batch).batch), "write");
}

void RocksRows::flush() {
  rocksdb::FlushOptions options;
  options.wait = true;
  require(inner_->db->Flush(options), "flush");
}

void RocksRows::wait_for_compaction() {
  std::uint64_t pending = 1;
  std::uint64_t running = 1;
  while (pending != 0 || running != 0) {
    inner_->db->GetIntProperty("rocksdb.compaction-pending", &pending);
    inner_->db->GetIntProperty("rocksdb.num-running-compactions", &running);
    if (pending != 0 || running != 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

RocksRows::Figures RocksRows::figures() const {
  Figures f;
  inner_->db->GetIntProperty("rocksdb.estimate-pending-compaction-bytes", &f.compaction_debt_bytes);
  inner_->db->GetIntProperty("rocksdb.total-sst-files-size", &f.files_bytes);
  inner_->db->GetIntProperty("rocksdb.estimate-num-keys", &f.rows);
  return f;
}

}  // namespace due::state
