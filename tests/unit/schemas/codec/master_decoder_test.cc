#include "schemas/codec/master_decoder.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/schemas/codec/published.h"
#include "tests/unit/schemas/codec/samples.h"

namespace due::codec {
namespace {

using namespace events;
using samples::Members;

MasterEvent decode(MasterTopic topic, std::string_view value) {
  MasterDecoder decoder{topic};
  auto decoded = decoder.decode(value, {});
  if (const auto* refused = std::get_if<Refusal>(&decoded)) {
    ADD_FAILURE() << reason_code(refused->reason) << ' ' << refused->field << ": " << refused->remedy << "\n" << value;
    return {};
  }
  return std::get<MasterEvent>(std::move(decoded));
}

// The published example `number` of a schema.
MasterEvent example(std::string_view file, std::size_t number = 0) {
  simdjson::dom::parser parser;
  const simdjson::dom::element schema = published::load(file, parser);
  for (const published::Schema& of : published::master)
    if (of.file == file) return decode(of.topic, simdjson::minify(simdjson::dom::array(schema["examples"]).at(number)));
  ADD_FAILURE() << "no schema " << file;
  return {};
}

Date day(std::string_view text) { return *parse_date(text); }

TEST(MasterDecoder, ReadsEveryFieldOfACustomer) {
  const MasterEvent event = example("customer-created");
  EXPECT_EQ(event.id, "cus-1");
  EXPECT_EQ(event.source, "/erp/sap/4711");
  EXPECT_EQ(event.time, parse_time("2024-12-20T09:00:00Z"));
  EXPECT_EQ(customer_of(event.data), "C00000001");
  const auto& c = std::get<CustomerRecorded>(event.data);
  EXPECT_EQ(c.version, 1);
  EXPECT_EQ(c.valid_from, day("2025-01-01"));
  EXPECT_EQ(c.valid_to, day("2027-12-31"));
  EXPECT_EQ(c.legal_entity_id, "DE01");
  EXPECT_EQ(c.time_zone, "Europe/Berlin");
  EXPECT_EQ(c.country, "DE");
  EXPECT_EQ(c.currency, Currency::parse("EUR"));
  EXPECT_FALSE(c.natural_person);
  EXPECT_EQ(c.payment_terms_id, "NET30");
  EXPECT_EQ(c.payment_terms_days, 30);
  EXPECT_EQ(c.credit_limit_minor, 5'000'000);
  EXPECT_EQ(c.payer_id, "C00000009");
  EXPECT_EQ(c.parent_id, "C00000009");
  EXPECT_EQ(c.risk_segment, "A");
}

TEST(MasterDecoder, KnowsWhatACustomerLeavesOut) {
  const auto c = std::get<CustomerRecorded>(example("customer-created", 1).data);
  EXPECT_TRUE(c.natural_person);
  EXPECT_EQ(c.valid_to, std::nullopt);
  EXPECT_EQ(c.payment_terms_days, std::nullopt);
  EXPECT_EQ(c.credit_limit_minor, std::nullopt);
  EXPECT_EQ(c.payer_id, "");
}

TEST(MasterDecoder, ReadsLaterVersionsOfACustomer) {
  EXPECT_EQ(std::get<CustomerRecorded>(example("customer-changed").data).version, 2);
  const auto d = std::get<CustomerDeactivated>(example("customer-deactivated").data);
  EXPECT_EQ(d.version, 3);
  EXPECT_EQ(d.valid_from, day("2026-01-01"));
  EXPECT_EQ(d.reason_code, "CLOSED");
}

TEST(MasterDecoder, ReadsEveryFieldOfAPriceRule) {
  const auto contract = std::get<ContractAgreed>(example("contract-agreed").data);
  EXPECT_EQ(contract.customer_id, "C00000001");
  const PriceRule& r = contract.rule;
  EXPECT_EQ(r.contract_id, "CTR-7");
  EXPECT_EQ(r.rule_id, "CTR-7/images");
  EXPECT_EQ(r.version, 1);
  EXPECT_EQ(r.meter, "images");
  ASSERT_EQ(r.match.size(), 1U);
  EXPECT_EQ(r.match[0], (std::pair<std::string, std::string>{"region", "eu"}));
  EXPECT_EQ(r.model, PriceModel::graduated);
  ASSERT_EQ(r.tiers.size(), 3U);
  EXPECT_EQ(r.tiers[0].up_to, 1'000);
  EXPECT_EQ(r.tiers[0].unit_price, (Decimal{1, 2}));
  EXPECT_EQ(r.tiers[2].up_to, std::nullopt);
  EXPECT_EQ(r.tiers[2].unit_price, (Decimal{6, 4}));
  EXPECT_EQ(r.tiers[2].flat_minor, 1'000);
  EXPECT_EQ(r.free_units, 100);
  EXPECT_EQ(r.currency, Currency::parse("EUR"));
  EXPECT_EQ(r.fx_policy, FxPolicy::invoice_date);
  EXPECT_EQ(r.round_at, RoundAt::line);
  EXPECT_EQ(r.rounding, Rounding::half_even);
  EXPECT_EQ(r.period_minimum_minor, 500);
  EXPECT_EQ(r.period_cap_minor, 1'000'000);
  EXPECT_EQ(r.quantity_limit, 2'000'000);
  EXPECT_EQ(r.over_limit, OverLimit::flag);
  EXPECT_EQ(r.valid_from, day("2025-01-01"));
  EXPECT_EQ(r.valid_to, day("2025-12-31"));
}

TEST(MasterDecoder, TakesWhatAPriceRuleLeavesOutAsDocumented) {
  const PriceRule r = std::get<ContractAgreed>(example("contract-agreed", 1).data).rule;
  EXPECT_EQ(r.model, PriceModel::package);
  EXPECT_EQ(r.package_size, 100'000);
  EXPECT_EQ(r.fx_policy, FxPolicy::usage_date);
  EXPECT_EQ(r.round_at, RoundAt::line);
  EXPECT_EQ(r.rounding, Rounding::half_up);
  EXPECT_EQ(r.free_units, 0);
  EXPECT_EQ(r.quantity_limit, std::nullopt);
  EXPECT_EQ(r.valid_to, std::nullopt);
}

TEST(MasterDecoder, ReadsACostRuleOfAProvider) {
  const MasterEvent event = example("provider-rule-agreed");
  EXPECT_EQ(customer_of(event.data), std::nullopt);
  const auto& p = std::get<ProviderRuleAgreed>(event.data);
  EXPECT_EQ(p.provider_id, "PRV-3");
  EXPECT_EQ(p.tier_scope, ProviderRuleAgreed::TierScope::provider);
  EXPECT_EQ(p.rule.model, PriceModel::volume);
  EXPECT_EQ(p.rule.contract_id, "");
}

TEST(MasterDecoder, SortsWhatARuleMatches) {
  const std::string rule = samples::structured(
      "due.contract.agreed.v1",
      R"({"customer_id":"C1","contract_id":"K1","rule_id":"R1","version":1,"meter":"m","model":"unit","tiers":[{"unit_price":"1"}],)"
      R"("currency":"EUR","valid_from":"2025-01-01","match":[{"dimension":"b","value":"1"},{"dimension":"a","value":"2"}]})");
  const PriceRule r = std::get<ContractAgreed>(decode(MasterTopic::contracts, rule).data).rule;
  EXPECT_EQ(r.match.at(0).first, "a");
  EXPECT_EQ(r.match.at(1).first, "b");
}

TEST(MasterDecoder, ReadsADisputeAndItsDecision) {
  const auto opened = std::get<DisputeOpened>(example("dispute-opened").data);
  EXPECT_EQ(opened.dispute_id, "DSP-1");
  EXPECT_EQ(opened.invoice_id, "INV-000000123");
  EXPECT_EQ(opened.line_id, "2");
  EXPECT_EQ(opened.opened_on, day("2025-03-10"));
  EXPECT_EQ(opened.amount_minor, 20'000);
  EXPECT_EQ(opened.reason_code, "price_error");
  const auto approved = std::get<DisputeApproved>(example("dispute-approved").data);
  EXPECT_EQ(approved.amount_minor, 15'000);
  EXPECT_EQ(approved.currency, Currency::parse("EUR"));
  EXPECT_EQ(approved.actor, "j.doe");
  const auto rejected = std::get<DisputeRejected>(example("dispute-rejected").data);
  EXPECT_EQ(rejected.decided_on, day("2025-03-12"));
  EXPECT_EQ(rejected.reason, "delivery is proven");
}

TEST(MasterDecoder, ReadsRatesExactly) {
  const auto first = std::get<FxRatePublished>(example("fx-rate-published").data);
  EXPECT_EQ(first.rate_type, "ECB");
  EXPECT_EQ(first.base_currency, Currency::parse("EUR"));
  EXPECT_EQ(first.quote_currency, Currency::parse("USD"));
  EXPECT_EQ(first.rate_date, day("2025-03-03"));
  EXPECT_EQ(first.rate, (Decimal{10'465, 4}));
  EXPECT_EQ(first.version, 1);
  EXPECT_EQ(std::get<FxRatePublished>(example("fx-rate-published", 1).data).version, 2);
}

TEST(MasterDecoder, ReadsEveryOrder) {
  const auto control = [](std::string_view name) { return std::get<Control>(example("control-" + std::string{name}).data); };
  const Control close = control("close-requested");
  EXPECT_EQ(close.control_id, "CTL-1");
  EXPECT_EQ(close.actor, "j.doe");
  EXPECT_EQ(close.reason, "month end");
  EXPECT_EQ(std::get<CloseRequested>(close.order).period, day("2025-03-01"));
  EXPECT_EQ(std::get<ReopenRequested>(control("reopen-requested").order).legal_entity_id, "DE01");
  EXPECT_EQ(std::get<CheckWaived>(control("check-waived").order).check, "UNRATED_COST");
  EXPECT_EQ(std::get<SeriesSuspended>(control("series-suspended").order).series, "CN-2025");
  EXPECT_EQ(std::get<SeriesResumed>(control("series-resumed").order).series, "CN-2025");
  const auto skip = std::get<RecordSkipped>(control("record-skipped").order);
  EXPECT_EQ(skip.topic, "invoices");
  EXPECT_EQ(skip.partition, 2);
  EXPECT_EQ(skip.offset, 81'234);
  EXPECT_EQ(std::get<ModelActivated>(control("model-activated").order).purpose, "late_payment");
  const auto rerun = std::get<RerunOrdered>(control("rerun-ordered").order);
  EXPECT_EQ(rerun.from, day("2025-03-01"));
  EXPECT_EQ(rerun.to, day("2025-03-31"));
  EXPECT_EQ(rerun.known_at, parse_time("2025-04-04T00:00:00Z"));
  EXPECT_EQ(rerun.mode, RerunOrdered::Mode::preview);
}

TEST(MasterDecoder, TakesEqualNumbersAndInstantsAsEqualContent) {
  const auto content = [](std::string_view rate) {
    return decode(MasterTopic::fx_rates,
                  samples::structured("due.fx-rate.published.v1", R"({"rate_type":"ECB","base_currency":"EUR","quote_currency":"USD",)"
                                                                  R"("rate_date":"2025-03-03","rate":")" + std::string{rate} + R"("})"))
        .content;
  };
  EXPECT_EQ(content("1.50"), content("1.5"));
  EXPECT_EQ(content("01.5"), content("1.500000000000000"));
  EXPECT_NE(content("1.5"), content("1.51"));
  const auto rerun = [](std::string_view at) {
    return decode(MasterTopic::controls,
                  samples::structured("due.control.rerun-ordered.v1",
                                      R"({"control_id":"1","actor":"a","reason":"r","legal_entity_id":"E","from":"2025-01-01",)"
                                      R"("to":"2025-01-31","mode":"post","known_at":")" + std::string{at} + R"("})"))
        .content;
  };
  EXPECT_EQ(rerun("2025-04-04T00:00:00Z"), rerun("2025-04-04T02:00:00+02:00"));
}

TEST(MasterDecoder, TakesTheTypeAsPartOfTheContent) {
  const std::string data = R"({"control_id":"1","actor":"a","reason":"r","legal_entity_id":"E","period":"2025-03"})";
  EXPECT_NE(decode(MasterTopic::controls, samples::structured("due.control.close-requested.v1", data)).content,
            decode(MasterTopic::controls, samples::structured("due.control.reopen-requested.v1", data)).content);
}

TEST(MasterDecoder, KeepsNothingOfTheRuleBefore) {
  MasterDecoder decoder{MasterTopic::contracts};
  const std::string broken = samples::structured(
      "due.contract.agreed.v1",
      R"({"customer_id":"C1","contract_id":"K1","rule_id":"R1","version":1,"meter":"m","model":"unit","tiers":[{"unit_price":"1"},7]})");
  EXPECT_TRUE(std::holds_alternative<Refusal>(decoder.decode(broken, {})));
  const std::string good = samples::structured(
      "due.contract.agreed.v1", R"({"customer_id":"C1","contract_id":"K1","rule_id":"R1","version":1,"meter":"m","model":"unit",)"
                                R"("tiers":[{"unit_price":"2"}],"currency":"EUR","valid_from":"2025-01-01"})");
  const auto decoded = decoder.decode(good, {});
  ASSERT_TRUE(std::holds_alternative<MasterEvent>(decoded));
  EXPECT_EQ(std::get<ContractAgreed>(std::get<MasterEvent>(decoded).data).rule.tiers.size(), 1U);
}

}  // namespace
}  // namespace due::codec
