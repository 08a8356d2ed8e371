// tests/probes/compaction_debt.cc
// What RocksDB still has to do for the state that a run has left: opens each task's rows below a state directory and asks.
//   Prints  {"tasks":4,"rows":...,"files_bytes":...,"compactions_left":0}, sums over the tasks
//   Exit 1: a state cannot be opened
#include <cstdio>
#include <filesystem>

#include "state/rocksdb/rocks_rows.h"

int main(int argc, char** argv) {
  using namespace due::state;
  if (argc != 2) {
    std::fprintf(stderr, "compaction_debt STATE: the directory that `duestream run --state` was given\n");
    return 2;
  }
  const RocksShare share({.block_cache_bytes = 8U << 20, .background_threads = 1});  // what is due begins at once, and counts while it runs
  RocksRows::Figures sum;
  int tasks = 0;
  for (const auto& folder : std::filesystem::directory_iterator(argv[1])) {
    if (!std::filesystem::exists(folder.path() / "CURRENT")) continue;
    auto rows = RocksRows::open(folder.path().string(), share);
    if (!rows) {
      std::fprintf(stderr, "%s\n", rows.error().what.c_str());
      return 1;
    }
    const RocksRows::Figures f = (*rows)->figures();
    sum.rows += f.rows;
    sum.files_bytes += f.files_bytes;
    sum.compactions_left += f.compactions_left;
    ++tasks;
  }
  const auto number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf("{\"tasks\":%d,\"rows\":%llu,\"files_bytes\":%llu,\"compactions_left\":%llu}\n", tasks, number(sum.rows),
              number(sum.files_bytes), number(sum.compactions_left));
}
