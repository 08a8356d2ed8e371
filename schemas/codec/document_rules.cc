#include "schemas/codec/document_rules.h"

#include <array>
#include <span>

#include "schemas/base/money.h"
#include "schemas/codec/reader/checks.h"

namespace due::codec {
namespace {

using enum Need;

// The tables state the order in which rules are checked: who, which document, when, how much, then what may be left out.
constexpr std::array invoice_issued_rules = {
    Rule{Field::customer_id, Check::id, required},          Rule{Field::invoice_id, Check::id, required},
    Rule{Field::issue_date, Check::date, required},         Rule{Field::due_date, Check::date, required},
    Rule{Field::currency, Check::currency, required},       Rule{Field::gross_minor, Check::amount, required},
    Rule{Field::net_minor, Check::any_amount, optional},    Rule{Field::tax_minor, Check::any_amount, optional},
    Rule{Field::prepaid_minor, Check::amount, optional},    Rule{Field::lines, Check::array, optional},
    Rule{Field::preceding, Check::array, optional},         Rule{Field::number, Check::id_or_empty, optional},
    Rule{Field::document_type, Check::id_or_empty, optional}, Rule{Field::legal_entity_id, Check::id_or_empty, optional},
    Rule{Field::contract_id, Check::id_or_empty, optional}, Rule{Field::service_from, Check::date, optional},
    Rule{Field::service_to, Check::date, optional},         Rule{Field::payment_terms_id, Check::id_or_empty, optional},
    Rule{Field::tax_currency, Check::currency, optional}};

constexpr std::array correction_rules = {Rule{Field::version, Check::correction_version, required}};  // and those of the invoice as issued

constexpr std::array invoice_cancelled_rules = {
    Rule{Field::customer_id, Check::id, required},       Rule{Field::cancellation_id, Check::id, required},
    Rule{Field::invoice_id, Check::id, required},        Rule{Field::cancel_date, Check::date, required},
    Rule{Field::number, Check::id_or_empty, optional},   Rule{Field::legal_entity_id, Check::id_or_empty, optional},
    Rule{Field::reason_code, Check::id_or_empty, optional}};

constexpr std::array invoice_credited_rules = {
    Rule{Field::customer_id, Check::id, required},         Rule{Field::credit_memo_id, Check::id, required},
    Rule{Field::invoice_id, Check::id_or_empty, optional}, Rule{Field::credit_date, Check::date, required},
    Rule{Field::currency, Check::currency, required},      Rule{Field::amount_minor, Check::positive_amount, required},
    Rule{Field::number, Check::id_or_empty, optional},     Rule{Field::legal_entity_id, Check::id_or_empty, optional},
    Rule{Field::reason_code, Check::id_or_empty, optional}};

constexpr std::array payment_received_rules = {
    Rule{Field::customer_id, Check::id, required},            Rule{Field::payment_id, Check::id, required},
    Rule{Field::invoice_id, Check::id_or_empty, optional},    Rule{Field::value_date, Check::date, required},
    Rule{Field::currency, Check::currency, required},         Rule{Field::amount_minor, Check::positive_amount, required},
    Rule{Field::method, Check::id_or_empty, optional},        Rule{Field::remittance_text, Check::text, optional},
    Rule{Field::bank_ref, Check::text, optional},             Rule{Field::legal_entity_id, Check::id_or_empty, optional}};

constexpr std::array payment_reversed_rules = {
    Rule{Field::customer_id, Check::id, required},        Rule{Field::reversal_id, Check::id, required},
    Rule{Field::payment_id, Check::id, required},         Rule{Field::value_date, Check::date, required},
    Rule{Field::currency, Check::currency, required},     Rule{Field::amount_minor, Check::positive_amount, required},
    Rule{Field::kind, Check::id_or_empty, optional},      Rule{Field::reason_code, Check::id_or_empty, optional},
    Rule{Field::bank_ref, Check::text, optional},         Rule{Field::legal_entity_id, Check::id_or_empty, optional}};

constexpr std::array usage_recorded_rules = {
    Rule{Field::customer_id, Check::id, required},         Rule{Field::usage_id, Check::id, required},
    Rule{Field::meter, Check::id, required},               Rule{Field::case_id, Check::id_or_empty, optional},
    Rule{Field::quantity, Check::quantity, required},      Rule{Field::occurred_at, Check::instant, required},
    Rule{Field::unit, Check::id_or_empty, optional},       Rule{Field::dimensions, Check::object, optional},
    Rule{Field::provider_id, Check::id_or_empty, optional}, Rule{Field::contract_id, Check::id_or_empty, optional}};

constexpr std::array line_rules = {
    Rule{Field::line_id, Check::id, required},             Rule{Field::net_minor, Check::any_amount, required},
    Rule{Field::tax_minor, Check::any_amount, optional},   Rule{Field::tax_category, Check::id_or_empty, optional},
    Rule{Field::tax_rate, Check::decimal, optional},       Rule{Field::quantity, Check::decimal, optional},
    Rule{Field::unit, Check::id_or_empty, optional},       Rule{Field::unit_price, Check::decimal, optional},
    Rule{Field::meter, Check::id_or_empty, optional},      Rule{Field::allowance_reason, Check::text, optional}};

constexpr std::array preceding_rules = {Rule{Field::number, Check::id, required}, Rule{Field::issue_date, Check::date, optional}};

std::optional<Refusal> check_agreement(const Fields& top, const DocumentItems& items) {
  if (top.has(Field::net_minor) && top.has(Field::tax_minor)) {
    const std::optional<std::int64_t> sum = checked_add(top[Field::net_minor].integer, top[Field::tax_minor].integer);
    if (sum != top[Field::gross_minor].integer)
      return contradiction("data.gross_minor", "Send data.gross_minor as the sum of data.net_minor and data.tax_minor, to the minor unit.");
  }
  if (items.lines.broken) return items.lines.broken;
  if (!items.net_sum) return Refusal{Reason::amount_out_of_range, "data.lines", "Send lines whose net amounts add up inside 64 bits."};
  if (items.lines.count > 0 && top.has(Field::net_minor) && *items.net_sum != top[Field::net_minor].integer)
    return contradiction("data.lines", "Send lines whose net_minor add up to data.net_minor, to the minor unit.");
  if (items.preceding.broken) return items.preceding.broken;
  if (top.has(Field::service_from) && top.has(Field::service_to) && top[Field::service_to].integer < top[Field::service_from].integer)
    return contradiction("data.service_to", "Send data.service_to as a date on or after data.service_from.");
  return std::nullopt;
}

std::optional<Refusal> check_fields(std::span<const Rule> rules, Fields& fields) {
  return check_rules(rules, fields, document_words, "data");
}

std::optional<Refusal> check_invoice(std::span<const Rule> further, Fields& fields, const DocumentItems& items) {
  if (auto refused = check_fields(invoice_issued_rules, fields)) return refused;
  if (auto refused = check_fields(further, fields)) return refused;
  return check_agreement(fields, items);
}

}  // namespace

std::optional<EventType> event_type_named(std::string_view name) {
  for (std::size_t at = 0; at < event_types.size(); ++at)
    if (event_types[at] == name) return static_cast<EventType>(at);
  return std::nullopt;
}

void DocumentItems::clear() {
  lines = {};
  preceding = {};
  net_sum = 0;
}

void DocumentItems::take(FieldIndex array, Fields& item, std::size_t index) {
  const bool is_line = array == index_of(Field::lines);
  Items& items = is_line ? lines : preceding;
  const std::span<const Rule> rules = is_line ? std::span<const Rule>{line_rules} : std::span<const Rule>{preceding_rules};
  ++items.count;
  if (!items.broken) items.broken = check_rules(rules, item, document_words, item_path(document_words.name(array), index));
  if (is_line && net_sum && item.has(Field::net_minor) && item[Field::net_minor].kind == Kind::integer)
    net_sum = checked_add(*net_sum, item[Field::net_minor].integer);
}

void DocumentItems::take_other(FieldIndex array, std::size_t index) {
  Items& items = array == index_of(Field::lines) ? lines : preceding;
  ++items.count;
  if (!items.broken) items.broken = wrong_form(Reason::wrong_type, item_path(document_words.name(array), index), "a JSON object");
}

std::optional<Refusal> check_data(EventType type, Fields& fields, const DocumentItems& items) {
  switch (type) {
    case EventType::invoice_issued: return check_invoice({}, fields, items);
    case EventType::invoice_corrected: return check_invoice(correction_rules, fields, items);
    case EventType::invoice_cancelled: return check_fields(invoice_cancelled_rules, fields);
    case EventType::payment_received: return check_fields(payment_received_rules, fields);
    case EventType::payment_reversed: return check_fields(payment_reversed_rules, fields);
    case EventType::usage_recorded: return check_fields(usage_recorded_rules, fields);
    case EventType::invoice_credited: return check_fields(invoice_credited_rules, fields);
  }
  return std::nullopt;
}

}  // namespace due::codec
