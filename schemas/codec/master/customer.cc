// Topic customers.
#include <array>

#include "schemas/codec/master/topic_codec.h"

namespace due::codec {
namespace {

enum class Field : FieldIndex {
  customer_id = first_own_field, version, valid_from, valid_to, legal_entity_id, country, currency, natural_person, payment_terms_id,
  payer_id, parent_id, risk_segment, reason_code, time_zone, payment_terms_days, credit_limit_minor,
};
constexpr std::array<std::string_view, 16> names = {
    "customer_id", "version", "valid_from", "valid_to", "legal_entity_id", "country", "currency", "natural_person", "payment_terms_id",
    "payer_id", "parent_id", "risk_segment", "reason_code", "time_zone", "payment_terms_days", "credit_limit_minor"};
constexpr Vocabulary vocabulary{names, {}};
static_assert(vocabulary.find("credit_limit_minor") == index_of(Field::credit_limit_minor));

using enum Need;
constexpr std::array record_rules = {
    Rule{Field::customer_id, Check::id, required},               Rule{Field::valid_from, Check::date, required},
    Rule{Field::valid_to, Check::date, optional},                Rule{Field::legal_entity_id, Check::id, required},
    Rule{Field::country, Check::country, required},              Rule{Field::currency, Check::currency, required},
    Rule{Field::natural_person, Check::boolean, required},       Rule{Field::payment_terms_id, Check::id_or_empty, optional},
    Rule{Field::payment_terms_days, Check::position, optional},  Rule{Field::credit_limit_minor, Check::amount, optional},
    Rule{Field::payer_id, Check::id_or_empty, optional},         Rule{Field::parent_id, Check::id_or_empty, optional},
    Rule{Field::risk_segment, Check::id_or_empty, optional},     Rule{Field::time_zone, Check::time_zone, optional}};
constexpr std::array change_rules = {Rule{Field::version, Check::correction_version, required}};
constexpr std::array deactivated_rules = {
    Rule{Field::customer_id, Check::id, required}, Rule{Field::version, Check::correction_version, required},
    Rule{Field::valid_from, Check::date, required}, Rule{Field::reason_code, Check::id_or_empty, optional}};

enum TypeIndex : std::size_t { created, changed, deactivated };
constexpr std::array<TopicCodec::Type, 3> type_table = {{{"due.customer.created.v1", record_rules},
                                                         {"due.customer.changed.v1", record_rules, change_rules},
                                                         {"due.customer.deactivated.v1", deactivated_rules}}};

class CustomerCodec final : public TopicCodec {
 public:
  const Vocabulary& words() const override { return vocabulary; }
  std::span<const TopicCodec::Type> types() const override { return type_table; }

  std::optional<Refusal> check_agreement(std::size_t type, const Fields& fields) const override {
    return type == deactivated ? std::nullopt : check_days(fields, Field::valid_from, Field::valid_to, vocabulary);
  }

  events::MasterData build(std::size_t type, const Fields& fields) override {
    const Facts f{fields};
    if (type == deactivated)
      return events::CustomerDeactivated{f.text(Field::customer_id), f.integer(Field::version), f.date(Field::valid_from),
                                         f.text(Field::reason_code)};
    events::CustomerRecorded c;
    c.customer_id = f.text(Field::customer_id);
    c.version = type == created ? 1 : f.integer(Field::version);
    c.valid_from = f.date(Field::valid_from);
    c.valid_to = f.date_or_none(Field::valid_to);
    c.legal_entity_id = f.text(Field::legal_entity_id);
    c.time_zone = f.text(Field::time_zone);
    c.country = f.text(Field::country);
    c.currency = f.currency(Field::currency);
    c.natural_person = f.integer(Field::natural_person) != 0;
    c.payment_terms_id = f.text(Field::payment_terms_id);
    c.payment_terms_days = f.integer_or_none(Field::payment_terms_days);
    c.credit_limit_minor = f.integer_or_none(Field::credit_limit_minor);
    c.payer_id = f.text(Field::payer_id);
    c.parent_id = f.text(Field::parent_id);
    c.risk_segment = f.text(Field::risk_segment);
    return c;
  }
};

}  // namespace

std::unique_ptr<TopicCodec> customer_codec() { return std::make_unique<CustomerCodec>(); }

}  // namespace due::codec
