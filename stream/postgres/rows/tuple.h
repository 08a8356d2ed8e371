// stream/postgres/rows/tuple.h
// One row in the binary form of PostgreSQL's COPY: what is sent, what is hashed, and what a repeat is compared with.
//
//   Source   PostgreSQL's documentation of COPY, "Binary Format": field count, then length and bytes of each field, big-endian
//   Units    timestamptz: microseconds, date: days, both since 2000-01-01 there; converted here
//   Errors   none: the caller hands in what the type can hold (text is UTF-8 without NUL, instants lie in years 1 to 9999)
//   Threads  none
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "schemas/base/event_time.h"

namespace due::postgres {

class TupleWriter {
 public:
  explicit TupleWriter(std::string& out) : out_(out) {}

  void begin(std::size_t fields) { put(static_cast<std::uint16_t>(fields)); }
  void null() { put(std::uint32_t{0xFFFFFFFF}); }
  void bytes(std::string_view value) {
    put(static_cast<std::uint32_t>(value.size()));
    out_.append(value);
  }
  void text(std::string_view value) { bytes(value); }
  void integer(std::int32_t value) {
    put(std::uint32_t{4});
    put(static_cast<std::uint32_t>(value));
  }
  void bigint(std::int64_t value) {
    put(std::uint32_t{8});
    put(static_cast<std::uint64_t>(value));
  }
  void boolean(bool value) {
    put(std::uint32_t{1});
    out_.push_back(value ? '\1' : '\0');
  }
  void timestamptz(EventTime value) { bigint(value.micros - epoch_days * micros_per_day); }
  void date(Date value) { integer(value.days - epoch_days); }
  // An array of one dimension, numbered from 1.
  void bigints(std::span<const std::int64_t> values) {
    begin_array(oid_bigint, values.size(), 12 * values.size());
    for (const std::int64_t v : values) bigint(v);
  }
  void texts(std::span<const std::string_view> values) {
    std::size_t size = 0;
    for (const std::string_view v : values) size += 4 + v.size();
    begin_array(oid_text, values.size(), size);
    for (const std::string_view v : values) text(v);
  }

  static constexpr bool holds(EventTime value) { return value.micros >= first_micros && value.micros <= last_micros; }

 private:
  static constexpr std::int32_t epoch_days = 10'957;  // 2000-01-01
  static constexpr std::int64_t first_micros = -62'135'596'800'000'000, last_micros = 253'402'300'799'999'999;  // years 1 to 9999
  static constexpr std::uint32_t oid_bigint = 20, oid_text = 25;

  void begin_array(std::uint32_t type, std::size_t elements, std::size_t size) {
    put(static_cast<std::uint32_t>(12 + (elements > 0 ? 8 + size : 0)));
    put(std::uint32_t{elements > 0 ? 1U : 0U});  // dimensions
    put(std::uint32_t{0});                       // no nulls
    put(type);
    if (elements == 0) return;
    put(static_cast<std::uint32_t>(elements));
    put(std::uint32_t{1});
  }
  template <class T>
  void put(T value) {
    char big_endian[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i) big_endian[i] = static_cast<char>(value >> (8 * (sizeof(T) - 1 - i)));
    out_.append(big_endian, sizeof(T));
  }

  std::string& out_;
};

// Fields of a tuple, one after the other. A tuple that is cut short gives nulls.
class TupleReader {
 public:
  explicit TupleReader(std::string_view tuple) : rest_(tuple.substr(tuple.size() < 2 ? tuple.size() : 2)) {}
  struct Field {
    bool null = true;
    std::string_view bytes;
    std::int64_t number() const {
      std::uint64_t v = 0;
      for (const char c : bytes) v = v << 8 | static_cast<unsigned char>(c);
      return bytes.size() == 4 ? static_cast<std::int32_t>(v) : static_cast<std::int64_t>(v);
    }
  };
  Field next() {
    if (rest_.size() < 4) return {};
    const std::int64_t size = Field{false, rest_.substr(0, 4)}.number();
    rest_.remove_prefix(4);
    if (size < 0) return {};
    const Field field{false, rest_.substr(0, static_cast<std::size_t>(size))};
    rest_.remove_prefix(field.bytes.size());
    return field;
  }
  // Length of the tuple that begins here; 0: the bytes do not hold a whole one.
  static std::size_t size_of(std::string_view bytes);

 private:
  std::string_view rest_;
};

inline std::size_t TupleReader::size_of(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  std::size_t at = 2;
  for (std::int64_t fields = Field{false, bytes.substr(0, 2)}.number(); fields > 0; --fields) {
    if (bytes.size() - at < 4) return 0;
    const std::int64_t size = Field{false, bytes.substr(at, 4)}.number();
    at += 4 + static_cast<std::size_t>(size > 0 ? size : 0);
    if (at > bytes.size()) return 0;
  }
  return at;
}

}  // namespace due::postgres
