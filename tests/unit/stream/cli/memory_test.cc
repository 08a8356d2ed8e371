#include "stream/cli/memory/shares.h"

#include <gtest/gtest.h>

namespace due::cli {
namespace {

constexpr std::size_t mib = 1U << 20, gib = 1U << 30;
constexpr std::size_t program = 64 * mib;

MemoryShares given(const MemoryChoice& choice) {
  const auto shares = shares_of(choice);
  EXPECT_TRUE(shares.has_value()) << (shares ? "" : shares.error().what);
  return shares ? *shares : MemoryShares{};
}
std::string refused(const MemoryChoice& choice) {
  const auto shares = shares_of(choice);
  return shares ? "(taken)" : shares.error().what;
}

TEST(MemoryShares, AreNearlyHalfOfItForState) {
  const MemoryShares s = given({.bytes = gib});
  EXPECT_EQ(s.all, gib);
  EXPECT_EQ(s.state, 448 * mib);
  EXPECT_EQ(s.blocks, 64 * mib);
  EXPECT_EQ(s.fetched, 80 * mib);
  EXPECT_EQ(s.outputs, 48 * mib);
}

TEST(MemoryShares, LeaveRoomForTheProgramAndTheAllocatorWhateverIsGiven) {
  for (const std::size_t all : {384 * mib, 400 * mib + 1, gib, 3 * gib, 64 * gib, 1'024 * gib})
    for (const std::size_t state : {std::size_t{0}, 1 * mib, all / 4, (all - program) / 4 * 3}) {
      const MemoryShares s = given({.bytes = all, .state_bytes = state});
      const std::size_t used = s.state + s.blocks + s.fetched + s.outputs;
      EXPECT_LE(program + used + used / 10, all) << all << " with " << state;
      if (state > 0) {
        EXPECT_EQ(s.state, state);
      }
      EXPECT_GT(s.blocks, 0U);
    }
}

TEST(MemoryShares, OfTheOthersShrinkForALargerCacheAndDoNotGrowForASmallerOne) {
  const MemoryShares derived = given({.bytes = gib}), large = given({.bytes = gib, .state_bytes = 720 * mib}),
                     small = given({.bytes = gib, .state_bytes = mib});
  EXPECT_LT(large.blocks, derived.blocks);
  EXPECT_LT(large.fetched, derived.fetched);
  EXPECT_LT(large.outputs, derived.outputs);
  EXPECT_EQ(small.blocks, derived.blocks);
  EXPECT_EQ(small.fetched, derived.fetched);
  EXPECT_EQ(small.outputs, derived.outputs);
}

TEST(MemoryShares, AreRefusedWhereTheCacheLeavesNoRoom) {
  EXPECT_EQ(refused({.bytes = gib, .state_bytes = 720 * mib}), "(taken)");
  EXPECT_EQ(refused({.bytes = gib, .state_bytes = 721 * mib}),
            "run.cache_bytes = 721MiB with run.memory_bytes = 1GiB: allowed is at most 720MiB, or run.memory_bytes from 1026MiB on; "
            "left out, it is 448MiB");
  EXPECT_EQ(refused({.bytes = 1'026 * mib, .state_bytes = 721 * mib}), "(taken)") << "what the refusal advises";
  EXPECT_NE(refused({.bytes = 384 * mib, .state_bytes = 1'024 * gib}), "(taken)");
}

TEST(MemoryShares, AreRefusedWhereWorkersAreTooMany) {
  EXPECT_EQ(refused({.bytes = gib, .workers = 20}), "(taken)");
  EXPECT_EQ(refused({.bytes = gib, .workers = 21}),
            "run.workers = 21 with run.memory_bytes = 1GiB: allowed are at most 20 workers in that memory, each needs 4MiB for what it "
            "fetches; raise run.memory_bytes");
}

// Of records a reader fetches and a queue holds twice their bytes are used; of batches there is an open one and one on its way.
TEST(WorkerMemory, IsItsPartOfEveryShare) {
  const MemoryShares s = given({.bytes = gib, .workers = 4});
  for (const int readers : {1, 2}) {
    const WorkerMemory one = worker_memory(s, 4, readers);
    EXPECT_EQ(one.state * 4, s.state);
    EXPECT_LE(2 * (one.queued + one.reader) * 4 * static_cast<std::size_t>(readers), s.fetched);
    EXPECT_LE(2 * one.outputs * 4, s.outputs);
    EXPECT_GT(one.reader, 0U);
  }
  EXPECT_GT(worker_memory(s, 4, 1).queued, worker_memory(s, 4, 2).queued) << "standbys have their own";
}

}  // namespace
}  // namespace due::cli
