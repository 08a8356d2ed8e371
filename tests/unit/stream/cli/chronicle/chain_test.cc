// Chains that are whole, and each way in which one can be broken.
#include "stream/cli/chronicle/chain.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace due::cli {
namespace {

using runtime::ChronicleRecord;
using Records = std::vector<ChronicleRecord>;

// Four batches of a task that reads two inputs and writes two outputs.
Records sample() {
  Records all(4);
  for (std::size_t i = 0; i < all.size(); ++i) {
    ChronicleRecord& c = all[i];
    const auto n = static_cast<std::int64_t>(i);
    c.seq = n;
    c.time = {1'735'689'600'000'000 + n};
    c.logic_version = "0123456789abcdef";
    c.transactional_id = "app-0-0";
    c.positions = {10 + 5 * n, 100 + n};
    if (i == 0) continue;
    c.runs = {{0, 10 + 5 * (n - 1), 10 + 5 * n - 1, 5, {}, {}}, {1, 99 + n, 99 + n, 1, {}, {}}};
    c.outputs = {{0, 1, 1 + 6 * (n - 1), 6}, {1, 0, n, 1}};
    c.outputs_hash = hash128("outputs");
  }
  all[0].genesis = runtime::Genesis{"app", "account-1", "murmur2", 2, {{"invoices", "a", 10}, {"usage", "b", 100}},
                                    {{"decisions", 2, 1'000'000}, {"dead-letters", 1, 1'000'000}}};
  return all;
}

void link(Records& all) {
  for (std::size_t i = 1; i < all.size(); ++i) all[i].previous = hash128(encode(all[i - 1]));
}

// What is wrong with the first record that is, and which number it has in the vector.
struct Broken {
  std::size_t at = SIZE_MAX;
  std::string what;
};
Broken first_broken(const Records& all, std::string_view key = "account-1") {
  Chain chain("account-1");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string bytes = encode(all[i]);
    log::Record r;
    r.offset = {static_cast<std::int64_t>(2 * i)};
    r.key = key;
    r.value = bytes;
    if (auto what = chain.add(r)) return {i, *what};
  }
  return {};
}
// Broken before the hashes are put right, so that nothing but the one thing is wrong.
Broken with(const std::function<void(Records&)>& change) {
  Records all = sample();
  change(all);
  link(all);
  return first_broken(all);
}

TEST(Chain, IsWholeAndSaysWhatItCovers) {
  Records all = sample();
  link(all);
  Chain chain("account-1");
  for (const ChronicleRecord& c : all) {
    const std::string bytes = encode(c);
    log::Record r;
    r.key = "account-1";
    r.value = bytes;
    EXPECT_EQ(chain.add(r), std::nullopt) << c.seq;
  }
  EXPECT_EQ(chain.records(), 4);
  EXPECT_EQ(chain.outputs(), 3 * 7);
  EXPECT_EQ(chain.last().hash, hash128(encode(all.back())));
  EXPECT_EQ(chain.taken(), (std::vector<std::int64_t>{25, 103}));
  EXPECT_EQ(chain.covered().at({0, 1}), 19);
}

TEST(Chain, NamesAGapAForkAndAChangedRecord) {
  Records all = sample();
  link(all);
  Records gap = all, twice = all, changed = all, beheaded = all;
  gap.erase(gap.begin() + 2);
  EXPECT_EQ(first_broken(gap).at, 2U);
  EXPECT_NE(first_broken(gap).what.find("record 2 is missing"), std::string::npos) << first_broken(gap).what;
  twice.insert(twice.begin() + 3, all[2]);
  EXPECT_EQ(first_broken(twice).at, 3U);
  EXPECT_NE(first_broken(twice).what.find("a fork"), std::string::npos) << first_broken(twice).what;
  changed[1].outputs_hash = hash128("others");
  EXPECT_EQ(first_broken(changed).at, 2U) << "it is the next one that no longer continues it";
  EXPECT_NE(first_broken(changed).what.find("was changed"), std::string::npos) << first_broken(changed).what;
  beheaded.erase(beheaded.begin());
  EXPECT_EQ(first_broken(beheaded).at, 0U);
  EXPECT_NE(first_broken(beheaded).what.find("record 0 is gone"), std::string::npos) << first_broken(beheaded).what;
}

TEST(Chain, NamesWhatGoesBack) {
  const struct {
    std::function<void(Records&)> change;
    std::size_t at;
    const char* what;
  } table[] = {
      {[](Records& r) { r[2].time.micros -= 2; }, 2, "its task time"},
      {[](Records& r) { r[2].positions[0] = 19; }, 2, "it leaves invoices at offset 19, before 20"},
      {[](Records& r) { r[2].positions[0] = 22; }, 3, "it takes invoices from offset 20, which stood at 22"},
      {[](Records& r) { r[3].positions.pop_back(); r[3].runs.pop_back(); }, 3, "it has positions of 1 inputs"},
      {[](Records& r) { r[2].runs[0].first = 14; r[2].runs[0].count = 6; }, 2, "it takes invoices from offset 14, which stood at 15"},
      {[](Records& r) { r[3].outputs[0].first = 12; }, 3, "decisions/1 from number 12 on, the records before it up to 12"},
      {[](Records& r) { r[3].outputs[0].first = 14; }, 3, "covers outputs of decisions/1 from number 14 on"},
      {[](Records& r) { r[1].outputs[1].partition = 1; }, 1, "covers nothing that can be, in dead-letters/1"},
      {[](Records& r) { r[1].outputs[1].topic = 2; }, 1, "names output 2"},
      {[](Records& r) { r[2].genesis = r[0].genesis; }, 2, "only record 0"},
      {[](Records& r) { r[0].genesis->task = "account-0"; }, 0, "its genesis is of task account-0"},
      {[](Records& r) { r[2].digest = runtime::DigestPoint{2, hash128("x")}; }, 2, "announces a digest"},
  };
  for (const auto& row : table) {
    const Broken broken = with(row.change);
    EXPECT_EQ(broken.at, row.at) << row.what;
    EXPECT_NE(broken.what.find(row.what), std::string::npos) << broken.what << " instead of " << row.what;
  }
  const auto good = [](Records& r) {
    r[2].digest = runtime::DigestPoint{1, hash128("x")};
    r[3].time = r[2].time;
  };
  EXPECT_EQ(with(good).what, "");
  // Behind its last record stands the mark of a transaction: one owner has passed it, the next one not yet.
  EXPECT_EQ(with([](Records& r) { r[2].positions[0] = 22, r[3].runs.erase(r[3].runs.begin()), r[3].positions[0] = 20; }).what, "");
}

TEST(Chain, NamesARecordThatIsNotItsTasks) {
  Records all = sample();
  link(all);
  EXPECT_NE(first_broken(all, "account-2").what.find("its key is account-2"), std::string::npos);
}

}  // namespace
}  // namespace due::cli
