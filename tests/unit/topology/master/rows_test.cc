// The stored forms of master data, to the byte: a change of one is a new version, or states on disk are lost.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "topology/master/customers.h"
#include "topology/master/disputes.h"
#include "topology/master/price_rules.h"

namespace due::topology::master {
namespace {

template <class T>
std::string stored(T& object) {
  state::RowBatch batch;
  Hash128 digest;
  std::string scratch;
  state::RowSink sink(batch, digest, scratch);
  object.encode_changes(sink);
  return std::string(batch.rows().front().value());
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) text.append({digits[byte >> 4], digits[byte & 15]});
  return text;
}

// The bytes are as golden/NAME.hex has them, and read back they are written the same.
template <class T>
void expect_golden(T& object, const std::string& name) {
  const std::string bytes = stored(object);
  const auto path = std::filesystem::path(DUE_SOURCE_DIR) / "tests/unit/topology/master/golden" / (name + ".hex");
  std::ifstream file(path);
  std::string golden;
  file >> golden;
  EXPECT_EQ(hex(bytes), golden) << path;
  T again;
  again.decode(bytes);
  EXPECT_EQ(hex(stored(again)), golden);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    T cut;
    EXPECT_THROW(cut.decode(bytes.substr(0, size)), state::StoreFailure) << size;
  }
  T other;
  EXPECT_THROW(other.decode(std::string(1, '\x7f') + bytes.substr(1)), state::StoreFailure);
}

Date day(std::string_view text) { return *parse_date(text); }
EventTime at(std::string_view text) { return *parse_time(text); }

TEST(MasterRows, CustomerIsAsItWasInVersion1) {
  Customer c;
  c.customer_id = "C";
  events::CustomerRecorded r;
  r.legal_entity_id = "DE01";
  r.time_zone = "Europe/Berlin";
  r.country = "DE";
  r.currency = *Currency::parse("EUR");
  r.natural_person = true;
  r.payment_terms_id = "NET30";
  r.payment_terms_days = 30;
  r.payer_id = "P";
  r.parent_id = "Q";
  r.risk_segment = "A";
  c.said.push_back({at("2025-01-01T00:00:00Z"), day("2024-12-01"), day("2026-12-31"), 1, {1, 2}, r});
  c.said.push_back({at("2025-06-01T00:00:00Z"), day("2025-07-01"), std::nullopt, 2, {3, 4}, std::nullopt});
  expect_golden(c, "customer.v1");
}

TEST(MasterRows, PriceRulesAreAsTheyWereInVersion1) {
  PriceBook book;
  book.party = "C";
  events::PriceRule p;
  p.contract_id = "K1";
  p.rule_id = "R1";
  p.meter = "images";
  p.match = {{"region", "eu"}, {"size", "large"}};
  p.model = events::PriceModel::graduated;
  p.tiers = {{1'000, {1, 2}, 0}, {std::nullopt, {6, 4}, 500}};
  p.package_size = 7;
  p.free_units = 100;
  p.currency = *Currency::parse("USD");
  p.fx_policy = events::FxPolicy::invoice_date;
  p.round_at = events::RoundAt::period;
  p.rounding = events::Rounding::half_even;
  p.period_minimum_minor = 5;
  p.quantity_limit = 9;
  p.over_limit = events::OverLimit::block;
  book.rule("R1").said.push_back({at("2025-01-01T00:00:00Z"), day("2025-01-01"), day("2025-12-31"), 3, {5, 6}, p});
  expect_golden(book, "price-rules.v1");
}

TEST(MasterRows, DisputeIsAsItWasInVersion1) {
  Dispute expected;
  expected.waiting = {{1, 2}, {3, 4}};
  expect_golden(expected, "dispute-expected.v1");
  Dispute d;
  d.status = Dispute::Status::approved;
  d.customer_id = "C";
  d.dispute_id = "D1";
  d.content = {1, 2};
  d.decision_content = {3, 4};
  d.invoice_id = "INV-1";
  d.line_id = "2";
  d.reason_code = "price_error";
  d.currency = *Currency::parse("EUR");
  d.amount = 400;
  d.approved_amount = 300;
  d.opened_on = day("2025-03-10");
  d.decided_on = day("2025-03-12");
  d.opened_known_at = at("2025-03-10T12:00:00Z");
  d.decided_known_at = at("2025-03-12T12:00:00Z");
  d.actor = "j.doe";
  d.reason = "checked";
  expect_golden(d, "dispute.v1");
}

}  // namespace
}  // namespace due::topology::master
