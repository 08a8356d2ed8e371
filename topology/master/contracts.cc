// Topic contracts.
#include "topology/master/price_rules.h"
#include "topology/master/processors.h"

namespace due::topology::master {

Applied apply(const Told& told, const events::ContractAgreed& fact) {
  const state::Key key = PriceBook::key_of_customer(fact.customer_id);
  const auto* known = told.store.find<PriceBook>(key);
  const events::PriceRule& rule = fact.rule;
  const PriceBook::Rule* versions = known != nullptr ? known->find(rule.rule_id) : nullptr;
  switch (versions == nullptr ? Novelty::fresh : novelty(versions->said, rule.version, told.event.content)) {
    case Novelty::duplicate: return duplicate();
    case Novelty::conflict: return conflict("data.version", "version " + std::to_string(rule.version) + " of rule " + rule.rule_id);
    case Novelty::fresh: break;
  }
  PriceBook& book = edit_or_add(told.store, key, known);
  book.party = fact.customer_id;
  book.rule(rule.rule_id).said.push_back({told.known_at, rule.valid_from, rule.valid_to, rule.version, told.event.content, rule});
  return {};
}

}  // namespace due::topology::master
