#include "stream/runtime/task/chronicle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <random>

#include "schemas/base/bytes.h"

namespace {
std::atomic<std::size_t> largest_allocation{0};
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  largest_allocation = std::max(largest_allocation.load(), size);
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace due::runtime {
namespace {

constexpr std::size_t reasonable_bytes = 64U << 10;  // for records of some hundred bytes

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

TEST(Chronicle, BelievesNoCountThatItsBytesCannotHold) {
  std::string huge;
  ByteWriter w(huge);
  w.varint(UINT32_MAX);
  const std::string& five = huge;  // a count or an input number of four thousand million, in five bytes
  ChronicleRecord c = sample();
  c.genesis = Genesis{"app", "account-0", "murmur2", 4, {{"invoices", "id1", 3}}, {{"decisions", 4, 1'048'588}}};
  const std::string bytes = encode(c);
  largest_allocation = 0;
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged.replace(at, 1, five);
    const auto read = decode_chronicle(damaged);
    EXPECT_TRUE(read || read.error().remedy == Remedy::stop);
  }
  EXPECT_LT(largest_allocation, reasonable_bytes);
}

TEST(Chronicle, RefusesRunsThatNoLogCanHold) {
  ChronicleRecord c = sample();
  const std::vector<runtime::Run> impossible{
      {0, 10, 9, 0, {}, {}}, {1, -5, -5, 1, {}, {}}, {2, INT64_MAX / 2, INT64_MAX / 2, 1, {}, {}}, {0, 5, INT64_MAX / 2, 1, {}, {}}};
  for (const auto& run : impossible) {
    c.runs = {run};
    EXPECT_FALSE(decode_chronicle(encode(c)).has_value()) << run.first << " " << run.last << " " << run.count;
  }
  std::string third_of_two = encode([] {
    ChronicleRecord two = sample();
    two.positions = {14, 0};
    two.runs = {{0, 10, 12, 3, {}, {}}};
    return two;
  }());
  ASSERT_TRUE(decode_chronicle(third_of_two).has_value());
  const std::size_t run = third_of_two.find(std::string("\x01\x01\x03", 3));  // one run, of input 0, three records
  ASSERT_NE(run, std::string::npos);
  third_of_two[run + 1] = 3;
  EXPECT_FALSE(decode_chronicle(third_of_two).has_value());
}

TEST(Chronicle, ReadsDamagedRecordsWithoutHarm) {
  const std::string bytes = encode(sample());
  std::mt19937 random(20250301);
  largest_allocation = 0;
  for (int n = 0; n < 20'000; ++n) {
    std::string damaged = bytes;
    for (unsigned flips = 1 + random() % 4; flips > 0; --flips) damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto read = decode_chronicle(damaged);
    EXPECT_TRUE(!read || !as_json(*read, "account-0").empty());
  }
  EXPECT_LT(largest_allocation, reasonable_bytes);
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
