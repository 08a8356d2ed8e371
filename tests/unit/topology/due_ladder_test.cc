#include "topology/account/due_ladder.h"

#include <gtest/gtest.h>

#include <map>

#include "state/memory/memory_rows.h"

namespace due::topology {
namespace {

const state::Key page = state::Key(state::Kind::page).add(std::uint8_t{1});

// A ladder with its stored form: rows, and what is kept with the account.
struct Stored {
  state::MemoryRows rows;
  Hash128 digest;
  std::string scratch, inline_part;

  std::size_t persist(DueLadder& ladder) {  // how many rows were written
    state::RowBatch batch;
    state::RowSink sink(batch, digest, scratch);
    std::string room(ladder.encoded_max(), '\0');
    BytePen pen(room.data());
    ladder.encode(pen, page, sink);
    EXPECT_LE(pen.at(), room.data() + room.size());
    inline_part.assign(room.data(), pen.at());
    rows.write(batch);
    return batch.rows().size();
  }
  DueLadder load(std::int32_t newest) {
    DueLadder ladder;
    ByteReader r(inline_part);
    ladder.load(r, page, rows, newest);
    EXPECT_TRUE(r.ok() && r.done());
    return ladder;
  }
  std::size_t pages() {
    std::size_t n = 0;
    rows.scan("", [&n](std::string_view, std::string_view) { ++n; });
    return n;
  }
};

struct Naive {
  std::map<std::int32_t, std::int64_t> due;
  std::int64_t overdue(std::int32_t day) const {
    std::int64_t sum = 0;
    for (const auto& [at, left] : due)
      if (at < day) sum += left;
    return sum;
  }
  std::int64_t outstanding() const { return overdue(INT32_MAX); }
};

TEST(DueLadder, AnswersTheSameHoweverItIsStored) {
  DueLadder ladder;
  Naive naive;
  Stored stored;
  std::int32_t newest = 20'000;
  std::uint64_t seed = 1;
  for (int i = 0; i < 3'000; ++i) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    // Grows beyond what is kept with the account, then shrinks to nothing.
    const std::int32_t due = 19'900 + static_cast<std::int32_t>((seed >> 33) % 700);
    const std::int64_t held = naive.due[due];
    const bool pays = held != 0 && (i > 1'500 || i % 3 == 0);
    ladder.change(newest, due, pays ? -held : 10, pays ? -held / 10 : 1);
    naive.due[due] = pays ? 0 : held + 10;
    if (i % 40 == 0) ladder.advance(++newest);
    if (i % 100 == 0) {
      stored.persist(ladder);
      ladder = stored.load(newest);
    }
    ASSERT_EQ(ladder.outstanding(), naive.outstanding()) << i;
    ASSERT_EQ(ladder.open(), naive.outstanding() / 10);
    for (const std::int32_t day : {newest, newest - 50, newest + 1}) ASSERT_EQ(ladder.overdue(newest, day), naive.overdue(day)) << i;
  }
  EXPECT_GT(stored.pages(), 5U);
  for (const auto& [due, left] : naive.due)
    if (left != 0) ladder.change(newest, due, -left, -left / 10);
  stored.persist(ladder);
  EXPECT_EQ(stored.pages(), 0U);
  EXPECT_TRUE(stored.digest.zero());  // no row is left, and the digest says so
}

TEST(DueLadder, WritesOnePageForOneItem) {
  DueLadder ladder;
  Stored stored;
  for (std::int32_t day = 0; day < 2'000; ++day) ladder.change(0, day, 5, 1);
  EXPECT_EQ(stored.persist(ladder), 2'000U / 32 + 1);
  ladder.change(0, 777, 5, 1);
  EXPECT_EQ(stored.persist(ladder), 1U);
  EXPECT_LT(stored.inline_part.size(), 300U);
}

TEST(DueLadder, HasOneStoredFormForOneContent) {
  Stored straight, around;
  DueLadder a, b;
  for (std::int32_t day = 0; day < 300; ++day) {
    a.change(0, day, 1, 1);
    b.change(0, 299 - day, 1, 1);
    if (day % 50 == 0) around.persist(b);
  }
  for (const std::int32_t day : {5, 100}) {
    b.change(0, day, 1, 1);
    around.persist(b);
    b.change(0, day, -1, -1);
  }
  straight.persist(a);
  around.persist(b);
  EXPECT_EQ(straight.digest, around.digest);
  EXPECT_EQ(straight.inline_part, around.inline_part);
}

TEST(DueLadder, RefusesAPageThatIsGone) {
  DueLadder ladder;
  Stored stored;
  for (std::int32_t day = 0; day < 300; ++day) ladder.change(0, day, 5, 1);
  stored.persist(ladder);
  state::RowBatch loss;
  stored.rows.scan("", [&loss](std::string_view key, std::string_view) {
    if (loss.rows().empty()) loss.erase(key);
  });
  stored.rows.write(loss);
  EXPECT_THROW(stored.load(0), state::StoreFailure);
}

}  // namespace
}  // namespace due::topology
