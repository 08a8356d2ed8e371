// One suite over every RowStore.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "state/memory/memory_rows.h"
#include "state/rocksdb/rocks_rows.h"

namespace due::state {
namespace {

struct Subject {
  std::unique_ptr<RocksShare> share;
  std::string directory;
  std::unique_ptr<RowStore> rows;
  ~Subject() {
    rows.reset();
    if (!directory.empty()) std::filesystem::remove_all(directory);
  }
};

std::unique_ptr<Subject> memory() {
  auto s = std::make_unique<Subject>();
  s->rows = std::make_unique<MemoryRows>();
  return s;
}

std::unique_ptr<Subject> rocks() {
  auto s = std::make_unique<Subject>();
  std::string pattern = (std::filesystem::temp_directory_path() / "duestream-rows-XXXXXX").string();
  s->directory = mkdtemp(pattern.data());
  s->share = std::make_unique<RocksShare>(RocksShare::Options{.block_cache_bytes = 1U << 20, .background_threads = 1});
  auto opened = RocksRows::open(s->directory, *s->share);
  EXPECT_TRUE(opened.has_value());
  if (opened) s->rows = std::move(*opened);
  return s;
}

struct Kind {
  std::string name;
  std::unique_ptr<Subject> (*make)();
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class Rows : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override { subject_ = GetParam().make(); }
  RowStore& rows() { return *subject_->rows; }
  void write(const std::map<std::string, std::string>& changes) {  // "-" erases
    RowBatch batch;
    for (const auto& [key, value] : changes) {
      if (value == "-") {
        batch.erase(key);
      } else {
        batch.put(key, value);
      }
    }
    rows().write(batch);
  }
  std::string get(const std::string& key) {
    std::string value;
    return rows().get(key, value) ? value : "(absent)";
  }

 private:
  std::unique_ptr<Subject> subject_;
};

TEST_P(Rows, AreAbsentUntilWrittenAndAfterErasing) {
  EXPECT_EQ(get("a"), "(absent)");
  write({{"a", "1"}, {"b", ""}});
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("b"), "");
  write({{"a", "-"}, {"b", "2"}});
  EXPECT_EQ(get("a"), "(absent)");
  EXPECT_EQ(get("b"), "2");
}

TEST_P(Rows, ScanAPrefixInOrderOverSeveralBatches) {
  write({{"P2", "b"}, {"Q1", "x"}});
  write({{"P1", "a"}, {"P3", "c"}, {"O9", "x"}});
  write({{"P2", "-"}});
  std::string seen;
  rows().scan("P", [&](std::string_view key, std::string_view value) { seen.append(key).append("=").append(value).append(" "); });
  EXPECT_EQ(seen, "P1=a P3=c ");
}

TEST_P(Rows, TakeAnEmptyBatch) {
  write({});
  EXPECT_EQ(get("a"), "(absent)");
}

INSTANTIATE_TEST_SUITE_P(Stores, Rows, testing::Values(Kind{"Memory", memory}, Kind{"Rocks", rocks}),
                         [](const auto& kind) { return kind.param.name; });

TEST(RocksRows, KeepWhatWasWrittenOverAReopenWithoutAnOrderlyClose) {
  const auto s = rocks();
  RowBatch batch;
  batch.put("k", "v");
  s->rows->write(batch);
  const std::string copy = s->directory + "-copy";  // what a crash would have left on the disk
  std::filesystem::copy(s->directory, copy, std::filesystem::copy_options::recursive);
  auto again = RocksRows::open(copy, *s->share);
  ASSERT_TRUE(again.has_value());
  std::string value;
  EXPECT_TRUE((*again)->get("k", value));
  EXPECT_EQ(value, "v");
  again->reset();
  std::filesystem::remove_all(copy);
}

TEST(RocksRows, NameTheDirectoryThatIsInUse) {
  const auto s = rocks();
  const auto second = RocksRows::open(s->directory, *s->share);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().remedy, Remedy::stop);
  EXPECT_NE(second.error().what.find(s->directory), std::string::npos);
}

}  // namespace
}  // namespace due::state
