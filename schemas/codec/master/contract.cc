// Topics contracts and provider-rules: the same price rules, agreed with a customer or with a provider.
#include <algorithm>
#include <array>
#include <utility>

#include "schemas/codec/master/topic_codec.h"

namespace due::codec {
namespace {

enum class Field : FieldIndex {
  customer_id = first_own_field, provider_id, contract_id, rule_id, version, meter, match, model, tiers, package_size, free_units,
  currency, fx_policy, round_at, rounding, quantity_limit, over_limit, valid_from, valid_to, tier_scope, period_cap_minor,
  // items of match and of tiers
  dimension, value, up_to, unit_price, flat_minor,
  period_minimum_minor,  // longer than 16 bytes
};
constexpr std::array<std::string_view, 27> names = {
    "customer_id", "provider_id", "contract_id", "rule_id", "version", "meter", "match", "model", "tiers", "package_size", "free_units",
    "currency", "fx_policy", "round_at", "rounding", "quantity_limit", "over_limit", "valid_from", "valid_to", "tier_scope",
    "period_cap_minor", "dimension", "value", "up_to", "unit_price", "flat_minor", "period_minimum_minor"};
constexpr Vocabulary vocabulary{names,
                                {.instants = 0, .decimals = set_of(Field::unit_price), .items = set_of(Field::match, Field::tiers)}};
static_assert(vocabulary.find("period_minimum_minor") == index_of(Field::period_minimum_minor));

using enum Need;
constexpr std::array price_rules = {
    Rule{Field::rule_id, Check::id, required},
    Rule{Field::version, Check::version, required},
    Rule{Field::meter, Check::id, required},
    Rule{Field::match, Check::array, optional},
    Rule{Field::model, Check::choice, required, "flat unit graduated volume package percentage"},
    Rule{Field::tiers, Check::array, required},
    Rule{Field::package_size, Check::count, optional},
    Rule{Field::free_units, Check::quantity, optional},
    Rule{Field::currency, Check::currency, required},
    Rule{Field::fx_policy, Check::choice, optional, "usage_date invoice_date period_average"},
    Rule{Field::round_at, Check::choice, optional, "unit line period"},
    Rule{Field::rounding, Check::choice, optional, "half_up half_even up down"},
    Rule{Field::period_minimum_minor, Check::amount, optional},
    Rule{Field::period_cap_minor, Check::amount, optional},
    Rule{Field::quantity_limit, Check::quantity, optional},
    Rule{Field::over_limit, Check::choice, optional, "allow flag block"},
    Rule{Field::valid_from, Check::date, required},
    Rule{Field::valid_to, Check::date, optional}};
constexpr std::array client_rules = {Rule{Field::customer_id, Check::id, required}, Rule{Field::contract_id, Check::id, required}};
constexpr std::array provider_rules = {Rule{Field::provider_id, Check::id, required},
                                       Rule{Field::contract_id, Check::id_or_empty, optional},
                                       Rule{Field::tier_scope, Check::choice, optional, "customer provider"}};
constexpr std::array match_rules = {Rule{Field::dimension, Check::id, required}, Rule{Field::value, Check::id, required}};
constexpr std::array tier_rules = {Rule{Field::up_to, Check::count, optional}, Rule{Field::unit_price, Check::price, optional},
                                   Rule{Field::flat_minor, Check::amount, optional}};

constexpr std::array<TopicCodec::Type, 1> client_types = {{{"due.contract.agreed.v1", client_rules, price_rules}}};
constexpr std::array<TopicCodec::Type, 1> provider_types = {{{"due.provider-rule.agreed.v1", provider_rules, price_rules}}};

Refusal tier_contradiction(std::size_t index, std::string_view field, const std::string& remedy) {
  return contradiction(item_path("tiers", index).append(1, '.').append(field), remedy);
}

class PriceRuleCodec final : public TopicCodec {
 public:
  enum class Party : std::uint8_t { client, provider };
  explicit PriceRuleCodec(Party party) : party_(party) {}

  const Vocabulary& words() const override { return vocabulary; }
  std::span<const TopicCodec::Type> types() const override { return party_ == Party::client ? client_types : provider_types; }

  void clear() override {
    tiers_.clear();
    match_.clear();
    broken_.reset();
  }
  void take(FieldIndex array, Fields& item, std::size_t index) override {
    if (broken_) return;
    const bool is_tier = array == index_of(Field::tiers);
    const std::span<const Rule> rules = is_tier ? std::span<const Rule>{tier_rules} : std::span<const Rule>{match_rules};
    broken_ = check_rules(rules, item, vocabulary, item_path(vocabulary.name(array), index));
    if (broken_) return;
    const Facts f{item};
    if (is_tier)
      tiers_.push_back(
          {f.integer_or_none(Field::up_to), f.decimal(Field::unit_price), f.integer_or_none(Field::flat_minor).value_or(0)});
    else
      match_.emplace_back(f.text(Field::dimension), f.text(Field::value));
  }
  void take_other(FieldIndex array, std::size_t index) override {
    if (!broken_) broken_ = wrong_form(Reason::wrong_type, item_path(vocabulary.name(array), index), "a JSON object");
  }

  std::optional<Refusal> check_agreement(std::size_t, const Fields& fields) const override {
    if (broken_) return broken_;
    const auto model = static_cast<events::PriceModel>(fields[Field::model].integer);
    if (auto refused = check_tiers(model)) return refused;
    if (auto refused = check_match()) return refused;
    if ((model == events::PriceModel::package) != fields.has(Field::package_size))
      return contradiction("data.package_size", "Send data.package_size with data.model package, and with no other.");
    if (fields.has(Field::period_minimum_minor) && fields.has(Field::period_cap_minor) &&
        fields[Field::period_cap_minor].integer < fields[Field::period_minimum_minor].integer)
      return contradiction("data.period_cap_minor", "Send data.period_cap_minor as data.period_minimum_minor or more.");
    if (fields.has(Field::over_limit) != fields.has(Field::quantity_limit))
      return contradiction("data.over_limit", "Send data.quantity_limit and data.over_limit together, or neither of them.");
    return check_days(fields, Field::valid_from, Field::valid_to, vocabulary);
  }

  events::MasterData build(std::size_t, const Fields& fields) override {
    const Facts f{fields};
    if (party_ == Party::client) return events::ContractAgreed{f.text(Field::customer_id), rule(fields)};
    using Scope = events::ProviderRuleAgreed::TierScope;
    return events::ProviderRuleAgreed{f.text(Field::provider_id), rule(fields), f.choice(Field::tier_scope, Scope::customer)};
  }

 private:
  std::optional<Refusal> check_tiers(events::PriceModel model) const {
    using events::PriceModel;
    if (tiers_.empty()) return contradiction("data.tiers", "Send data.tiers with one tier or more.");
    if (model != PriceModel::graduated && model != PriceModel::volume && tiers_.size() > 1)
      return contradiction("data.tiers", "Send one tier, or data.model as graduated or volume.");
    for (std::size_t i = 0; i < tiers_.size(); ++i) {
      const bool last = i + 1 == tiers_.size();
      if (last == tiers_[i].up_to.has_value())
        return tier_contradiction(i, "up_to", "Send up_to with every tier but the last, which has no end; a limit is data.quantity_limit.");
      if (i > 0 && !last && *tiers_[i].up_to <= *tiers_[i - 1].up_to)
        return tier_contradiction(i, "up_to", "Send tiers in ascending order of up_to: each begins where the one before it ends.");
      if (model == PriceModel::flat && tiers_[i].unit_price.unscaled != 0)
        return tier_contradiction(i, "unit_price", "Send flat_minor alone with data.model flat, or another data.model.");
    }
    return std::nullopt;
  }
  std::optional<Refusal> check_match() const {
    for (std::size_t i = 0; i < match_.size(); ++i)
      for (std::size_t k = 0; k < i; ++k)
        if (match_[k].first == match_[i].first)
          return contradiction(item_path("match", i) + ".dimension", "Send each dimension once: one rule matches one value of it.");
    return std::nullopt;
  }

  events::PriceRule rule(const Fields& fields) {
    const Facts f{fields};
    events::PriceRule r;
    r.contract_id = f.text(Field::contract_id);
    r.rule_id = f.text(Field::rule_id);
    r.version = f.integer(Field::version);
    r.meter = f.text(Field::meter);
    std::sort(match_.begin(), match_.end());
    r.match = std::exchange(match_, {});
    r.model = f.choice(Field::model, r.model);
    r.tiers = std::exchange(tiers_, {});
    r.package_size = f.integer_or_none(Field::package_size).value_or(0);
    r.free_units = f.integer_or_none(Field::free_units).value_or(0);
    r.currency = f.currency(Field::currency);
    r.fx_policy = f.choice(Field::fx_policy, r.fx_policy);
    r.round_at = f.choice(Field::round_at, r.round_at);
    r.rounding = f.choice(Field::rounding, r.rounding);
    r.period_minimum_minor = f.integer_or_none(Field::period_minimum_minor);
    r.period_cap_minor = f.integer_or_none(Field::period_cap_minor);
    r.quantity_limit = f.integer_or_none(Field::quantity_limit);
    r.over_limit = f.choice(Field::over_limit, r.over_limit);
    r.valid_from = f.date(Field::valid_from);
    r.valid_to = f.date_or_none(Field::valid_to);
    return r;
  }

  const Party party_;
  std::vector<events::Tier> tiers_;
  std::vector<std::pair<std::string, std::string>> match_;
  std::optional<Refusal> broken_;  // the first item that breaks a rule
};

}  // namespace

std::unique_ptr<TopicCodec> contract_codec() { return std::make_unique<PriceRuleCodec>(PriceRuleCodec::Party::client); }
std::unique_ptr<TopicCodec> provider_rule_codec() { return std::make_unique<PriceRuleCodec>(PriceRuleCodec::Party::provider); }

}  // namespace due::codec
