#include "stream/postgres/ledger/repeat.h"

#include "stream/postgres/ledger/chain.h"
#include "tests/unit/stream/postgres/scene.h"

namespace due::postgres {
namespace {

// As if the same record had been met at another offset and time.
std::string moved(const std::string& tuple) {
  return tuple.substr(0, 2 + 4 + 7) + "\x63" + tuple.substr(2 + 12, 4 + 7) + "\x01" + tuple.substr(2 + 12 + 12);
}

TEST(Repeat, IsTheSameWhereverInTheLogItIsMetAgain) {
  const Table& decisions = table_of("decisions");
  const std::string row = map_row(decisions, decision("account-1", 4)).tuple;
  EXPECT_EQ(difference(decisions, row, row), std::nullopt);
  EXPECT_EQ(difference(decisions, row, moved(row)), std::nullopt);
}

TEST(Repeat, ThatDiffersNamesRowColumnAndBothValues) {
  const Table& decisions = table_of("decisions");
  const std::string row = map_row(decisions, decision("account-1", 4)).tuple;
  Sent other = decision("account-1", 4);
  other.value->replace(other.value->find("HIGH"), 4, "LOW");
  const std::string want =
      "decisions, row task account-1, log_partition 3, seq 4: column decision is \"HIGH\" in the table and \"LOW\" in the log";
  EXPECT_EQ(difference(decisions, row, map_row(decisions, other).tuple), want);
  EXPECT_EQ(difference(decisions, row, moved(map_row(decisions, other).tuple)), want);
}

TEST(Repeat, AtTheSameOffsetComparesTheTimestampToo) {
  const Table& decisions = table_of("decisions");
  Sent later = decision("account-1", 4);
  later.timestamp = later.timestamp.plus_micros(1);
  const auto found = difference(decisions, map_row(decisions, decision("account-1", 4)).tuple, map_row(decisions, later).tuple);
  ASSERT_TRUE(found);
  EXPECT_NE(found->find("column logged_at"), std::string::npos) << *found;
}

TEST(Repeat, OfAnInputIsComparedWhole) {
  const Table& invoices = table_of("invoices");
  const std::string row = map_row(invoices, {"C1", "{}", {}}).tuple, other = map_row(invoices, {"C1", "{ }", {}}).tuple;
  EXPECT_EQ(difference(invoices, row, row), std::nullopt);
  const auto found = difference(invoices, row, other);
  ASSERT_TRUE(found);
  EXPECT_NE(found->find("invoice_events, row log_partition 3, log_offset 17: column record"), std::string::npos) << *found;
  Sent null_key{std::nullopt, "{}", {}};
  EXPECT_NE(difference(invoices, row, map_row(invoices, null_key).tuple)->find("column key is \"C1\" in the table and null in the log"),
            std::string::npos);
}

TEST(Repeat, SortsRowsIntoTheirChains) {
  const Table& decisions = table_of("decisions");
  std::string tuples;
  for (const auto& [task, seq] : std::vector<std::pair<std::string, int>>{{"b", 2}, {"a", 7}, {"b", 1}, {"a", 7}, {"a", 5}})
    tuples += map_row(decisions, decision(task, seq)).tuple;
  const Sorted sorted = sort_rows(decisions, tuples);
  EXPECT_FALSE(sorted.conflict);
  ASSERT_EQ(sorted.runs.size(), 2U);
  EXPECT_EQ(sorted.runs[0].task, "a");
  ASSERT_EQ(sorted.runs[0].rows.size(), 2U);  // 7 was there twice
  EXPECT_EQ(sorted.runs[0].rows[0].first, 5);
  EXPECT_EQ(sorted.runs[1].rows[1].first, 2);
}

TEST(Repeat, InOneBatchMustBeTheSameAsWell) {
  const Table& decisions = table_of("decisions");
  Sent other = decision("a", 7);
  other.value->replace(other.value->find("HIGH"), 4, "LOW");
  const std::string tuples = map_row(decisions, decision("a", 7)).tuple + map_row(decisions, other).tuple;
  EXPECT_TRUE(sort_rows(decisions, tuples).conflict);
}

TEST(Chain, IsSha256OverTheLinkBeforeAndTheRow) {
  // printf 'duestream ledger chain 1\ndecisions/3/account-1' | sha256sum
  Link link = first_link("decisions", 3, "account-1");
  EXPECT_EQ(hex(link), "70866c73808b497d540b50e170fdd1a5b7e5945944b98cfae629cd506823546b");
  EXPECT_EQ(link_of(hex(link)), link);
  ChainHash hash;
  hash.extend(link, "row one");
  hash.extend(link, "row two");
  EXPECT_EQ(hex(link), "3aafd01e1673e7f26546fd331de5c4ee18aa7d799749d71e8a8695d66cd95a1b");
}

}  // namespace
}  // namespace due::postgres
