#include "state/cache/object_cache.h"

#include <gtest/gtest.h>

#include <map>

#include "state/memory/memory_rows.h"

namespace due::state {
namespace {

Key key(std::uint32_t n) { return Key(Kind::invoice).add(n); }

class Note final : public Object {
 public:
  std::string text;
  static std::unique_ptr<Note> load(const Key& k, RowReader& rows) {
    auto n = std::make_unique<Note>();
    if (!rows.get(k.view(), n->text)) return nullptr;
    n->stored_ = RowSink::row_hash(k, n->text);
    return n;
  }
  void encode_changes(RowSink& sink) override { sink.put(key(), text, stored_); }
  std::size_t bytes() const override { return sizeof *this + text.size(); }
  bool worth_keeping() const override { return text != "paid"; }
  void bring_near() const override { ++brought_near; }
  mutable int brought_near = 0;

 private:
  Hash128 stored_;
};

void put(ObjectCache& cache, std::uint32_t n, const std::string& text) {
  const Note* found = cache.find<Note>(key(n));
  (found != nullptr ? cache.edit(*found) : cache.add(key(n), std::make_unique<Note>())).text = text;
  cache.end_step();
}
std::string text_of(ObjectCache& cache, std::uint32_t n) {
  const Note* found = cache.find<Note>(key(n));
  const std::string text = found != nullptr ? found->text : "(absent)";
  cache.end_step();
  return text;
}
std::string row(RowReader& rows, std::uint32_t n) {
  std::string value;
  return rows.get(key(n).view(), value) ? value : "(absent)";
}

void persist(ObjectCache& cache, MemoryRows& rows) {
  cache.cut();
  ASSERT_TRUE(cache.encode(SIZE_MAX));
  rows.write(*cache.batch());
  cache.written();
  cache.end_step();
}

TEST(ObjectCache, BringsNearWhatIsExpectedAndNothingElse) {
  using Near = ObjectStore::Near;
  MemoryRows rows;
  ObjectCache cache(rows, 1U << 30);
  const ObjectCache& expecting = cache;
  for (std::uint32_t n = 0; n < 400; ++n) put(cache, n, "value");
  const auto brought_near = [&cache](std::uint32_t n) { return cache.find<Note>(key(n))->brought_near; };
  for (std::uint32_t n = 0; n < 500; ++n)  // the last hundred are not there
    for (const Near near : {Near::place, Near::object}) expecting.expect(key(n).hash(), near);
  EXPECT_EQ(brought_near(7), 0);
  for (std::uint32_t n = 7; n < 500; ++n) expecting.expect(key(n).hash(), Near::whole);
  EXPECT_EQ(brought_near(6), 0);
  for (std::uint32_t n = 7; n < 400; ++n) EXPECT_EQ(brought_near(n), 1) << n;
  EXPECT_EQ(cache.counts().absent, 400U);  // of the puts: nothing was looked for below
  EXPECT_EQ(cache.counts().loaded, 0U);
}

TEST(ObjectCache, HasTheSameDigestWhateverItsSizeAndItsBoundaries) {
  Hash128 digests[4];
  for (int variant = 0; variant < 4; ++variant) {
    MemoryRows rows;
    ObjectCache cache(rows, variant % 2 == 0 ? 1U << 30 : 4'096);
    for (std::uint32_t i = 0; i < 500; ++i) {
      put(cache, i * 7 % 60, "value " + std::to_string(i));
      cache.put(key(1'000 + i), "row " + std::to_string(i));
      if (i % 3 == 0) cache.replace(key(1'000 + i), "row " + std::to_string(i), "other");
      if (i % 5 == 0) {
        std::string now;
        ASSERT_TRUE(cache.get(key(1'000 + i / 2), now));
        cache.erase(key(1'000 + i / 2), now);
        cache.put(key(1'000 + i / 2), "again");
      }
      if (variant >= 2 && i % 10 == 0) persist(cache, rows);
    }
    persist(cache, rows);
    digests[variant] = cache.digest();
    EXPECT_EQ(text_of(cache, 4).substr(0, 6), "value ");
  }
  for (const Hash128& d : digests) EXPECT_EQ(d, digests[0]);
}

TEST(ObjectCache, NeverEvictsWhatItsRowsDoNotHold) {
  MemoryRows rows;
  ObjectCache cache(rows, 1);
  for (std::uint32_t i = 0; i < 100; ++i) put(cache, i, "v" + std::to_string(i));
  for (std::uint32_t i = 0; i < 100; ++i) ASSERT_EQ(text_of(cache, i), "v" + std::to_string(i));
  EXPECT_EQ(cache.counts().evicted, 0U);
  cache.cut();
  EXPECT_FALSE(cache.encode(50));
  for (int step = 0; step < 10; ++step) cache.end_step();
  EXPECT_EQ(cache.counts().evicted, 50U);  // what is encoded can be read from the batch
  put(cache, 7, "changed while the cut is encoded");
  EXPECT_TRUE(cache.encode(50));
  rows.write(*cache.batch());
  cache.written();
  for (int step = 0; step < 10; ++step) cache.end_step();
  EXPECT_EQ(text_of(cache, 7), "changed while the cut is encoded");
  EXPECT_EQ(text_of(cache, 8), "v8");
  EXPECT_EQ(text_of(cache, 99), "v99");
}

TEST(ObjectCache, LetsGoOfWhatIsSeldomReadAgainOnceItIsEncoded) {
  MemoryRows rows;
  ObjectCache cache(rows, 1U << 30);
  put(cache, 1, "open");
  put(cache, 2, "paid");
  put(cache, 3, "paid");
  cache.cut();
  put(cache, 3, "open again");  // changed behind the cut: it stays
  EXPECT_EQ(cache.counts().evicted, 0U);
  EXPECT_TRUE(cache.encode(SIZE_MAX));
  EXPECT_EQ(cache.counts().evicted, 1U);
  EXPECT_EQ(text_of(cache, 2), "paid");  // out of the batch
  rows.write(*cache.batch());
  cache.written();
  EXPECT_EQ(row(rows, 3), "paid");
  EXPECT_EQ(text_of(cache, 1), "open");
  EXPECT_EQ(text_of(cache, 3), "open again");
  EXPECT_EQ(cache.counts().loaded, 1U);
}

// What is made durable is the state at the cut: nothing that was changed behind it, in whatever way and at whatever moment.
// Rows on their way to disk take memory, too: objects that are equal to them make room while they are encoded.
TEST(ObjectCache, KeepsItsBoundWhileMuchIsMadeDurable) {
  constexpr std::size_t bound = 4U << 20;
  MemoryRows rows;
  ObjectCache cache(rows, bound);
  std::uint32_t n = 0;
  while (cache.bytes() < bound / 2) put(cache, n++, std::string(1'000, 'x'));
  persist(cache, rows);
  while (cache.changed_bytes() < bound / 2) put(cache, n++, std::string(1'000, 'x'));  // a worker makes a boundary then
  cache.cut();
  ASSERT_TRUE(cache.encode(SIZE_MAX));
  EXPECT_LE(cache.bytes(), bound + bound / 8);
  rows.write(*cache.batch());
  cache.written();
  EXPECT_EQ(text_of(cache, 0), std::string(1'000, 'x'));
  EXPECT_EQ(text_of(cache, n - 1), std::string(1'000, 'x'));
}

TEST(ObjectCache, LetsNothingIntoACutThatCameAfterIt) {
  for (const std::size_t piece : {1U, 7U, 1'000U}) {
    MemoryRows rows;
    ObjectCache cache(rows, 1U << 30);
    std::map<std::uint32_t, std::string> expected;
    for (std::uint32_t i = 0; i < 50; ++i) put(cache, i, expected[i] = "before " + std::to_string(i));
    cache.put(key(100), expected[100] = "row before");
    cache.put(key(101), expected[101] = "row before");
    cache.cut();
    for (std::uint32_t i = 0; i < 60; i += 3) {
      put(cache, i, "after " + std::to_string(i));  // encoded already, not yet, or new
      if (i == 6) cache.replace(key(100), "row before", "row after");
      if (i == 9) cache.erase(key(101), "row before");
      if (i == 12) cache.put(key(102), "row after");
      (void)cache.encode(piece);
    }
    while (!cache.encode(piece)) {}
    rows.write(*cache.batch());
    for (std::uint32_t i = 0; i < 110; ++i) EXPECT_EQ(row(rows, i), expected.contains(i) ? expected[i] : "(absent)") << i;
    // Read through the cache, everything is as it is now, before and after the batch is let go.
    for (int pass = 0; pass < 2; ++pass) {
      EXPECT_EQ(text_of(cache, 3), "after 3");
      EXPECT_EQ(text_of(cache, 4), "before 4");
      EXPECT_EQ(row(cache.rows(), 100), "row after");
      EXPECT_EQ(row(cache.rows(), 101), "(absent)");
      EXPECT_EQ(row(cache.rows(), 102), "row after");
      if (pass == 0) cache.written();
    }
    persist(cache, rows);
    EXPECT_EQ(row(rows, 3), "after 3");
    EXPECT_EQ(row(rows, 101), "(absent)");
  }
}

TEST(ObjectCache, HasTheDigestOfTheCutAndNotOfWhatCameAfterIt) {
  MemoryRows rows, plain_rows;
  ObjectCache cache(rows, 1U << 30), plain(plain_rows, 1U << 30);
  for (ObjectCache* c : {&cache, &plain}) {
    put(*c, 1, "a");
    put(*c, 2, "b");
    c->put(key(9), "row");
  }
  persist(plain, plain_rows);
  cache.cut();
  put(cache, 1, "later");
  cache.replace(key(9), "row", "later");
  EXPECT_TRUE(cache.encode(10));
  EXPECT_EQ(cache.digest(), plain.digest());
}

TEST(ObjectCache, CountsTheBytesOfBatchesAndFindsRoomAgain) {
  MemoryRows rows;
  ObjectCache cache(rows, 1U << 30);
  const std::size_t empty = cache.bytes();
  for (std::uint32_t i = 0; i < 10'000; ++i) cache.put(key(i), std::string(100, 'x'));
  EXPECT_GT(cache.bytes(), empty + 1'000'000);
  EXPECT_GT(cache.changed_bytes(), 1'000'000U);
  persist(cache, rows);
  EXPECT_EQ(cache.bytes(), empty);
}

}  // namespace
}  // namespace due::state
