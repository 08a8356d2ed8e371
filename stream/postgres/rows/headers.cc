#include "stream/postgres/rows/headers.h"

#include "schemas/codec/json_writer.h"
#include "schemas/codec/members/member_reader.h"

namespace due::postgres {
namespace {

void write_any(codec::JsonWriter& json, std::string_view bytes) {
  if (is_text(bytes)) {
    json.value(bytes);
    return;
  }
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    hex.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  json.begin_object().key("hex").value(hex).end_object();
}

}  // namespace

bool is_text(std::string_view bytes) { return bytes.find('\0') == bytes.npos && codec::is_utf8(bytes); }

void write_headers(std::span<const HeaderView> headers, std::string& out) {
  out.clear();
  codec::JsonWriter json(out);
  json.begin_array();
  for (const HeaderView& h : headers) {
    json.begin_array();
    write_any(json, h.name);
    write_any(json, h.value);
    json.end_array();
  }
  json.end_array();
}

std::string legible(std::string_view bytes) {
  const bool utf8 = codec::is_utf8(bytes);
  std::string text;
  for (const char c : bytes) {
    if (c == '\0' || (!utf8 && static_cast<unsigned char>(c) >= 0x80)) {
      text += "\xEF\xBF\xBD";  // U+FFFD
    } else {
      text.push_back(c);
    }
  }
  return text;
}

}  // namespace due::postgres
