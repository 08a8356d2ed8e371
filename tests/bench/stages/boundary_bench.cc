// What a row costs on its way to disk: boundaries as the account-risk workload makes them, written, ingested and compacted. CPU of all
// threads, compaction included.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "state/rocksdb/rocks_rows.h"

namespace due::state {
namespace {

constexpr int boundaries = 24;
constexpr std::uint32_t seen_rows = 12'000, document_rows = 6'000, account_rows = 7'000, accounts = 25'000;

Hash128 name(std::uint64_t n) { return hash128({reinterpret_cast<const char*>(&n), sizeof n}); }

// Hashes do not compress, small numbers do: half of each.
std::string value(std::mt19937_64& random, std::size_t size) {
  std::string v(size, '\0');
  for (std::size_t i = 0; i < size; ++i) v[i] = static_cast<char>(i % 32 < 16 ? random() : random() % 8);
  return v;
}

RowBatch boundary(std::mt19937_64& random) {
  RowBatch batch;
  const auto document = [&](Kind kind, std::size_t size) {
    const Key key = Key(kind).add(name(random() % accounts).high).add(name(random()));
    batch.put(key.view(), value(random, size));
  };
  for (std::uint32_t i = 0; i < seen_rows; ++i) document(Kind::seen, 17);
  for (std::uint32_t i = 0; i < document_rows; ++i) document(i % 2 == 0 ? Kind::invoice : Kind::payment, 60);
  for (std::uint32_t i = 0; i < account_rows; ++i)
    batch.put(Key(Kind::account).add(name(random() % accounts)).view(), value(random, 500));
  return batch;
}

void boundaries_written(benchmark::State& state) {
  std::mt19937_64 random(1);
  std::vector<RowBatch> batches;
  std::int64_t rows = 0;
  for (int i = 0; i < boundaries; ++i) rows += static_cast<std::int64_t>(batches.emplace_back(boundary(random)).rows().size());
  std::string folder = (std::filesystem::temp_directory_path() / "boundary_bench.XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return state.SkipWithError("no temporary folder");
  for (auto _ : state) {
    const RocksShare share({});
    auto store = RocksRows::open(folder + "/rows", share);
    if (!store) return state.SkipWithError(store.error().what.c_str());
    for (const RowBatch& batch : batches) {
      (*store)->write(batch);
      (*store)->wait_for_compaction();  // a second lies between two boundaries
    }
    state.counters["files_mb"] = static_cast<double>((*store)->figures().files_bytes) / 1e6;
  }
  std::filesystem::remove_all(folder);
  state.SetItemsProcessed(rows);
}
BENCHMARK(boundaries_written)->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace due::state

BENCHMARK_MAIN();
