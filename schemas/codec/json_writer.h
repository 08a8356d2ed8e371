// schemas/codec/json_writer.h
// Appends JSON text to a string: what our own records are written with. Compact, keys in the order of the calls.
//
//   Units    integers only; money and scaled numbers are integers
//   Errors   none: control characters, quotes and backslashes are escaped; a byte that is not UTF-8 becomes U+FFFD, for a text may be
//            anybody's key or value
//   Clock    none
//   Threads  none
//
//   JsonWriter(out).begin_object().key("a").value(1).key("b").begin_array().value("x").end_array().end_object();
//   // {"a":1,"b":["x"]}
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace due::codec {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name) {
    comma();
    quote(name);
    out_.push_back(':');
    first_ = true;  // no comma between a key and its value
    return *this;
  }
  JsonWriter& value(std::string_view text) {
    comma();
    quote(text);
    return *this;
  }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t number) {
    comma();
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    return *this;
  }
  JsonWriter& null() {
    comma();
    out_.append("null");
    return *this;
  }
  JsonWriter& raw(std::string_view json) {  // JSON text of the caller's own making
    comma();
    out_.append(json);
    return *this;
  }

 private:
  JsonWriter& open(char bracket) {
    comma();
    out_.push_back(bracket);
    first_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_.push_back(bracket);
    first_ = false;
    return *this;
  }
  void comma() {
    if (!first_) out_.push_back(',');
    first_ = false;
  }
  void quote(std::string_view text) {
    out_.push_back('"');
    std::size_t plain = 0;  // start of the stretch that needs no escape
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') continue;
      if (const std::size_t length = c < 0x80 ? 0 : character_bytes(text.substr(i)); length > 0) {
        i += length - 1;
        continue;
      }
      out_.append(text, plain, i - plain);
      plain = i + 1;
      escape(c);
    }
    out_.append(text, plain);
    out_.push_back('"');
  }
  // Of the character of two to four bytes that `text` begins with; 0: there is none (RFC 3629).
  static std::size_t character_bytes(std::string_view text) {
    const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned first = byte(0), second = byte(1);
    const std::size_t bytes = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80, high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (bytes == 0 || second < low || second > high) return 0;
    for (std::size_t i = 2; i < bytes; ++i)
      if ((byte(i) & 0xc0) != 0x80) return 0;
    return bytes;
  }
  void escape(unsigned char c) {
    static constexpr char hex[] = "0123456789abcdef";
    if (c >= 0x80) {
      out_.append("\xef\xbf\xbd");
    } else if (c == '"' || c == '\\') {
      out_.push_back('\\');
      out_.push_back(static_cast<char>(c));
    } else {
      const char text[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
      out_.append(text, sizeof text);
    }
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace due::codec
