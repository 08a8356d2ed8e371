#include "state/cache/object_cache.h"

#include <gtest/gtest.h>

#include "state/memory/memory_rows.h"

namespace due::state {
namespace {

class Note final : public RowObject {
 public:
  std::string text;
  static std::unique_ptr<Object> load(std::string_view key, RowReader& rows) {
    auto n = std::make_unique<Note>();
    if (!rows.get(key, n->text)) return nullptr;
    n->loaded_from(key, n->text);
    return n;
  }
  std::size_t bytes() const override { return sizeof *this + text.size(); }

 protected:
  void encode(ByteWriter& out) const override {
    for (const char c : text) out.byte(static_cast<std::uint8_t>(c));
  }
};

void put(ObjectCache& cache, const std::string& key, const std::string& text) {
  Note* n = cache.find<Note>(key);
  if (n == nullptr) n = &cache.add(key, std::make_unique<Note>());
  n->text = text;
  cache.changed(*n);
  cache.trim();
}

void persist(ObjectCache& cache, MemoryRows& rows) {
  const auto batch = cache.begin_persist();
  rows.write(*batch);
  cache.written();
  cache.trim();
}

TEST(ObjectCache, HasTheSameDigestWhateverItsSizeAndItsBoundaries) {
  Hash128 digests[4];
  for (int variant = 0; variant < 4; ++variant) {
    MemoryRows rows;
    ObjectCache cache(rows, variant % 2 == 0 ? 1U << 30 : 4'096);
    for (int i = 0; i < 500; ++i) {
      put(cache, "k" + std::to_string(i * 7 % 60), "value " + std::to_string(i));
      if (variant >= 2 && i % 10 == 0) persist(cache, rows);
    }
    Note* gone = cache.find<Note>("k3");
    ASSERT_NE(gone, nullptr);
    gone->remove();
    cache.changed(*gone);
    persist(cache, rows);
    digests[variant] = cache.digest();
    EXPECT_EQ(cache.find<Note>("k3"), nullptr);
    EXPECT_EQ(cache.find<Note>("k4")->text.substr(0, 6), "value ");
  }
  for (const Hash128& d : digests) EXPECT_EQ(d, digests[0]);
}

TEST(ObjectCache, NeverEvictsWhatItsRowsDoNotHold) {
  MemoryRows rows;
  ObjectCache cache(rows, 1);
  for (int i = 0; i < 100; ++i) put(cache, "k" + std::to_string(i), "v" + std::to_string(i));
  for (int i = 0; i < 100; ++i) ASSERT_NE(cache.find<Note>("k" + std::to_string(i)), nullptr);
  EXPECT_EQ(cache.counts().evicted, 0U);
  const auto batch = cache.begin_persist();
  put(cache, "k7", "changed while the batch is being written");
  cache.trim();
  EXPECT_EQ(cache.counts().evicted, 0U);  // written rows are not readable yet
  rows.write(*batch);
  cache.written();
  cache.trim();
  EXPECT_EQ(cache.counts().evicted, 99U);
  EXPECT_EQ(cache.find<Note>("k7")->text, "changed while the batch is being written");
  EXPECT_EQ(cache.find<Note>("k8")->text, "v8");
}

}  // namespace
}  // namespace due::state
