// Topics credit-note-requests and credit-note-outcomes.
#include <array>

#include "schemas/codec/master/topic_codec.h"

namespace due::codec {
namespace {

enum class Field : FieldIndex {
  request_id = first_own_field, legal_entity_id, document_type, time_zone, customer_id, invoice_id, invoice_date, cancellation_id, currency,
  amount_minor, remaining_minor, number, issue_date, reason_code, remedy
};
constexpr std::array<std::string_view, 15> names = {
    "request_id", "legal_entity_id", "document_type", "time_zone", "customer_id", "invoice_id", "invoice_date", "cancellation_id",
    "currency", "amount_minor", "remaining_minor", "number", "issue_date", "reason_code", "remedy"};
constexpr Vocabulary vocabulary{names, {}};
static_assert(vocabulary.find("remedy") == index_of(Field::remedy));

using enum Need;
constexpr std::array requested_rules = {
    Rule{Field::request_id, Check::id, required},      Rule{Field::legal_entity_id, Check::id, required},
    Rule{Field::document_type, Check::id, required},   Rule{Field::customer_id, Check::id, required},
    Rule{Field::invoice_id, Check::id, required},      Rule{Field::invoice_date, Check::date, required},
    Rule{Field::cancellation_id, Check::id, required}, Rule{Field::currency, Check::currency, required},
    Rule{Field::amount_minor, Check::positive_amount, required}, Rule{Field::remaining_minor, Check::amount, required},
    Rule{Field::time_zone, Check::time_zone, optional}};
constexpr std::array outcome_rules = {
    Rule{Field::request_id, Check::id, required},      Rule{Field::customer_id, Check::id, required},
    Rule{Field::invoice_id, Check::id, required},      Rule{Field::currency, Check::currency, required},
    Rule{Field::amount_minor, Check::positive_amount, required}};
constexpr std::array numbered_rules = {Rule{Field::number, Check::id, required}, Rule{Field::issue_date, Check::date, required}};
constexpr std::array refused_rules = {Rule{Field::reason_code, Check::id, required}, Rule{Field::remedy, Check::filled_text, required}};

constexpr std::array<TopicCodec::Type, 1> request_types = {{{"due.credit-note.requested.v1", requested_rules}}};
enum OutcomeIndex : std::size_t { numbered, refused };
constexpr std::array<TopicCodec::Type, 2> outcome_types = {{{"due.credit-note.numbered.v1", outcome_rules, numbered_rules},
                                                            {"due.credit-note.refused.v1", outcome_rules, refused_rules}}};

class RequestCodec final : public TopicCodec {
 public:
  const Vocabulary& words() const override { return vocabulary; }
  std::span<const TopicCodec::Type> types() const override { return request_types; }
  std::optional<Refusal> check_agreement(std::size_t, const Fields&) const override { return std::nullopt; }

  events::MasterData build(std::size_t, const Fields& fields) override {
    const Facts f{fields};
    return events::CreditNoteRequested{.request_id = f.text(Field::request_id),
                                       .legal_entity_id = f.text(Field::legal_entity_id),
                                       .document_type = f.text(Field::document_type),
                                       .time_zone = f.text(Field::time_zone),
                                       .customer_id = f.text(Field::customer_id),
                                       .invoice_id = f.text(Field::invoice_id),
                                       .invoice_date = f.date(Field::invoice_date),
                                       .cancellation_id = f.text(Field::cancellation_id),
                                       .currency = f.currency(Field::currency),
                                       .amount_minor = f.integer(Field::amount_minor),
                                       .remaining_minor = f.integer(Field::remaining_minor)};
  }
};

class OutcomeCodec final : public TopicCodec {
 public:
  const Vocabulary& words() const override { return vocabulary; }
  std::span<const TopicCodec::Type> types() const override { return outcome_types; }
  std::optional<Refusal> check_agreement(std::size_t, const Fields&) const override { return std::nullopt; }

  events::MasterData build(std::size_t type, const Fields& fields) override {
    const Facts f{fields};
    if (type == numbered)
      return events::CreditNoteNumbered{f.text(Field::request_id),  f.text(Field::customer_id), f.text(Field::invoice_id),
                                        f.text(Field::number),      f.date(Field::issue_date),  f.currency(Field::currency),
                                        f.integer(Field::amount_minor)};
    return events::CreditNoteRefused{f.text(Field::request_id),       f.text(Field::customer_id), f.text(Field::invoice_id),
                                     f.currency(Field::currency),     f.integer(Field::amount_minor),
                                     f.text(Field::reason_code),      f.text(Field::remedy)};
  }
};

}  // namespace

std::unique_ptr<TopicCodec> credit_note_request_codec() { return std::make_unique<RequestCodec>(); }
std::unique_ptr<TopicCodec> credit_note_outcome_codec() { return std::make_unique<OutcomeCodec>(); }

}  // namespace due::codec
