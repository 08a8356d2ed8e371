// One suite over every RowStore.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "state/memory/memory_rows.h"
#include "state/memory/overlay_rows.h"
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

std::unique_ptr<Subject> overlay() {
  auto s = std::make_unique<Subject>();
  s->rows = std::make_unique<OverlayRows>(std::make_unique<MemoryRows>());
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

INSTANTIATE_TEST_SUITE_P(Stores, Rows, testing::Values(Kind{"Memory", memory}, Kind{"Rocks", rocks}, Kind{"Overlay", overlay}),
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

// A process that is started again every day would leave a file per task and day behind, for ever.
TEST(RocksRows, LeaveNoLogOfEachOpenBehind) {
  const auto s = rocks();
  for (int i = 0; i < 5; ++i) {
    s->rows.reset();
    s->rows = std::move(RocksRows::open(s->directory, *s->share)).value();
    RowBatch batch;
    batch.put("k", std::to_string(i));
    s->rows->write(batch);
  }
  const auto is_log = [](const auto& entry) { return entry.path().extension() == ".log"; };
  const std::filesystem::directory_iterator files(s->directory);
  EXPECT_LE(std::count_if(begin(files), end(files), is_log), 1);
  std::string value;
  EXPECT_TRUE(s->rows->get("k", value));
  EXPECT_EQ(value, "4");
}

std::string scanned(RowReader& rows, const std::string& prefix) {
  std::string seen;
  rows.scan(prefix, [&](std::string_view key, std::string_view value) { seen.append(key).append("=").append(value).append(" "); });
  return seen;
}

void write(RowStore& rows, const std::map<std::string, std::string>& changes) {  // "-" erases
  RowBatch batch;
  for (const auto& [key, value] : changes) {
    if (value == "-") {
      batch.erase(key);
    } else {
      batch.put(key, value);
    }
  }
  rows.write(batch);
}

TEST(OverlayRows, HideWhatLiesBelowAndKeepTheOrder) {
  auto below = std::make_unique<MemoryRows>();
  write(*below, {{"P1", "below"}, {"P3", "below"}, {"P5", "below"}, {"P7", "below"}, {"Q", "below"}});
  OverlayRows rows(std::move(below));
  write(rows, {{"P0", "above"}, {"P3", "above"}, {"P4", "above"}, {"P5", "-"}, {"P6", "-"}, {"P9", "above"}});
  EXPECT_EQ(scanned(rows, "P"), "P0=above P1=below P3=above P4=above P7=below P9=above ");
  EXPECT_EQ(scanned(rows, "P5"), "");
  std::string value;
  EXPECT_FALSE(rows.get("P5", value));
  EXPECT_TRUE(rows.get("P1", value));
  EXPECT_EQ(value, "below");
}

TEST(RocksRows, AreReadWhileTheirOwnerWritesAndNothingIsLeftBehind) {
  const auto s = rocks();
  write(*s->rows, {{"a", "1"}});
  const auto names = [&] {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(s->directory)) all.insert(entry.path().filename());
    return all;
  };
  const auto before = names();
  auto look = RocksRows::open_to_read(s->directory, *s->share);
  ASSERT_TRUE(look.has_value());
  write(*s->rows, {{"a", "2"}, {"b", "2"}});  // the owner goes on
  EXPECT_EQ(scanned(**look, ""), "a=1 ");
  look->reset();
  auto again = RocksRows::open_to_read(s->directory, *s->share);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(scanned(**again, ""), "a=2 b=2 ");
  again->reset();
  for (const std::string& name : names())
    EXPECT_TRUE(before.contains(name) || name.ends_with(".sst")) << name;
}

TEST(RocksRows, AreReadAgainAndAgainWhileCompactionRemovesFiles) {
  const auto s = rocks();
  write(*s->rows, {{"counter", "0"}});
  std::atomic<bool> stop = false;
  std::thread owner([&] {
    const std::string large(2'000, 'x');
    for (int i = 1; i <= 150; ++i) write(*s->rows, {{"counter", std::to_string(i)}, {"k" + std::to_string(i % 7), large}});
    stop = true;
  });
  int looks = 0, newest = 0;
  while (!stop || looks == 0) {
    auto look = RocksRows::open_to_read(s->directory, *s->share);
    ASSERT_TRUE(look.has_value()) << look.error().what;
    std::string value;
    ASSERT_TRUE((*look)->get("counter", value));
    EXPECT_GE(std::stoi(value), newest);  // whole batches, never back
    newest = std::stoi(value);
    ++looks;
  }
  owner.join();
}

TEST(RocksRows, AreNotMadeByALook) {
  const auto s = rocks();
  const std::string nowhere = s->directory + "-nowhere";
  EXPECT_FALSE(RocksRows::open_to_read(nowhere, *s->share).has_value());
  EXPECT_FALSE(std::filesystem::exists(nowhere));
}

TEST(RocksRows, AreCopiedAsOfTheLastBatch) {
  const auto s = rocks();
  Snapshots snapshots = dynamic_cast<RocksRows&>(*s->rows).snapshots();
  const std::string copy = s->directory + "-copy";
  std::string value;
  RowBatch first;
  first.put("k", 1, "before");
  s->rows->write(first);
  ASSERT_TRUE(snapshots.take(copy));
  RowBatch second;
  second.put("k", 1, "after");
  s->rows->write(second);
  {
    const auto opened = RocksRows::open(copy, *s->share);
    ASSERT_TRUE(opened.has_value());
    ASSERT_TRUE((*opened)->get("k", value));
    EXPECT_EQ(value, "before");
  }
  std::filesystem::remove_all(copy);
  s->rows.reset();
  EXPECT_FALSE(snapshots.take(copy)) << "the database is closed";
  EXPECT_FALSE(std::filesystem::exists(copy));
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
