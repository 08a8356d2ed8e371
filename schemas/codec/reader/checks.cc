#include "schemas/codec/reader/checks.h"

#include <algorithm>
#include <cstring>

#include "schemas/base/country.h"
#include "schemas/base/decimal.h"
#include "schemas/base/event_time.h"
#include "schemas/base/money.h"
#include "schemas/base/zones/time_zone.h"

namespace due::codec {
namespace {

constexpr std::size_t text_bytes_max = 4'096;

std::string_view allowed(Check check) {
  switch (check) {
    case Check::id: return "a string of 1 to 64 bytes without control characters";
    case Check::id_or_empty: return "a string of at most 64 bytes without control characters, or leave it out";
    case Check::text: return "a string of at most 4096 bytes without NUL, or leave it out";
    case Check::filled_text: return "a string of 1 to 4096 bytes without NUL";
    case Check::any_amount: return "a JSON integer of minor units (EUR 12.34 is 1234), without quotes, fraction or exponent";
    case Check::amount:
      return "a JSON integer of minor units (EUR 12.34 is 1234), 0 or more, without quotes, fraction or exponent; "
             "what lowers a claim is an event of its own";
    case Check::positive_amount:
      return "a JSON integer of minor units (EUR 12.34 is 1234), 1 or more, without quotes, fraction or exponent; "
             "money that goes back is a due.payment.reversed.v1";
    case Check::correction_version: return "a JSON integer of 2 or more (what was sent first is version 1)";
    case Check::version: return "a JSON integer of 1 or more, higher with each new version";
    case Check::quantity:
      return "a JSON integer of 0 or more in units of the meter; for decimals publish a scaled meter (1.5 hours are quantity 1500 of meter "
             "hours_milli)";
    case Check::count: return "a JSON integer of 1 or more";
    case Check::position: return "a JSON integer of 0 or more";
    case Check::partition: return "a JSON integer of 0 to 2147483647";
    case Check::date: return "a date that exists, YYYY-MM-DD, in the years 1900 to 9998";
    case Check::month: return "a month, YYYY-MM, in the years 1900 to 9998";
    case Check::instant: return "an RFC 3339 instant with T and zone, such as 2025-03-01T12:30:00Z or 2025-03-01T13:30:00.25+01:00";
    case Check::time_zone: return "a name of the IANA time zone database such as Europe/Berlin, or leave it out";
    case Check::currency: return "an ISO 4217 code in use, three upper-case letters such as EUR";
    case Check::country: return "an ISO 3166-1 code, two upper-case letters such as DE";
    case Check::decimal: return "a decimal number in a string such as \"19.00\", or a JSON integer";
    case Check::price: return "a decimal number of 0 or more in a string such as \"0.0006\", with at most 12 decimals";
    case Check::rate: return "a decimal number above 0 in a string such as \"1.0823\", with at most 12 decimals";
    case Check::boolean: return "true or false, without quotes";
    case Check::choice: return "one of its words";
    case Check::sha256: return "64 lower-case hexadecimal digits";
    case Check::object: return "a JSON object, or leave it out";
    case Check::array: return "a JSON array of objects, or leave it out";
  }
  return {};
}

std::optional<Reason> check_integer(const Value& value, std::int64_t lowest, std::int64_t highest = INT64_MAX) {
  if (value.kind == Kind::integer)
    return value.integer < lowest || value.integer > highest ? std::optional{Reason::amount_out_of_range} : std::nullopt;
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

std::optional<Reason> check_month(Value& value) {
  if (value.kind != Kind::text) return Reason::wrong_type;
  const std::optional<Date> first = parse_date(std::string{value.text}.append("-01"));
  if (!first) return Reason::bad_date;
  value.integer = first->days;
  return std::nullopt;
}

std::optional<Reason> check_country(const Value& value) {
  if (value.kind != Kind::text) return Reason::wrong_type;
  return is_country(value.text) ? std::nullopt : std::optional{Reason::unknown_value};
}

std::optional<Reason> check_time_zone(const Value& value) {
  if (value.kind != Kind::text) return Reason::wrong_type;
  return TimeZone::find(value.text) ? std::nullopt : std::optional{Reason::unknown_value};
}

std::optional<Reason> check_number(const Value& value, std::int64_t lowest) {
  if (value.kind != Kind::text) return Reason::wrong_type;
  const std::optional<Decimal> number = parse_decimal(value.text);
  if (!number) return Reason::wrong_type;
  return number->unscaled < lowest ? std::optional{Reason::amount_out_of_range} : std::nullopt;
}

std::optional<Reason> check_sha256(const Value& value) {
  const bool good = value.kind == Kind::text && value.text.size() == 64 &&
                    value.text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return good ? std::nullopt : std::optional{Reason::wrong_type};
}

// The word's place among those that are allowed.
std::optional<Reason> check_choice(Value& value, std::string_view words) {
  if (value.kind != Kind::text) return Reason::wrong_type;
  std::int64_t place = 0;
  for (std::size_t at = 0; at < words.size(); ++place) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == value.text) {
      value.integer = place;
      return std::nullopt;
    }
    at = end + 1;
  }
  return Reason::unknown_value;
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
  if (check == Check::filled_text && value.text.empty()) return Reason::text_too_long;
  if (check == Check::text || check == Check::filled_text) {
    const bool fits = value.text.size() <= text_bytes_max && value.text.find('\0') == value.text.npos;  // PostgreSQL takes no NUL
    return fits ? std::nullopt : std::optional{Reason::text_too_long};
  }
  if (check == Check::id_or_empty && value.text.empty()) return std::nullopt;
  return is_name(value.text, id_bytes_max) ? std::nullopt : std::optional{Reason::text_too_long};
}

std::optional<Reason> broken(const Rule& rule, Value& value) {
  const Check check = rule.check;
  const auto of_kind = [&value](bool good) { return good ? std::nullopt : std::optional{Reason::wrong_type}; };
  switch (check) {
    case Check::id:
    case Check::id_or_empty:
    case Check::text:
    case Check::filled_text: return check_text(value, check);
    case Check::any_amount: return check_integer(value, INT64_MIN);
    case Check::amount:
    case Check::position:
    case Check::quantity: return check_integer(value, 0);
    case Check::positive_amount: return check_integer(value, 1);
    case Check::correction_version: return check_integer(value, 2);
    case Check::version:
    case Check::count: return check_integer(value, 1);
    case Check::partition: return check_integer(value, 0, INT32_MAX);
    case Check::date: return check_date(value);
    case Check::month: return check_month(value);
    case Check::instant: return value.kind == Kind::text ? std::optional{Reason::bad_time} : of_kind(value.kind == Kind::instant);
    case Check::time_zone: return check_time_zone(value);
    case Check::currency: return check_currency(value);
    case Check::country: return check_country(value);
    case Check::price: return check_number(value, 0);
    case Check::rate: return check_number(value, 1);
    case Check::boolean: return of_kind(value.kind == Kind::boolean);
    case Check::choice: return check_choice(value, rule.choices);
    case Check::sha256: return check_sha256(value);
    case Check::decimal: return of_kind(value.kind == Kind::integer || (value.kind == Kind::text && is_decimal(value.text)));
    case Check::object: return of_kind(value.kind == Kind::object);
    case Check::array: return of_kind(value.kind == Kind::array);
  }
  return Reason::wrong_type;
}

// What is allowed, for a person: the words themselves where there are words.
std::string allowed(const Rule& rule) {
  if (rule.check != Check::choice) return std::string{allowed(rule.check)};
  std::string text = "one of ";
  for (const char c : rule.choices) c == ' ' ? text.append(", ") : text.append(1, c);
  return text;
}

}  // namespace

std::optional<Refusal> check_rules(std::span<const Rule> rules, Fields& fields, const Vocabulary& vocabulary, std::string_view path) {
  for (const Rule& rule : rules) {
    std::optional<Reason> reason;
    if (fields.has(rule.field))
      reason = broken(rule, fields[rule.field]);
    else if (rule.need == Need::required)
      reason = Reason::missing_field;
    if (reason) return wrong_form(*reason, std::string{path}.append(1, '.').append(vocabulary.name(rule.field)), allowed(rule));
  }
  return std::nullopt;
}

Refusal wrong_form(Reason reason, std::string field, std::string_view as) {
  std::string remedy = "Send " + field + " as ";
  remedy.append(as).push_back('.');
  return {reason, std::move(field), std::move(remedy)};
}

std::string item_path(std::string_view array, std::size_t index) {
  std::string path = "data.";
  path.append(array).append(1, '[').append(std::to_string(index)).append(1, ']');
  return path;
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
