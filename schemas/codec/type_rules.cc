#include "schemas/codec/type_rules.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "schemas/base/event_time.h"
#include "schemas/base/money.h"

namespace due::codec {
namespace {

enum class Check : std::uint8_t {
  id, id_or_empty, text, any_amount, amount, positive_amount, version, quantity, date, instant, currency, decimal, object, array
};
enum class Need : std::uint8_t { required, optional };
struct Rule {
  Field field;
  Check check;
  Need need;
};
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

constexpr std::array correction_rules = {Rule{Field::version, Check::version, required}};  // and those of the invoice as issued

constexpr std::array invoice_cancelled_rules = {
    Rule{Field::customer_id, Check::id, required},       Rule{Field::cancellation_id, Check::id, required},
    Rule{Field::invoice_id, Check::id, required},        Rule{Field::cancel_date, Check::date, required},
    Rule{Field::number, Check::id_or_empty, optional},   Rule{Field::legal_entity_id, Check::id_or_empty, optional},
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

constexpr std::size_t text_bytes_max = 4'096;

std::string_view allowed(Check check) {
  switch (check) {
    case Check::id: return "a string of 1 to 64 bytes without control characters";
    case Check::id_or_empty: return "a string of at most 64 bytes without control characters, or leave it out";
    case Check::text: return "a string of at most 4096 bytes, or leave it out";
    case Check::any_amount: return "a JSON integer of minor units (EUR 12.34 is 1234), without quotes, fraction or exponent";
    case Check::amount:
      return "a JSON integer of minor units (EUR 12.34 is 1234), 0 or more, without quotes, fraction or exponent; "
             "what lowers a claim is an event of its own";
    case Check::positive_amount:
      return "a JSON integer of minor units (EUR 12.34 is 1234), 1 or more, without quotes, fraction or exponent; "
             "money that goes back is a due.payment.reversed.v1";
    case Check::version: return "a JSON integer of 2 or more (the invoice as issued is version 1)";
    case Check::quantity:
      return "a JSON integer of 0 or more in units of the meter; for decimals publish a scaled meter (1.5 hours are quantity 1500 of meter "
             "hours_milli)";
    case Check::date: return "a date that exists, YYYY-MM-DD, in the years 1900 to 9998";
    case Check::instant: return "an RFC 3339 instant with T and zone, such as 2025-03-01T12:30:00Z or 2025-03-01T13:30:00.25+01:00";
    case Check::currency: return "an ISO 4217 code in use, three upper-case letters such as EUR";
    case Check::decimal: return "a decimal number in a string such as \"19.00\", or a JSON integer";
    case Check::object: return "a JSON object, or leave it out";
    case Check::array: return "a JSON array of objects, or leave it out";
  }
  return {};
}

std::optional<Reason> check_integer(const Value& value, std::int64_t lowest) {
  if (value.kind == Kind::integer) return value.integer < lowest ? std::optional{Reason::amount_out_of_range} : std::nullopt;
  return value.kind == Kind::wide_integer ? Reason::amount_out_of_range : Reason::wrong_type;
}

std::optional<Reason> check_date(Value& value) {
  if (value.kind != Kind::text) return Reason::wrong_type;
  const std::optional<Date> date = parse_date(value.text);
  if (!date) return Reason::bad_date;
  value.integer = date->days;
  return std::nullopt;
}

std::optional<Reason> check_currency(Value& value) {
  if (value.kind != Kind::text) return Reason::wrong_type;
  const std::optional<Currency> currency = Currency::parse(value.text);
  if (!currency || !currency_exponent(*currency)) return Reason::bad_currency;
  value.integer = currency->code;
  return std::nullopt;
}

// -?digits, or -?digits.digits
bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const auto digits = [](std::string_view part) { return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos; };
  if (text.size() > id_bytes_max) return false;
  return point == std::string_view::npos ? digits(text) : digits(text.substr(0, point)) && digits(text.substr(point + 1));
}

std::optional<Reason> check_text(const Value& value, Check check) {
  if (value.kind != Kind::text) return Reason::wrong_type;
  if (check == Check::text) return value.text.size() > text_bytes_max ? std::optional{Reason::text_too_long} : std::nullopt;
  if (check == Check::id_or_empty && value.text.empty()) return std::nullopt;
  return is_name(value.text, id_bytes_max) ? std::nullopt : std::optional{Reason::text_too_long};
}

std::optional<Reason> broken(Check check, Value& value) {
  const auto of_kind = [&value](bool good) { return good ? std::nullopt : std::optional{Reason::wrong_type}; };
  switch (check) {
    case Check::id:
    case Check::id_or_empty:
    case Check::text: return check_text(value, check);
    case Check::any_amount: return check_integer(value, INT64_MIN);
    case Check::amount:
    case Check::quantity: return check_integer(value, 0);
    case Check::positive_amount: return check_integer(value, 1);
    case Check::version: return check_integer(value, 2);
    case Check::date: return check_date(value);
    case Check::instant: return value.kind == Kind::text ? std::optional{Reason::bad_time} : of_kind(value.kind == Kind::instant);
    case Check::currency: return check_currency(value);
    case Check::decimal: return of_kind(value.kind == Kind::integer || (value.kind == Kind::text && is_decimal(value.text)));
    case Check::object: return of_kind(value.kind == Kind::object);
    case Check::array: return of_kind(value.kind == Kind::array);
  }
  return Reason::wrong_type;
}

Refusal refusal(Reason reason, std::string field, std::string_view as) {
  std::string remedy = "Send " + field + " as ";
  remedy.append(as).push_back('.');
  return {reason, std::move(field), std::move(remedy)};
}

std::optional<Refusal> check_rules(std::span<const Rule> rules, Fields& fields, std::string_view path) {
  for (const Rule& rule : rules) {
    std::optional<Reason> reason;
    if (fields.has(rule.field))
      reason = broken(rule.check, fields[rule.field]);
    else if (rule.need == required)
      reason = Reason::missing_field;
    if (reason) return refusal(*reason, std::string{path}.append(1, '.').append(name_of(rule.field)), allowed(rule.check));
  }
  return std::nullopt;
}

Refusal contradiction(std::string field, std::string remedy) { return {Reason::inconsistent, std::move(field), std::move(remedy)}; }

std::optional<Refusal> check_agreement(const DataFields& data) {
  const Fields& top = data.top;
  if (top.has(Field::net_minor) && top.has(Field::tax_minor)) {
    const std::optional<std::int64_t> sum = checked_add(top[Field::net_minor].integer, top[Field::tax_minor].integer);
    if (sum != top[Field::gross_minor].integer)
      return contradiction("data.gross_minor", "Send data.gross_minor as the sum of data.net_minor and data.tax_minor, to the minor unit.");
  }
  if (data.lines.broken) return data.lines.broken;
  if (!data.lines.net_sum)
    return Refusal{Reason::amount_out_of_range, "data.lines", "Send lines whose net amounts add up inside 64 bits."};
  if (data.lines.count > 0 && top.has(Field::net_minor) && *data.lines.net_sum != top[Field::net_minor].integer)
    return contradiction("data.lines", "Send lines whose net_minor add up to data.net_minor, to the minor unit.");
  if (data.preceding.broken) return data.preceding.broken;
  if (top.has(Field::service_from) && top.has(Field::service_to) && top[Field::service_to].integer < top[Field::service_from].integer)
    return contradiction("data.service_to", "Send data.service_to as a date on or after data.service_from.");
  return std::nullopt;
}

std::string item_path(Field array, std::size_t index) {
  std::string path = "data.";
  path.append(name_of(array)).append(1, '[').append(std::to_string(index)).append(1, ']');
  return path;
}

std::optional<Refusal> check_invoice(DataFields& data, std::span<const Rule> further) {
  if (auto refused = check_rules(invoice_issued_rules, data.top, "data")) return refused;
  if (auto refused = check_rules(further, data.top, "data")) return refused;
  return check_agreement(data);
}

constexpr std::array<std::string_view, 6> type_names = {"due.invoice.issued.v1",   "due.invoice.corrected.v1", "due.invoice.cancelled.v1",
                                                        "due.payment.received.v1", "due.payment.reversed.v1",  "due.usage.recorded.v1"};

}  // namespace

std::optional<EventType> event_type_named(std::string_view name) {
  for (std::size_t at = 0; at < type_names.size(); ++at)
    if (type_names[at] == name) return static_cast<EventType>(at);
  return std::nullopt;
}

std::string_view name_of(EventType type) { return type_names[static_cast<std::size_t>(type)]; }

void take_line(Fields& line, std::size_t index, Items& items) {
  ++items.count;
  if (!items.broken) items.broken = check_rules(line_rules, line, item_path(Field::lines, index));
  if (items.net_sum && line.has(Field::net_minor) && line[Field::net_minor].kind == Kind::integer)
    items.net_sum = checked_add(*items.net_sum, line[Field::net_minor].integer);
}

void take_preceding(Fields& item, std::size_t index, Items& items) {
  ++items.count;
  if (!items.broken) items.broken = check_rules(preceding_rules, item, item_path(Field::preceding, index));
}

void take_other(Field array, std::size_t index, Items& items) {
  ++items.count;
  if (!items.broken) items.broken = refusal(Reason::wrong_type, item_path(array, index), "a JSON object");
}

std::optional<Refusal> check_data(EventType type, DataFields& data) {
  switch (type) {
    case EventType::invoice_issued: return check_invoice(data, {});
    case EventType::invoice_corrected: return check_invoice(data, correction_rules);
    case EventType::invoice_cancelled: return check_rules(invoice_cancelled_rules, data.top, "data");
    case EventType::payment_received: return check_rules(payment_received_rules, data.top, "data");
    case EventType::payment_reversed: return check_rules(payment_reversed_rules, data.top, "data");
    case EventType::usage_recorded: return check_rules(usage_recorded_rules, data.top, "data");
  }
  return std::nullopt;
}

bool is_name(std::string_view text, std::size_t bytes_max) {
  if (text.empty() || text.size() > bytes_max) return false;
  // Eight bytes at a time, filled up with letters: is one below 0x20, is one 0x7f?
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t highs = 0x8080808080808080U;
  for (std::size_t at = 0; at < text.size(); at += 8) {
    std::uint64_t eight = ones * 'x';
    std::memcpy(&eight, text.data() + at, std::min<std::size_t>(8, text.size() - at));
    const std::uint64_t deleted = eight ^ (ones * 0x7f);
    if ((((eight - ones * 0x20) & ~eight) | ((deleted - ones) & ~deleted)) & highs) return false;
  }
  return true;
}

}  // namespace due::codec
