// What is stored of a customer, to the byte (docs/formats/state.md), and how much of it an event changes.
#include <gtest/gtest.h>

#include <map>

#include "tests/support/topology_driver.h"

namespace due::test {
namespace {

constexpr char golden_account[] =
    "5abe4bc5963a3172616e98f5aa1c80c0=02000143b0ba020100080201d2aa9502c00202003c027802021f0302c8010001aeba025002040"
    "5793da5b01c3bfa4e23a1086af3762b ";
constexpr char golden_invoice[] =
    "5abe4bc5963a3172ea554efef0bd81715bd0c872a53d7905=010100000c716bffbcc2826541e8d315d521598402d2aa9502c8017800f2b"
    "9023c ";
constexpr char golden_payments[] =
    "5abe4bc5963a31720abc8a0cb03d35694aecce6b2b76f36a=0100010a3be47d59e4a3a6fc4f90896a5b515b 5abe4bc5963a317228a2d2"
    "042d5822ffe7ff71fafa3b1cb0=010100437ec60c2f49ba35de945579b43d4ecdd2aa950278b0ba02ea554efef0bd81715bd0c872a53d7"
    "905780102 ";
constexpr char golden_seen[] =
    "5abe4bc5963a3172675a3eed818cae4a89a40c5108a1234e=01b968c3abed9878760a703dc95f3ad862 ";

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    text.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  return text;
}

std::map<char, std::string> by_kind(TopologyDriver& d) {
  std::map<char, std::string> rows;
  d.rows().scan("", [&rows](std::string_view key, std::string_view value) {
    rows[key.front()] += hex(key.substr(1)) + "=" + hex(value) + " ";
  });
  return rows;
}

// A change here is a change of the stored form: it needs another version byte, and a reader for this one.
TEST(AccountRows, AreWhatTheFormatSays) {
  TopologyDriver d;
  d.pipe(invoice("C", "A", 0, 100));
  d.pipe(payment("C", "P", "A", 31, 60));
  d.pipe(usage("C", "u", 31, 4, "K"));
  d.pipe(reversal("C", "R", "Q", 31, 9));  // its payment is not there: it waits
  d.persist();
  const auto rows = by_kind(d);
  EXPECT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows.at('A'), golden_account);
  EXPECT_EQ(rows.at('I'), golden_invoice);
  EXPECT_EQ(rows.at('P'), golden_payments);
  EXPECT_EQ(rows.at('S'), golden_seen);
}

// A customer with 100,000 open invoices: an event writes a handful of rows, and reads as few.
TEST(AccountRows, AreFewForAnEventOfALargeCustomer) {
  TopologyDriver d({}, 1U << 30);
  for (int n = 0; n < 100'000; ++n) d.pipe(invoice("C", "I" + std::to_string(n), n % 700, 1'000));
  d.persist();
  std::size_t rows = 0, bytes = 0;
  for (int n = 0; n < 50; ++n) {
    d.pipe(invoice("C", "J" + std::to_string(n), 700, 1'000));
    const auto batch = d.persist();
    std::size_t now = 0;
    for (const state::RowBatch::Row& row : batch->rows()) now += row.value().size();
    rows = std::max(rows, batch->rows().size());
    bytes = std::max(bytes, now);
  }
  EXPECT_LE(rows, 6U);  // the account, the invoice, a page of due dates, up to three of known documents
  EXPECT_LE(bytes, 8'192U);
}

TEST(AccountRows, TellDocumentsOfOneNameApart) {
  TopologyDriver d;
  EXPECT_EQ(d.pipe(invoice("C", "X", 0, 100)).size(), 1U);
  EXPECT_EQ(d.pipe(payment("C", "X", "X", 1, 50)).size(), 1U);
  EXPECT_EQ(d.pipe(usage("C", "X", 1, 1, "")).size(), 1U);
  EXPECT_EQ(d.pipe(cancellation("C", "X", "X", 2)).size(), 1U);
  EXPECT_EQ(d.pipe(reversal("C", "X", "X", 2, 50)).size(), 1U);
  EXPECT_EQ(d.pipe(invoice("D", "X", 0, 100)).size(), 1U);  // and those of two customers
  EXPECT_EQ(d.counts().documents.done, 6);
  EXPECT_EQ(d.counts().documents.duplicates + d.counts().documents.conflicts, 0);
}

// XXH3 adds its seed to so short an id.
TEST(AccountRows, KeepAUsageAndACreditMemoOfRelatedIdsApart) {
  TopologyDriver d;
  d.pipe(invoice("C4", "I", 0, 100));
  d.pipe(usage("C4", "U2240", 1, 1, ""));
  EXPECT_EQ(d.pipe(credit_memo("C4", "M2248", "I", 1, 50)).at(0).code, "");
}

}  // namespace
}  // namespace due::test
