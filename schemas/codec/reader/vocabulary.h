// schemas/codec/reader/vocabulary.h
// The names that a decoder knows, found in constant time, and what one JSON object holds under them. Private to the codec.
//
//   Shape    a vocabulary is at most 64 names: the CloudEvents attributes first, then what its event types have in data
//   Clock    none
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace due::codec {

enum class Attribute : std::uint8_t { specversion, id, source, type, subject, time, datacontenttype, dataschema, data, data_base64 };
inline constexpr std::array<std::string_view, 10> attribute_names = {"specversion", "id", "source", "type", "subject", "time",
                                                                     "datacontenttype", "dataschema", "data", "data_base64"};

// A name by its place in the vocabulary. Each vocabulary has an enum of its own, which goes on behind the attributes.
using FieldIndex = std::uint8_t;
inline constexpr FieldIndex first_own_field = attribute_names.size();
inline constexpr std::size_t fields_max = 64;  // so that a set of them is one word
inline constexpr FieldIndex unknown_field = fields_max;

template <class Field>
constexpr FieldIndex index_of(Field field) {
  return static_cast<FieldIndex>(field);
}
constexpr std::uint64_t bit_of(FieldIndex field) { return std::uint64_t{1} << field; }
template <class... Field>
constexpr std::uint64_t set_of(Field... fields) {
  return (bit_of(index_of(fields)) | ... | 0U);
}

// Names of at most 16 bytes as two words, filled up with zero bytes: equal words, equal names.
inline constexpr std::size_t name_bytes_max = 16;
struct NameWords {
  std::uint64_t low = 0, high = 0;
  constexpr bool operator==(const NameWords&) const = default;
};

class Vocabulary {
 public:
  struct Kinds {
    std::uint64_t instants = 0;  // texts of data that are RFC 3339 instants: equal instants are equal content
    std::uint64_t decimals = 0;  // texts of data that are decimal numbers: 1.50 is 1.5
    std::uint64_t items = 0;     // arrays of data whose elements are objects of known names
  };

  // `names` follow the attributes, those of more than 16 bytes last.
  constexpr Vocabulary(std::span<const std::string_view> names, Kinds kinds) : kinds_(kinds) {
    for (FieldIndex& b : buckets_) b = unknown_field;
    for (const std::string_view name : attribute_names) add(name);
    for (const std::string_view name : names) add(name);
  }

  constexpr std::size_t size() const { return count_; }
  constexpr std::string_view name(FieldIndex field) const { return names_[field]; }
  constexpr const Kinds& kinds() const { return kinds_; }

  constexpr FieldIndex find(std::string_view name) const { return name.size() > name_bytes_max ? find_long(name) : find(words_of(name)); }

  // The same for a name behind which 15 bytes may be read, as behind a text in the reader's buffers.
  FieldIndex find_padded(std::string_view name) const {
    static_assert(std::endian::native == std::endian::little);
    if (name.size() > name_bytes_max) return find_long(name);
    NameWords words;
    std::memcpy(&words, name.data(), sizeof words);
    const auto first_bytes = [](std::size_t n) { return n == 0 ? 0 : ~std::uint64_t{0} >> (64 - 8 * n); };
    if (name.size() <= 8) return find({words.low & first_bytes(name.size()), 0});
    return find({words.low, words.high & first_bytes(name.size() - 8)});
  }

 private:
  static constexpr std::size_t bucket_count = 256;
  static constexpr std::size_t bucket(NameWords name) { return (name.low * 0x9E3779B97F4A7C15U ^ name.high * 0xC2B2AE3D27D4EB4FU) >> 56; }
  static constexpr std::uint64_t word(std::string_view bytes) {
    std::uint64_t w = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) w = w << 8 | static_cast<unsigned char>(bytes[i - 1]);
    return w;
  }
  static constexpr NameWords words_of(std::string_view name) {
    return name.size() <= 8 ? NameWords{word(name), 0} : NameWords{word(name.substr(0, 8)), word(name.substr(8))};
  }

  constexpr void add(std::string_view name) {
    const std::size_t field = count_++;
    names_.at(field) = name;
    if (name.size() > name_bytes_max) return;
    long_from_ = count_;
    words_[field] = words_of(name);
    std::size_t at = bucket(words_[field]);
    while (buckets_[at] != unknown_field) at = (at + 1) % bucket_count;
    buckets_[at] = static_cast<FieldIndex>(field);
  }
  constexpr FieldIndex find(NameWords name) const {
    for (std::size_t at = bucket(name);; at = (at + 1) % bucket_count) {
      const FieldIndex field = buckets_[at];
      if (field == unknown_field || words_[field] == name) return field;
    }
  }
  constexpr FieldIndex find_long(std::string_view name) const {
    for (std::size_t field = long_from_; field < count_; ++field)
      if (names_[field] == name) return static_cast<FieldIndex>(field);
    return unknown_field;
  }

  Kinds kinds_;
  std::size_t count_ = 0;
  std::size_t long_from_ = 0;  // from here on names are long
  std::array<NameWords, fields_max> words_{};
  std::array<FieldIndex, bucket_count> buckets_{};
  std::array<std::string_view, fields_max> names_{};
};

enum class Kind : std::uint8_t {
  text,
  integer,       // a JSON integer inside int64
  wide_integer,  // a JSON integer outside int64
  decimal,       // a JSON number with fraction or exponent
  boolean,       // 1 or 0 in `integer`
  instant,       // a text that is an RFC 3339 instant, its micros in `integer`
  object,
  array,
};

struct Value {
  Kind kind = Kind::text;
  // Of Kind::integer, boolean and instant; a check that parses text (dates, currencies, choices) leaves its result here.
  std::int64_t integer = 0;
  std::string_view text;
};

class Fields {
 public:
  void clear() { present_ = 0; }
  template <class Field>
  bool has(Field field) const {
    return (present_ & bit_of(index_of(field))) != 0;
  }
  template <class Field>
  void set(Field field, const Value& value) {
    present_ |= bit_of(index_of(field));
    values_[index_of(field)] = value;
  }
  // The value of a field that is there; of one that is not, whatever an earlier object left.
  template <class Field>
  Value& operator[](Field field) {
    return values_[index_of(field)];
  }
  template <class Field>
  const Value& operator[](Field field) const {
    return values_[index_of(field)];
  }

 private:
  std::uint64_t present_ = 0;
  std::array<Value, fields_max> values_;
};

}  // namespace due::codec
