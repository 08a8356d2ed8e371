// topology/master/price_rules.h
// The price rules agreed with one party, over time: those of a customer's contracts, or the cost rules of a provider.
//
//   Source   topics contracts and provider-rules; schemas/events/contract.h
//   Shape    one row per party: docs/formats/master-rows.md
//   Window   bitemporal.h; valid days are days of usage
//   Errors   StoreFailure, see rows.h
//   Clock    none
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/events/contract.h"
#include "topology/master/bitemporal.h"
#include "topology/master/rows.h"

namespace due::topology::master {

class PriceBook final : public Row<PriceBook> {
 public:
  static state::Key key_of_customer(std::string_view customer) { return state::Key(state::Kind::price_rules).add(hash128(customer)); }

  struct Rule {
    std::string rule_id;
    std::vector<Assertion<events::PriceRule>> said;
  };
  std::string party;        // whose book it is
  std::vector<Rule> rules;  // ascending by rule_id

  const Rule* find(std::string_view rule_id) const;  // null: there is none
  Rule& rule(std::string_view rule_id);              // made where it is absent
  // The rules for a meter, one version of each, as known then about that day; in the order of their ids.
  std::vector<const events::PriceRule*> rules_for(std::string_view meter, Date day, EventTime known) const;

  void decode(std::string_view value);
  void encode(ByteWriter& out) const;
  std::size_t bytes() const override;
};

}  // namespace due::topology::master
