// schemas/codec/fields.h
// The names that the decoder knows, and what one JSON object holds under them. Names mean the same wherever they occur.
//
//   Shape    one slot per known name; text views point into the reader's buffers or into headers
//   Clock    none
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace due::codec {

enum class Field : std::uint8_t {
  // CloudEvents attributes
  specversion, id, source, type, subject, time, datacontenttype, dataschema, data, data_base64,
  // data of the event types, required ones first
  customer_id, invoice_id, issue_date, due_date, currency, gross_minor, version, cancellation_id, cancel_date, payment_id, value_date,
  amount_minor, reversal_id, usage_id, meter, case_id, quantity, occurred_at,
  net_minor, tax_minor, prepaid_minor, lines, preceding, number, document_type, legal_entity_id, contract_id, service_from, service_to,
  payment_terms_id, tax_currency, reason_code, kind, method, remittance_text, bank_ref, unit, dimensions, provider_id,
  // items of lines
  line_id, tax_category, tax_rate, unit_price, allowance_reason,
  unknown,  // any other name; as a number, how many names are known
};

inline constexpr std::size_t field_count = static_cast<std::size_t>(Field::unknown);
static_assert(field_count <= 64, "the set of names is a 64-bit mask");

inline constexpr std::array<std::string_view, field_count> field_names = {
    "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data", "data_base64",
    "customer_id", "invoice_id", "issue_date", "due_date", "currency", "gross_minor", "version", "cancellation_id", "cancel_date",
    "payment_id", "value_date", "amount_minor", "reversal_id", "usage_id", "meter", "case_id", "quantity", "occurred_at",
    "net_minor", "tax_minor", "prepaid_minor", "lines", "preceding", "number", "document_type", "legal_entity_id", "contract_id",
    "service_from", "service_to", "payment_terms_id", "tax_currency", "reason_code", "kind", "method", "remittance_text", "bank_ref",
    "unit", "dimensions", "provider_id",
    "line_id", "tax_category", "tax_rate", "unit_price", "allowance_reason"};

constexpr std::size_t index_of(Field field) { return static_cast<std::size_t>(field); }
constexpr std::string_view name_of(Field field) { return field_names[index_of(field)]; }
constexpr std::uint64_t bit_of(Field field) { return std::uint64_t{1} << index_of(field); }

namespace detail {
constexpr std::size_t bucket_count = 256;
constexpr std::size_t bucket(std::string_view name) {
  const auto at = [name](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(name[i])); };
  return (name.size() * 11 + at(0) * 3 + at(name.size() - 1) * 5 + at(name.size() / 2) * 7) % bucket_count;
}
inline constexpr std::array<std::uint8_t, bucket_count> buckets = [] {
  std::array<std::uint8_t, bucket_count> table{};
  for (std::uint8_t& b : table) b = static_cast<std::uint8_t>(field_count);
  for (std::size_t f = 0; f < field_count; ++f) {
    std::size_t at = bucket(field_names[f]);
    while (table[at] != field_count) at = (at + 1) % bucket_count;
    table[at] = static_cast<std::uint8_t>(f);
  }
  return table;
}();
}  // namespace detail

constexpr Field field_named(std::string_view name) {
  if (name.empty()) return Field::unknown;
  for (std::size_t at = detail::bucket(name);; at = (at + 1) % detail::bucket_count) {
    const std::size_t f = detail::buckets[at];
    if (f == field_count || field_names[f] == name) return static_cast<Field>(f);
  }
}
static_assert(field_named("customer_id") == Field::customer_id && field_named("allowance_reason") == Field::allowance_reason);
static_assert(field_named("customer") == Field::unknown && field_named("") == Field::unknown);

enum class Kind : std::uint8_t {
  text,
  integer,       // a JSON integer inside int64
  wide_integer,  // a JSON integer outside int64
  decimal,       // a JSON number with fraction or exponent
  boolean,
  instant,       // of occurred_at: a text that is an RFC 3339 instant, its micros in `integer`
  object,
  array,
};

struct Value {
  Kind kind = Kind::text;
  std::int64_t integer = 0;  // of Kind::integer and instant; a check that parses text (dates, instants, currencies) leaves its result here
  std::string_view text;
};

class Fields {
 public:
  void clear() { present_ = 0; }
  bool has(Field field) const { return (present_ & bit_of(field)) != 0; }
  void set(Field field, const Value& value) {
    present_ |= bit_of(field);
    values_[index_of(field)] = value;
  }
  // The value of a field that is there; of one that is not, whatever an earlier object left.
  Value& operator[](Field field) { return values_[index_of(field)]; }
  const Value& operator[](Field field) const { return values_[index_of(field)]; }

 private:
  std::uint64_t present_ = 0;
  std::array<Value, field_count> values_;
};

}  // namespace due::codec
