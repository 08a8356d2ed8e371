// schemas/events/contract.h
// What is charged for usage, and what it costs us: price rules of client contracts and of providers.
//
//   Source   topics contracts (keyed by customer_id) and provider-rules (broadcast); schemas/json/contract-agreed.schema.json,
//            provider-rule-agreed.schema.json
//   Units    quantities: units of the meter; *_minor: minor units of `currency`; unit prices: whole units of `currency` per unit
//   Window   tier i covers cumulated quantities (up_to of i - 1, up_to of i], the first one from 0; dates with both ends included
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schemas/base/decimal.h"
#include "schemas/base/event_time.h"
#include "schemas/base/money.h"

namespace due::events {

// The order of each enum is that of its words on the wire.
enum class PriceModel : std::uint8_t {
  flat,        // flat_minor of the one tier, per period
  unit,        // unit_price of the one tier, per unit
  graduated,   // every unit at the price of the tier that it falls into
  volume,      // all units at the price of the tier that the total falls into
  package,     // unit_price of the one tier per package begun, after free_units
  percentage,  // the quantity is an amount in minor units; unit_price is the share of it, flat_minor is added per event
};
enum class RoundAt : std::uint8_t { unit, line, period };
enum class Rounding : std::uint8_t { half_up, half_even, up, down };
enum class FxPolicy : std::uint8_t { usage_date, invoice_date, period_average };
enum class OverLimit : std::uint8_t { allow, flag, block };

struct Tier {
  std::optional<std::int64_t> up_to;  // absent: without end; of the last tier alone
  Decimal unit_price;
  std::int64_t flat_minor = 0;  // once the tier is reached
};

struct PriceRule {
  std::string contract_id, rule_id;
  std::int64_t version = 1;
  std::string meter;
  std::vector<std::pair<std::string, std::string>> match;  // dimension, value: all must hold; ascending
  PriceModel model = PriceModel::unit;
  std::vector<Tier> tiers;  // one or more
  std::int64_t package_size = 0;  // of PriceModel::package: 1 or more
  std::int64_t free_units = 0;    // of each period, before anything is charged
  Currency currency;
  FxPolicy fx_policy = FxPolicy::usage_date;
  RoundAt round_at = RoundAt::line;
  Rounding rounding = Rounding::half_up;
  std::optional<std::int64_t> period_minimum_minor, period_cap_minor;
  std::optional<std::int64_t> quantity_limit;  // of each period
  OverLimit over_limit = OverLimit::allow;
  Date valid_from;
  std::optional<Date> valid_to;
};

// due.contract.agreed.v1: a version of one price rule of a customer's contract. Business key: customer_id, rule_id, version.
struct ContractAgreed {
  std::string customer_id;
  PriceRule rule;
};

// due.provider-rule.agreed.v1: a version of one cost rule. Business key: provider_id, rule_id, version.
struct ProviderRuleAgreed {
  enum class TierScope : std::uint8_t { customer, provider };
  std::string provider_id;
  PriceRule rule;
  TierScope tier_scope = TierScope::customer;  // over what quantities cumulate: one customer's, or all customers' together
};

}  // namespace due::events
