// schemas/codec/output/json_text.h
// Appends JSON to a buffer in which room was made beforehand: what is written for every event. json_writer.h is for everything else.
//
//   Units    integers only; money and scaled numbers are integers
//   Limits   the caller states the room: raw() takes its size, text() at most 2 + 6 * size, number() at most 20 bytes
//   Errors   none: control characters, quotes and backslashes are escaped, other bytes are passed on (they were checked as UTF-8)
//   Clock    none
//   Threads  none
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace due::codec {

class JsonText {
 public:
  static constexpr std::size_t number_bytes = 20;
  static constexpr std::size_t text_bytes(std::string_view s) { return 2 + 6 * s.size(); }

  void begin(std::size_t room) {
    if (room > size_) {
      buffer_ = std::make_unique_for_overwrite<char[]>(room);
      size_ = room;
    }
    at_ = buffer_.get();
  }
  std::string_view view() const { return {buffer_.get(), static_cast<std::size_t>(at_ - buffer_.get())}; }

  void raw(std::string_view s) {
    std::memcpy(at_, s.data(), s.size());
    at_ += s.size();
  }
  void raw(char c) { *at_++ = c; }
  void text(std::string_view s) {
    raw('"');
    std::size_t i = 0;
    for (; i + 8 <= s.size(); i += 8) {  // eight bytes at a time, as long as none of them needs an escape
      std::uint64_t eight = 0;
      std::memcpy(&eight, s.data() + i, 8);
      if (needs_escape(eight)) break;
      std::memcpy(at_, &eight, 8);
      at_ += 8;
    }
    for (; i < s.size(); ++i) character(static_cast<unsigned char>(s[i]));
    raw('"');
  }
  void number(std::int64_t v) {
    std::uint64_t left = static_cast<std::uint64_t>(v);
    if (v < 0) {
      raw('-');
      left = 0 - left;
    }
    if (left < 10) return raw(static_cast<char>('0' + left));
    char digits[number_bytes];
    char* first = digits + sizeof digits;
    for (; left >= 100; left /= 100) std::memcpy(first -= 2, &pairs[left % 100 * 2], 2);
    if (left >= 10) {
      std::memcpy(first -= 2, &pairs[left * 2], 2);
    } else {
      *--first = static_cast<char>('0' + left);
    }
    raw({first, static_cast<std::size_t>(digits + sizeof digits - first)});
  }

 private:
  static constexpr std::array<char, 200> pairs = [] {
    std::array<char, 200> p{};
    for (std::size_t i = 0; i < 100; ++i) {
      p[2 * i] = static_cast<char>('0' + i / 10);
      p[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return p;
  }();
  // Is one of the eight bytes below 0x20, a quote or a backslash?
  static bool needs_escape(std::uint64_t eight) {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    const auto zero_byte = [](std::uint64_t w) { return (w - ones) & ~w; };
    return (((eight - ones * 0x20) & ~eight) | zero_byte(eight ^ ones * '"') | zero_byte(eight ^ ones * '\\')) & ones * 0x80;
  }
  void character(unsigned char c) {
    static constexpr char hex[] = "0123456789abcdef";
    if (c >= 0x20 && c != '"' && c != '\\') return raw(static_cast<char>(c));
    raw('\\');
    if (c >= 0x20) return raw(static_cast<char>(c));
    raw("u00");
    raw(hex[c >> 4]);
    raw(hex[c & 15]);
  }

  std::unique_ptr<char[]> buffer_;
  std::size_t size_ = 0;
  char* at_ = nullptr;
};

}  // namespace due::codec
