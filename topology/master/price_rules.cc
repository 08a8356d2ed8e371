#include "topology/master/price_rules.h"

#include <algorithm>

namespace due::topology::master {
namespace {

constexpr std::uint8_t version = 1;

void write(ByteWriter& w, const events::Tier& t) {
  write_optional(w, t.up_to);
  w.zigzag(t.unit_price.unscaled);
  w.byte(t.unit_price.scale);
  w.zigzag(t.flat_minor);
}

void read(ByteReader& r, events::Tier& t) {
  t.up_to = read_optional(r);
  t.unit_price.unscaled = r.zigzag();
  t.unit_price.scale = r.byte();
  t.flat_minor = r.zigzag();
}

// Ids, version and days stand beside the rule.
void write(ByteWriter& w, const events::PriceRule& p) {
  w.text(p.contract_id);
  w.text(p.meter);
  write_list(w, p.match, [&w](const auto& m) { w.text(m.first); w.text(m.second); });
  w.byte(static_cast<std::uint8_t>(p.model));
  write_list(w, p.tiers, [&w](const events::Tier& t) { write(w, t); });
  w.zigzag(p.package_size);
  w.zigzag(p.free_units);
  w.varint(p.currency.code);
  w.byte(static_cast<std::uint8_t>(p.fx_policy));
  w.byte(static_cast<std::uint8_t>(p.round_at));
  w.byte(static_cast<std::uint8_t>(p.rounding));
  write_optional(w, p.period_minimum_minor);
  write_optional(w, p.period_cap_minor);
  write_optional(w, p.quantity_limit);
  w.byte(static_cast<std::uint8_t>(p.over_limit));
}

void read(ByteReader& r, events::PriceRule& p) {
  p.contract_id = r.text();
  p.meter = r.text();
  read_list(r, p.match, [&r](auto& m) { m.first = r.text(); m.second = r.text(); });
  p.model = static_cast<events::PriceModel>(r.byte());
  read_list(r, p.tiers, [&r](events::Tier& t) { read(r, t); });
  p.package_size = r.zigzag();
  p.free_units = r.zigzag();
  p.currency.code = static_cast<std::uint32_t>(r.varint());
  p.fx_policy = static_cast<events::FxPolicy>(r.byte());
  p.round_at = static_cast<events::RoundAt>(r.byte());
  p.rounding = static_cast<events::Rounding>(r.byte());
  p.period_minimum_minor = read_optional(r);
  p.period_cap_minor = read_optional(r);
  p.quantity_limit = read_optional(r);
  p.over_limit = static_cast<events::OverLimit>(r.byte());
}

}  // namespace

const PriceBook::Rule* PriceBook::find(std::string_view rule_id) const {
  const auto at = std::lower_bound(rules.begin(), rules.end(), rule_id, [](const Rule& r, std::string_view id) { return r.rule_id < id; });
  return at != rules.end() && at->rule_id == rule_id ? &*at : nullptr;
}

PriceBook::Rule& PriceBook::rule(std::string_view rule_id) {
  auto at = std::lower_bound(rules.begin(), rules.end(), rule_id, [](const Rule& r, std::string_view id) { return r.rule_id < id; });
  if (at == rules.end() || at->rule_id != rule_id) at = rules.insert(at, Rule{std::string(rule_id), {}});
  return *at;
}

std::vector<const events::PriceRule*> PriceBook::rules_for(std::string_view meter, Date day, EventTime known) const {
  std::vector<const events::PriceRule*> found;
  for (const Rule& r : rules)
    if (const events::PriceRule* p = as_of(r.said, day, known); p != nullptr && p->meter == meter) found.push_back(p);
  return found;
}

void PriceBook::encode(ByteWriter& w) const {
  w.byte(version);
  w.text(party);
  write_list(w, rules, [&w](const Rule& rule) {
    w.text(rule.rule_id);
    write_list(w, rule.said, [&w](const auto& a) {
      write_assertion(w, a);
      write(w, a.fact);
    });
  });
}

void PriceBook::decode(std::string_view value) {
  read_row(value, version, "price rule", [this](ByteReader& r) {
    party = r.text();
    read_list(r, rules, [&r](Rule& rule) {
      rule.rule_id = r.text();
      read_list(r, rule.said, [&](auto& a) {
        read_assertion(r, a);
        read(r, a.fact);
        a.fact.rule_id = rule.rule_id;
        a.fact.version = a.version;
        a.fact.valid_from = a.valid_from;
        a.fact.valid_to = a.valid_to;
      });
    });
  });
}

std::size_t PriceBook::bytes() const {
  std::size_t n = sizeof *this + party.capacity() + rules.capacity() * sizeof(Rule);
  for (const Rule& r : rules)
    for (const auto& a : r.said)
      n += sizeof a + 128 + a.fact.tiers.capacity() * sizeof(events::Tier) + a.fact.match.capacity() * 2 * sizeof(std::string);
  return n;
}

}  // namespace due::topology::master
