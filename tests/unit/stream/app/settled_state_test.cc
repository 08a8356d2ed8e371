// What an orderly end leaves behind on the disk.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "state/rocksdb/rocks_rows.h"
#include "stream/app/wire.h"

namespace due::app {
namespace {

class SettledState : public testing::Test {
 protected:
  SettledState() {
    std::string pattern = (std::filesystem::temp_directory_path() / "duestream-settled-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~SettledState() override { std::filesystem::remove_all(directory_); }

  // Boundaries of like size: at the eighth a merge is due, and whoever closes then gives it up.
  void persist_often(state::RowStore& rows) {
    for (int boundary = 0; boundary < 8; ++boundary) {
      state::RowBatch batch;
      const std::string value(100, static_cast<char>('a' + boundary));
      for (int row = 0; row < 20'000; ++row) batch.put(std::to_string(row * 7919 % 100'003), value);
      rows.write(batch);
    }
  }
  std::size_t files() const {
    std::size_t n = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_ + "/account-0"))
      n += entry.path().extension() == ".sst" ? 1 : 0;
    return n;
  }

  std::string directory_;
};

TEST_F(SettledState, HasNoMergeThatIsDue) {
  const auto wire = make_wire();
  const runtime::Report silent(runtime::Level::error, [](auto...) {});
  auto factory = wire->open_state({directory_, 1U << 20, {}}, {"cluster", "app", ""}, silent);
  ASSERT_TRUE(factory.has_value());
  {
    auto rows = (*factory)->open("account-0");
    ASSERT_TRUE(rows.has_value());
    persist_often(**rows);
  }
  ASSERT_GE(files(), 8U) << "it was merged already: more rows are needed";
  (*factory)->finish();
  EXPECT_LT(files(), 8U);
  const state::RocksShare share({.block_cache_bytes = 1U << 20, .background_threads = 1});
  auto rows = state::RocksRows::open(directory_ + "/account-0", share);
  ASSERT_TRUE(rows.has_value());
  EXPECT_EQ((*rows)->figures().compactions_left, 0U);
}

}  // namespace
}  // namespace due::app
