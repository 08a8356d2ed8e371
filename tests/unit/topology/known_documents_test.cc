#include "topology/account/known_documents.h"

#include <gtest/gtest.h>

#include "state/memory/memory_rows.h"

namespace due::topology {
namespace {

const state::Key page = state::Key(state::Kind::page).add(std::uint8_t{2});

std::uint32_t mark(std::uint32_t n) { return n * 2'654'435'761U + 12'345; }

struct Stored {
  state::MemoryRows rows;
  Hash128 digest;
  std::string scratch, inline_part;
  std::size_t loads = 0;

  KnownDocuments::Pages pages() { return {page, rows}; }
  state::RowBatch persist(KnownDocuments& known) {
    state::RowBatch batch;
    state::RowSink sink(batch, digest, scratch);
    std::string room(known.encoded_max(), '\0');
    BytePen pen(room.data());
    known.encode(pen, page, sink);
    EXPECT_LE(pen.at(), room.data() + room.size());
    inline_part.assign(room.data(), pen.at());
    rows.write(batch);
    return batch;
  }
  KnownDocuments load() {
    KnownDocuments known;
    ByteReader r(inline_part);
    known.load(r);
    EXPECT_TRUE(r.ok() && r.done());
    return known;
  }
};

TEST(KnownDocuments, HoldWhatWasAddedAndHardlyAnythingElse) {
  KnownDocuments known;
  Stored stored;
  for (std::uint32_t n = 0; n < 20'000; ++n) {
    known.add(mark(n), stored.pages());
    if (n % 1'000 == 255 || n % 1'000 == 257) {  // around the size that is kept with the account, too
      stored.persist(known);
      known = stored.load();
    }
  }
  for (std::uint32_t n = 0; n < 20'000; ++n) ASSERT_TRUE(known.may_hold(mark(n), stored.pages())) << n;
  int alarms = 0;
  for (std::uint32_t n = 20'000; n < 120'000; ++n) alarms += known.may_hold(mark(n), stored.pages()) ? 1 : 0;
  EXPECT_LE(alarms, 20);  // 100,000 new ones against 20,000 of 2^32: one in two on average
}

TEST(KnownDocuments, TouchThreePagesAtMostHoweverManyTheyAre) {
  KnownDocuments known;
  Stored stored;
  for (std::uint32_t n = 0; n < 100'000; ++n) known.add(mark(n), stored.pages());
  stored.persist(known);
  std::size_t most_rows = 0, most_bytes = 0;
  for (std::uint32_t n = 100'000; n < 100'300; ++n) {
    known = stored.load();
    known.add(mark(n), stored.pages());
    const state::RowBatch batch = stored.persist(known);
    std::size_t bytes = 0;
    for (const state::RowBatch::Row& row : batch.rows()) bytes += row.value().size();
    most_rows = std::max(most_rows, batch.rows().size());
    most_bytes = std::max(most_bytes, bytes);
  }
  EXPECT_GE(most_rows, 2U);  // a split happened
  EXPECT_LE(most_rows, 3U);
  EXPECT_LE(most_bytes, 4'096U);
  EXPECT_LE(stored.inline_part.size(), 4U);
}

TEST(KnownDocuments, HaveOneStoredFormForOneHistory) {
  Stored once, often;
  KnownDocuments a, b;
  for (std::uint32_t n = 0; n < 3'000; ++n) {
    a.add(mark(n), once.pages());
    b.add(mark(n), often.pages());
    if (n % 97 == 0) {
      often.persist(b);
      b = often.load();
    }
  }
  once.persist(a);
  often.persist(b);
  EXPECT_EQ(once.digest, often.digest);
  EXPECT_EQ(once.inline_part, often.inline_part);
}

TEST(KnownDocuments, KnowAMarkTwiceWhereTwoDocumentsShareIt) {
  KnownDocuments known;
  Stored stored;
  known.add(7, stored.pages());
  known.add(7, stored.pages());
  EXPECT_EQ(known.count(), 2U);
  EXPECT_TRUE(known.may_hold(7, stored.pages()));
  EXPECT_FALSE(known.may_hold(8, stored.pages()));
}

TEST(KnownDocuments, RefuseAPageThatIsGone) {
  KnownDocuments known;
  Stored stored;
  for (std::uint32_t n = 0; n < 1'000; ++n) known.add(mark(n), stored.pages());
  stored.persist(known);
  known = stored.load();
  state::MemoryRows nothing;
  EXPECT_THROW((void)known.may_hold(mark(1), {page, nothing}), state::StoreFailure);
}

}  // namespace
}  // namespace due::topology
