// schemas/codec/fields.h
// The names that the decoder knows, and what one JSON object holds under them. Names mean the same wherever they occur.
//
//   Shape    one slot per known name; text views point into the reader's buffers or into headers
//   Clock    none
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

// Names of at most 16 bytes as two words, filled up with zero bytes: equal words, equal names.
inline constexpr std::size_t name_bytes_max = 16;
struct NameWords {
  std::uint64_t low = 0, high = 0;
  constexpr bool operator==(const NameWords&) const = default;
};

namespace detail {
constexpr std::uint64_t word(std::string_view bytes) {
  std::uint64_t w = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) w = w << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return w;
}
constexpr NameWords words_of(std::string_view name) {
  return name.size() <= 8 ? NameWords{word(name), 0} : NameWords{word(name.substr(0, 8)), word(name.substr(8))};
}
constexpr std::size_t bucket_count = 256;
constexpr std::size_t bucket(NameWords name) { return (name.low * 0x9E3779B97F4A7C15U ^ name.high * 0xC2B2AE3D27D4EB4FU) >> 56; }

struct Table {
  std::array<NameWords, field_count + 1> names{};  // the last one stands for no name
  std::array<std::uint8_t, bucket_count> buckets{};
};
inline constexpr Table table = [] {
  Table t;
  for (std::uint8_t& b : t.buckets) b = static_cast<std::uint8_t>(field_count);
  for (std::size_t f = 0; f < field_count; ++f) {
    t.names[f] = words_of(field_names[f]);
    std::size_t at = bucket(t.names[f]);
    while (t.buckets[at] != field_count) at = (at + 1) % bucket_count;
    t.buckets[at] = static_cast<std::uint8_t>(f);
  }
  return t;
}();
constexpr bool all_names_fit() {
  for (const std::string_view name : field_names)
    if (name.size() > name_bytes_max) return false;
  return true;
}
static_assert(all_names_fit());
}  // namespace detail

constexpr Field field_of(NameWords name) {
  for (std::size_t at = detail::bucket(name);; at = (at + 1) % detail::bucket_count) {
    const std::size_t f = detail::table.buckets[at];
    if (f == field_count || detail::table.names[f] == name) return static_cast<Field>(f);
  }
}
constexpr Field field_named(std::string_view name) {
  return name.size() > name_bytes_max ? Field::unknown : field_of(detail::words_of(name));
}

// The same for a name behind which 15 bytes may be read, as behind a text in the reader's buffers.
inline Field field_named_padded(std::string_view name) {
  static_assert(std::endian::native == std::endian::little);
  if (name.size() > name_bytes_max) return Field::unknown;
  NameWords words;
  std::memcpy(&words, name.data(), sizeof words);
  const auto first_bytes = [](std::size_t n) { return n == 0 ? 0 : ~std::uint64_t{0} >> (64 - 8 * n); };
  if (name.size() <= 8) return field_of({words.low & first_bytes(name.size()), 0});
  return field_of({words.low, words.high & first_bytes(name.size() - 8)});
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
