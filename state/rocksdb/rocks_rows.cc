#include "state/rocksdb/rocks_rows.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

namespace due::state {
namespace {

rocksdb::Slice slice(std::string_view s) { return {s.data(), s.size()}; }
std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

void require(const rocksdb::Status& status, const char* what) {
  if (!status.ok()) throw StoreFailure(std::string("state: ") + what + " failed: " + status.ToString());
}

// Rows in the order of their keys; most comparisons end within the first eight bytes.
std::vector<const RowBatch::Row*> sorted(std::span<const RowBatch::Row> rows) {
  struct Entry {
    std::uint64_t first = 0;
    const RowBatch::Row* row = nullptr;
  };
  std::vector<Entry> entries;
  entries.reserve(rows.size());
  for (const RowBatch::Row& row : rows) {
    Entry& e = entries.emplace_back(Entry{0, &row});
    std::memcpy(&e.first, row.at, std::min<std::size_t>(sizeof e.first, row.key_size));
    e.first = __builtin_bswap64(e.first);
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.first != b.first ? a.first < b.first : a.row->key() < b.row->key(); });
  std::vector<const RowBatch::Row*> in_order;
  in_order.reserve(entries.size());
  for (const Entry& e : entries) in_order.push_back(e.row);
  return in_order;
}

// In the order of keys each row lies somewhere else, and so do its bytes: both are fetched into the processor's caches in time.
void fetch_ahead(const std::vector<const RowBatch::Row*>& rows, std::size_t i) {
  constexpr std::size_t row_ahead = 16, bytes_ahead = 8;
  if (i + row_ahead < rows.size()) __builtin_prefetch(rows[i + row_ahead]);
  if (i + bytes_ahead >= rows.size()) return;
  const char* const bytes = rows[i + bytes_ahead]->at;
  __builtin_prefetch(bytes);
  __builtin_prefetch(bytes + 64);
}

}  // namespace

struct RocksShare::Inner {
  std::shared_ptr<rocksdb::Cache> blocks;
};

RocksShare::RocksShare(Options options) : inner_(std::make_unique<Inner>()) {
  // Where accounts are more than fit, their blocks are read once and not again: what tells where a row is, and where it is not, stays.
  constexpr double kept_for_indexes_and_filters = 0.9;
  inner_->blocks = rocksdb::NewLRUCache(options.block_cache_bytes, 4, false, kept_for_indexes_and_filters);
  rocksdb::Env::Default()->SetBackgroundThreads(options.background_threads, rocksdb::Env::LOW);
  rocksdb::Env::Default()->SetBackgroundThreads(1, rocksdb::Env::HIGH);
}
RocksShare::~RocksShare() = default;

struct Snapshots::Shared {
  std::mutex mutex;           // held while a snapshot is taken, and to close
  rocksdb::DB* db = nullptr;  // null: closed
};

bool Snapshots::take(const std::string& path) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->db == nullptr) return false;
  rocksdb::Checkpoint* made = nullptr;
  require(rocksdb::Checkpoint::Create(shared_->db, &made), "snapshot");
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  require(checkpoint->CreateCheckpoint(path), "snapshot");
  return true;
}

struct RocksRows::Inner {
  std::unique_ptr<rocksdb::DB> db;
  std::shared_ptr<Snapshots::Shared> shared = std::make_shared<Snapshots::Shared>();
};

RocksRows::RocksRows(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) { inner_->shared->db = inner_->db.get(); }
RocksRows::~RocksRows() {
  {
    const std::lock_guard lock(inner_->shared->mutex);
    inner_->shared->db = nullptr;
  }
  (void)inner_->db->Close();
}

namespace {

rocksdb::Options options_of(const RocksShare& share) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  // Files of like size are merged, so that a row is rewritten seldom; what fills most rows does not compress (docs/decisions/0013).
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.level0_file_num_compaction_trigger = 8;
  options.target_file_size_base = 32U << 20;
  options.compression = rocksdb::kNoCompression;
  options.max_background_jobs = 2;
  options.max_open_files = 512;
  options.keep_log_file_num = 2;
  options.stats_dump_period_sec = 0;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = share.inner().blocks;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  table.format_version = 5;
  table.block_size = 4U << 10;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// Each open makes a write-ahead log that nothing is written to, and RocksDB keeps them for ever, since no memtable is ever flushed. Those
// of earlier opens go; the newest is ours. What cannot be removed stays: it does no harm.
void remove_empty_logs(const std::string& path) {
  std::vector<std::filesystem::path> logs;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(path, failed))
    if (entry.path().extension() == ".log" && entry.is_regular_file(failed) && entry.file_size(failed) == 0) logs.push_back(entry.path());
  std::ranges::sort(logs);
  for (std::size_t i = 0; i + 1 < logs.size(); ++i) std::filesystem::remove(logs[i], failed);
}

// Compaction may remove a file between reading the manifest and opening it; the next manifest no longer names it.
constexpr int read_tries = 20;

}  // namespace

Result<std::unique_ptr<RocksRows>> RocksRows::open(const std::string& path, const RocksShare& share) {
  auto inner = std::make_unique<Inner>();
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options_of(share), path, &db);
  inner->db.reset(db);
  if (!status.ok())
    return Error{Remedy::stop, "state directory " + path + " cannot be opened: " + status.ToString() +
                                   "; another process may hold it, or remove it to have it rebuilt from the log"};
  remove_empty_logs(path);
  return std::unique_ptr<RocksRows>(new RocksRows(std::move(inner)));
}

Result<std::unique_ptr<RocksRows>> RocksRows::open_to_read(const std::string& path, const RocksShare& share) {
  rocksdb::Options options = options_of(share);
  options.create_if_missing = false;
  options.max_open_files = -1;  // every file is opened now: what the owner removes later stays readable here
  auto inner = std::make_unique<Inner>();
  rocksdb::Status status;
  for (int i = 0; i < read_tries; ++i) {
    rocksdb::DB* db = nullptr;
    status = rocksdb::DB::OpenForReadOnly(options, path, &db);
    inner->db.reset(db);
    if (status.ok()) return std::unique_ptr<RocksRows>(new RocksRows(std::move(inner)));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return Error{Remedy::stop, "state directory " + path + " cannot be read: " + status.ToString()};
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

// A boundary becomes one sorted file that enters the database whole: atomic without a log, and without the memtable, whose
// insertions cost three times what sorting does.
void RocksRows::write(const RowBatch& batch) {
  if (batch.rows().empty()) return;
  constexpr bool forget_pages = false;  // look-ups and compaction read them again soon
  rocksdb::SstFileWriter file(rocksdb::EnvOptions(), inner_->db->GetOptions(), nullptr, forget_pages);
  const std::string path = inner_->db->GetName() + "/boundary.tmp";
  require(file.Open(path), "open of a boundary file");
  const std::vector<const RowBatch::Row*> rows = sorted(batch.rows());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    fetch_ahead(rows, i);
    const RowBatch::Row& row = *rows[i];
    require(row.erased ? file.Delete(slice(row.key())) : file.Put(slice(row.key()), slice(row.value())), "write of a boundary file");
  }
  require(file.Finish(), "finish of a boundary file");
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;
  require(inner_->db->IngestExternalFile({path}, options), "ingest of a boundary file");
}

void RocksRows::flush() {}  // what write() has returned from is synced and in the manifest

void RocksRows::wait_for_compaction() {
  constexpr int looks = 2;  // between two questions one may end and the next be due
  for (int none = 0; none < looks; none = figures().compactions_left > 0 ? 0 : none + 1)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

Snapshots RocksRows::snapshots() const { return Snapshots(inner_->shared); }

RocksRows::Figures RocksRows::figures() const {
  Figures f;
  std::uint64_t pending = 0, running = 0;
  inner_->db->GetIntProperty("rocksdb.compaction-pending", &pending);
  inner_->db->GetIntProperty("rocksdb.num-running-compactions", &running);
  f.compactions_left = pending + running;
  inner_->db->GetIntProperty("rocksdb.total-sst-files-size", &f.files_bytes);
  inner_->db->GetIntProperty("rocksdb.estimate-num-keys", &f.rows);
  return f;
}

}  // namespace due::state
