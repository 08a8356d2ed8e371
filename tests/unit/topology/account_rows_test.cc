// What is stored of a customer, to the byte (docs/formats/state.md), and how much of it an event changes.
#include <gtest/gtest.h>

#include <map>

#include "tests/support/topology_driver.h"

namespace due::test {
namespace {

constexpr char golden_account[] =
    "5abe4bc5963a3172616e98f5aa1c80c0=02000143b0ba020100080201d2aa9502c00202003c027802021f0302c8010001aeba02500204b73"
    "928af295f911a2b34c60de39f7f8f ";
constexpr char golden_invoice[] =
    "5abe4bc5963a31725c5e511ff0a6013043bf004eaf2839b7=010100000c716bffbcc2826541e8d315d521598402d2aa9502c8017800f2b9"
    "023c ";
constexpr char golden_payments[] =
    "5abe4bc5963a31722f8cfdeb8506eae7ba4b2fec8f7f9fe3=0100010a3be47d59e4a3a6fc4f90896a5b515b 5abe4bc5963a317233e830"
    "56e947b4b351d7766b1a915f29=010100437ec60c2f49ba35de945579b43d4ecdd2aa950278b0ba025c5e511ff0a6013043bf004eaf283"
    "9b7780102 ";
constexpr char golden_seen[] =
    "5abe4bc5963a317279f41cb0147bcba6a020ba0c0dc6342b=01b968c3abed9878760a703dc95f3ad862 ";

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

}  // namespace
}  // namespace due::test
