#include "stream/postgres/rows/headers.h"

#include "schemas/codec/decision_reader.h"
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

// Would PostgreSQL read it as JSON? It refuses a byte order mark, which parsers may skip.
bool is_record(std::string_view value) {
  const std::size_t first = value.find_first_not_of(" \t\r\n");
  return first != value.npos && value[first] == '{' && codec::is_json(value);
}

}  // namespace

void put_bytes(const std::optional<std::string_view>& bytes, TupleWriter& row) {
  if (bytes) {
    row.bytes(*bytes);
  } else {
    row.null();
  }
}

void put_content(const log::Record& record, std::string& scratch, TupleWriter& row) {
  if (record.headers.empty()) {
    row.null();
  } else {
    write_headers(record.headers, scratch);
    row.text(scratch);
  }
  const bool json = record.value && is_record(*record.value);
  put_bytes(json ? record.value : std::nullopt, row);
  put_bytes(json ? std::nullopt : record.value, row);
}

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
