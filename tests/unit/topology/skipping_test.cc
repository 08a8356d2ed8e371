// Orders to pass over a record: what becomes of the record, of the order, and of orders that cannot be carried out.
#include "topology/intake/skipping.h"

#include <gtest/gtest.h>

#include "tests/support/control_records.h"
#include "tests/support/topology_driver.h"

namespace due::test {
namespace {

using topology::AccountLogic;
using topology::OrderedSkip;

std::string header(const Emitted& e, std::string_view name) {
  std::string found;
  for (const auto& [n, value] : e.headers)
    if (n == name) found = value;
  return found;
}

std::size_t rows(TopologyDriver& d, state::Kind kind) {
  d.persist();
  std::size_t n = 0;
  d.rows().scan(std::string(1, static_cast<char>(kind)), [&n](auto, auto) { ++n; });
  return n;
}

TEST(Skipping, LaysTheRecordThatAControlNamesDownWhole) {
  TopologyDriver d;
  EXPECT_TRUE(d.pipe(skip("CTL-1", "invoices", 0, d.next_offset() + 2)).empty());
  EXPECT_EQ(rows(d, state::Kind::skip), 1U);
  EXPECT_EQ(d.pipe(invoice("C", "A", 0, 100)).front().output, AccountLogic::decisions);
  const CompanyRecord poison = invoice("C", "B", 0, 100);
  const auto out = d.pipe(poison);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].output, AccountLogic::dead_letters);
  EXPECT_EQ(out[0].code, "SKIPPED_BY_CONTROL");
  EXPECT_EQ(out[0].key, "C");
  EXPECT_EQ(out[0].value, poison.value);
  EXPECT_EQ(header(out[0], "x-err.stage"), "control");
  EXPECT_EQ(header(out[0], "x-err.topic"), "invoices");
  EXPECT_EQ(header(out[0], "x-err.remedy").find("passed over unread by control CTL-1 of j.doe: ticket 4711; "), 0U)
      << header(out[0], "x-err.remedy");
  EXPECT_EQ(rows(d, state::Kind::skip), 0U);
  EXPECT_EQ(d.counts().documents.inputs, 2);
  EXPECT_EQ(d.counts().documents.dead_letters, 1);
  EXPECT_EQ(d.counts().master.done, 1);
  EXPECT_EQ(d.pipe(poison).front().output, AccountLogic::decisions);  // sent again: nobody has seen it yet
}

TEST(Skipping, DoesNothingToARecordThatWasProcessedAndEndsWithTheNextOne) {
  TopologyDriver d;
  const std::int64_t past = d.next_offset();
  d.pipe(invoice("C", "A", 0, 100));
  d.pipe(skip("CTL-1", "invoices", 0, past));
  d.pipe(payment("C", "P", "A", 1, 100));  // of another input
  EXPECT_EQ(rows(d, state::Kind::skip), 1U);
  EXPECT_EQ(d.pipe(invoice("C", "B", 1, 100)).front().output, AccountLogic::decisions);
  EXPECT_EQ(rows(d, state::Kind::skip), 0U);
  EXPECT_EQ(d.counts().documents.dead_letters, 0);
}

TEST(Skipping, TakesAnIdForOneOrderAlone) {
  TopologyDriver d;
  const std::int64_t first = d.next_offset() + 4;
  const CompanyRecord order = skip("CTL-1", "invoices", 0, first);
  EXPECT_TRUE(d.pipe(order).empty());
  EXPECT_TRUE(d.pipe(order).empty());
  EXPECT_EQ(d.counts().master.duplicates, 1);
  const auto other = d.pipe(skip("CTL-1", "invoices", 0, first + 1));
  ASSERT_EQ(other.size(), 1U);
  EXPECT_EQ(other[0].code, "CONFLICT");
  EXPECT_TRUE(d.pipe(skip("CTL-2", "invoices", 0, first)).empty());  // the same record again, under an id of its own
  EXPECT_EQ(d.counts().master.duplicates, 2);
  EXPECT_EQ(header(d.pipe(invoice("C", "A", 0, 100)).front(), "x-err.remedy").find("passed over unread by control CTL-1"), 0U);
  EXPECT_EQ(d.pipe(invoice("C", "B", 0, 100)).front().output, AccountLogic::decisions);
}

TEST(Skipping, RefusesWhatCannotBePassedOver) {
  TopologyDriver d({}, 64U << 20, 2);
  const auto refused = [&d](const CompanyRecord& order) {
    const auto out = d.pipe(order);
    EXPECT_EQ(out.size(), 1U) << order.value;
    return out.empty() ? "" : out[0].code + " " + header(out[0], "x-err.field");
  };
  EXPECT_EQ(refused(skip("CTL-1", "invoces", 0, 7)), "UNKNOWN_VALUE data.topic");
  EXPECT_EQ(refused(skip("CTL-2", "controls", 0, 7)), "UNKNOWN_VALUE data.topic");
  EXPECT_EQ(refused(skip("CTL-3", "decisions", 0, 7)), "UNKNOWN_VALUE data.topic");
  EXPECT_EQ(refused(skip("CTL-4", "invoices", 2, 7)), "UNKNOWN_VALUE data.partition");
  EXPECT_NE(header(d.outputs.front(), "x-err.remedy").find("credit-note-outcomes, credit-note-requests, customers"), std::string::npos)
      << header(d.outputs.front(), "x-err.remedy");
  EXPECT_TRUE(d.pipe(skip("CTL-1", "invoices", 1, 7)).empty());  // a refused order leaves its id free; this one is another task's
  EXPECT_TRUE(d.pipe(skip("CTL-5", "credit-note-requests", 1, 7)).empty());
  EXPECT_EQ(rows(d, state::Kind::skip), 0U);
  EXPECT_EQ(rows(d, state::Kind::control), 2U);
  const topology::Tally& t = d.counts().master;
  EXPECT_EQ(t.inputs, 6);
  EXPECT_EQ(t.done, 2);
  EXPECT_EQ(t.dead_letters, 4);
}

TEST(Skipping, IsAnsweredForByOneTaskAndCarriedOutByThatOfThePartition) {
  const auto logic = [](const char* name, std::int32_t partition) {
    return topology::account_subtopology().make_logic(topology::TaskIdentity{name, partition, 3, topics(), "test"}, {});
  };
  TopologyDriver second(logic("account-1", 1), topics());
  EXPECT_TRUE(second.pipe(skip("CTL-1", "invoces", 1, 2)).empty());  // refused, which task 0 says
  EXPECT_TRUE(second.pipe(skip("CTL-2", "usage", 1, second.next_offset() + 1)).empty());
  EXPECT_EQ(second.counts().master.inputs, 0);
  const auto out = second.pipe(usage("C", "u1", 0, 1, ""));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].code, "SKIPPED_BY_CONTROL");
}

TEST(Skipping, WritesWhatPeopleWroteOverSeveralLinesIntoOne) {
  TopologyDriver d;
  CompanyRecord order = skip("CTL-1", "usage", 0, d.next_offset() + 1);
  order.value.replace(order.value.find("ticket 4711"), 11, R"(first\r\nx-err.code: NONE)");
  d.pipe(order);
  const auto out = d.pipe(usage("C", "u1", 0, 1, ""));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_NE(header(out[0], "x-err.remedy").find("first  x-err.code: NONE"), std::string::npos);
}

TEST(Skipping, StoresAnOrderThatLiesAheadLikeThis) {
  const OrderedSkip order{"usage", 7, "CTL-1", "j.doe", "why"};
  const std::string stored("\x01\x05usage\x0e\x05" "CTL-1\x05j.doe\x03why", 24);
  EXPECT_EQ(order.encode(), stored);
  const OrderedSkip read = OrderedSkip::decode(stored);
  EXPECT_EQ(read.topic + "/" + std::to_string(read.offset) + " " + read.control_id + " " + read.actor + " " + read.reason,
            "usage/7 CTL-1 j.doe why");
  EXPECT_THROW(OrderedSkip::decode(stored.substr(0, 20)), state::StoreFailure);
  EXPECT_THROW(OrderedSkip::decode("\x02" + stored.substr(1)), state::StoreFailure);
}

}  // namespace
}  // namespace due::test
