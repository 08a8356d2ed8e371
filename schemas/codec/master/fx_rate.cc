// Topic fx-rates.
#include <array>

#include "schemas/codec/master/topic_codec.h"

namespace due::codec {
namespace {

enum class Field : FieldIndex { rate_type = first_own_field, base_currency, quote_currency, rate_date, version, rate };
constexpr std::array<std::string_view, 6> names = {"rate_type", "base_currency", "quote_currency", "rate_date", "version", "rate"};
constexpr Vocabulary vocabulary{names, {.instants = 0, .decimals = set_of(Field::rate), .items = 0}};
static_assert(vocabulary.find("rate") == index_of(Field::rate));

using enum Need;
constexpr std::array published_rules = {
    Rule{Field::rate_type, Check::id, required},            Rule{Field::base_currency, Check::currency, required},
    Rule{Field::quote_currency, Check::currency, required}, Rule{Field::rate_date, Check::date, required},
    Rule{Field::rate, Check::rate, required},               Rule{Field::version, Check::version, optional}};
constexpr std::array<TopicCodec::Type, 1> type_table = {{{"due.fx-rate.published.v1", published_rules}}};

class FxRateCodec final : public TopicCodec {
 public:
  const Vocabulary& words() const override { return vocabulary; }
  std::span<const TopicCodec::Type> types() const override { return type_table; }

  std::optional<Refusal> check_agreement(std::size_t, const Fields& fields) const override {
    if (fields[Field::base_currency].integer != fields[Field::quote_currency].integer) return std::nullopt;
    return contradiction("data.quote_currency", "Send two different currencies: a currency costs one of itself.");
  }

  events::MasterData build(std::size_t, const Fields& fields) override {
    const Facts f{fields};
    return events::FxRatePublished{f.text(Field::rate_type), f.currency(Field::base_currency), f.currency(Field::quote_currency),
                                   f.date(Field::rate_date), f.integer_or_none(Field::version).value_or(1), f.decimal(Field::rate)};
  }
};

}  // namespace

std::unique_ptr<TopicCodec> fx_rate_codec() { return std::make_unique<FxRateCodec>(); }

}  // namespace due::codec
