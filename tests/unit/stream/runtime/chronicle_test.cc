#include "stream/runtime/task/chronicle.h"

#include <gtest/gtest.h>

namespace due::runtime {
namespace {

ChronicleRecord sample() {
  ChronicleRecord c;
  c.seq = 7;
  c.previous = hash128("six");
  c.time = {1'735'689'600'000'000};
  c.runs = {{Run::tick, 0, 0, 0, {5}, {6}}, {0, 10, 12, 3, {}, {}}, {2, 4, 9, 4, {}, {}}, {0, 13, 13, 1, {}, {}}};
  c.positions = {14, 0, 10};
  c.logic_version = "0123456789abcdef";
  c.outputs = {{0, 1, 100, 8}, {1, 0, 3, 1}};
  c.outputs_hash = hash128("out");
  c.transactional_id = "app-0-0";
  c.digest = DigestPoint{6, hash128("state")};
  return c;
}

TEST(Chronicle, ReadsBackWhatItWrote) {
  ChronicleRecord c = sample();
  c.genesis = Genesis{"app", "account-0", "murmur2", 4, {{"invoices", "id1", 3}}, {{"decisions", 4, 1'048'588}}};
  const std::string bytes = encode(c);
  const auto back = decode_chronicle(bytes);
  ASSERT_TRUE(back.has_value()) << back.error().what;
  EXPECT_EQ(encode(*back), bytes);
  EXPECT_EQ(back->genesis, c.genesis);
  EXPECT_EQ(back->runs[2].first, 4);
  EXPECT_EQ(back->runs[2].last, 9);
  EXPECT_EQ(back->runs[3].first, 13);
  EXPECT_EQ(back->digest->digest, c.digest->digest);
}

TEST(Chronicle, RefusesEveryShorterRecordAndAnUnknownVersion) {
  const std::string bytes = encode(sample());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto cut = decode_chronicle(std::string_view(bytes).substr(0, n));
    ASSERT_FALSE(cut.has_value()) << n;
    EXPECT_EQ(cut.error().remedy, Remedy::stop);
  }
  std::string other = bytes;
  other[0] = 2;
  EXPECT_FALSE(decode_chronicle(other).has_value());
  EXPECT_FALSE(decode_chronicle(bytes + "x").has_value());
}

TEST(BatchName, ReadsBackWhatItWroteAndNothingElse) {
  const BatchName name{42, hash128("x"), false};
  const BatchName released{42, hash128("x"), true};
  EXPECT_TRUE(BatchName::parse(name.text())->same_batch(name));
  EXPECT_FALSE(BatchName::parse(name.text())->released);
  EXPECT_TRUE(BatchName::parse(released.text())->released);
  const std::string zeros(32, '0');
  const std::vector<std::string> wrong{"", "v1", "v1 x", "v2 1 " + zeros, "v1 1 " + zeros.substr(1), "v1 1 " + zeros + " x"};
  for (const std::string& bad : wrong)
    EXPECT_FALSE(BatchName::parse(bad).has_value()) << bad;
}

}  // namespace
}  // namespace due::runtime
