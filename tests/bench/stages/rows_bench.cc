// What is read and written beside the steps: the chronicle's record of a batch, and an account that has to be read from the disk.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "schemas/base/result.h"
#include "state/rocksdb/rocks_rows.h"
#include "tests/bench/stages/stage.h"
#include "tests/bench/stages/workload.h"
#include "topology/account/account.h"

namespace due::stages {
namespace {

class Chronicle final : public Stage {
 public:
  Chronicle() {
    std::vector<std::int64_t> next(3, 0);
    for (std::size_t i = 0; i < workload().records.size(); ++i) {
      if (i % batch_records == 0) begin(i, next);
      const std::uint16_t input = record_at(i).input;
      std::vector<runtime::Run>& runs = batches_.back().runs;
      const std::int64_t offset = next[input]++;
      if (runs.empty() || runs.back().input != input) runs.push_back({input, offset, offset, 0, {}, {}});
      runs.back().last = offset;
      ++runs.back().count;
      batches_.back().positions = next;
    }
  }
  std::size_t events() const override { return workload().records.size(); }
  void run() override {
    for (const runtime::ChronicleRecord& c : batches_) {
      Hash128 hash = hash128(runtime::encode(c));
      benchmark::DoNotOptimize(hash);
    }
  }

 private:
  void begin(std::size_t i, const std::vector<std::int64_t>& next) {
    runtime::ChronicleRecord c;
    c.seq = static_cast<std::int64_t>(batches_.size()) + 1;
    c.time = record_at(i).timestamp;
    c.positions = next;
    c.logic_version = "00c0ffee00c0ffee";
    c.outputs = {{0, 0, static_cast<std::int64_t>(i) + 1, batch_records}};
    c.transactional_id = "duestream-account-0";
    batches_.push_back(std::move(c));
  }
  std::vector<runtime::ChronicleRecord> batches_;
};

class Load final : public Stage {
 public:
  Load() {
    state::RowBatch all;
    task_.rows().scan("", [&](std::string_view key, std::string_view value) { all.put(key, value); });
    check(mkdtemp(folder_.data()) != nullptr, "no temporary folder");
    auto opened = state::RocksRows::open(folder_ + "/rows", share_);
    check(opened.has_value(), "RocksDB cannot be opened");
    rows_ = std::move(*opened);
    rows_->write(all);
    rows_->flush();
    rows_->wait_for_compaction();
    for (const topology::Prepared& p : task_.fresh()) keys_.push_back(*p.record.key);
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
    std::erase_if(keys_, [&](std::string_view key) {
      return task_.machine().cache().find<topology::Account>(topology::Owner(key).account()) == nullptr;
    });
    check(keys_.size() > 1'000, "the workload has too few accounts");
  }
  ~Load() override {
    rows_.reset();
    std::filesystem::remove_all(folder_);
  }
  std::size_t events() const override { return keys_.size(); }
  void run() override {
    state::ObjectCache cache(*rows_, 64U << 20);
    for (const std::string_view key : keys_)
      check(cache.find<topology::Account>(topology::Owner(key).account()) != nullptr, "an account is not on the disk");
    check(cache.counts().loaded == keys_.size(), "an account was not read from the disk");
  }

 private:
  TaskInMemory task_;
  std::string folder_ = (std::filesystem::temp_directory_path() / "stages_bench.XXXXXX").string();
  state::RocksShare share_{{}};
  std::unique_ptr<state::RocksRows> rows_;
  std::vector<std::string_view> keys_;
};

}  // namespace

std::unique_ptr<Stage> chronicle() { return std::make_unique<Chronicle>(); }
std::unique_ptr<Stage> load() { return std::make_unique<Load>(); }

}  // namespace due::stages
