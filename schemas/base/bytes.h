// schemas/base/bytes.h
// The byte alphabet of every stored form: LEB128 varints, zig-zag for signed, length-prefixed text, big-endian for keys.
//
//   Errors   ByteReader never reads past its end: it turns !ok() and yields zeros and empty text from then on
//   Clock    none
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "schemas/base/hash.h"

namespace due {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  void byte(std::uint8_t b) { out_.push_back(static_cast<char>(b)); }
  void varint(std::uint64_t v) {
    while (v >= 0x80) { out_.push_back(static_cast<char>(v | 0x80)); v >>= 7; }
    out_.push_back(static_cast<char>(v));
  }
  void zigzag(std::int64_t v) { varint(static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63)); }
  void text(std::string_view s) { varint(s.size()); out_.append(s); }
  void fixed64(std::uint64_t v) { for (int s = 56; s >= 0; s -= 8) out_.push_back(static_cast<char>(v >> s)); }
  void hash(Hash128 h) { fixed64(h.high); fixed64(h.low); }

 private:
  std::string& out_;
};

// The same bytes into memory that has room for them: what is encoded often. A varint takes at most 10 bytes.
class BytePen {
 public:
  static constexpr std::size_t varint_bytes = 10;
  explicit BytePen(char* at) : at_(at) {}
  char* at() const { return at_; }
  void byte(std::uint8_t b) { *at_++ = static_cast<char>(b); }
  void varint(std::uint64_t v) {
    while (v >= 0x80) { byte(static_cast<std::uint8_t>(v | 0x80)); v >>= 7; }
    byte(static_cast<std::uint8_t>(v));
  }
  void zigzag(std::int64_t v) { varint(static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63)); }
  void raw(const void* bytes, std::size_t n) {
    if (n > 0) std::memcpy(at_, bytes, n);  // of nothing there may be no address
    at_ += n;
  }
  void text(std::string_view s) { varint(s.size()); raw(s.data(), s.size()); }
  void fixed64(std::uint64_t v) { v = __builtin_bswap64(v); raw(&v, sizeof v); }
  void hash(Hash128 h) { fixed64(h.high); fixed64(h.low); }

 private:
  char* at_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  bool ok() const { return ok_; }
  bool done() const { return at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  std::uint8_t byte() { return at_ < end_ ? static_cast<std::uint8_t>(*at_++) : (ok_ = false, std::uint8_t{0}); }
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (unsigned s = 0; s < 64; s += 7) {
      const std::uint8_t b = byte();
      v |= static_cast<std::uint64_t>(b & 0x7f) << s;
      if (b < 0x80) return v;
    }
    ok_ = false;
    return 0;
  }
  std::int64_t zigzag() {
    const std::uint64_t v = varint();
    return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
  }
  // How many items of at least `each` bytes follow: never more than fit into what is left.
  std::uint64_t count(std::size_t each) {
    const std::uint64_t n = varint();
    if (n <= left() / each) return n;
    ok_ = false;
    at_ = end_;
    return 0;
  }
  std::string_view text() { return bytes(varint()); }
  std::string_view bytes(std::uint64_t n) {
    if (n > left()) { ok_ = false; at_ = end_; return {}; }
    const std::string_view s{at_, static_cast<std::size_t>(n)};
    at_ += n;
    return s;
  }
  std::uint64_t fixed64() { std::uint64_t v = 0; for (int i = 0; i < 8; ++i) v = v << 8 | byte(); return v; }
  Hash128 hash() { const std::uint64_t h = fixed64(); return {h, fixed64()}; }

 private:
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace due
