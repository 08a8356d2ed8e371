#include "stream/postgres/rows/json_mapper.h"

namespace due::postgres {
namespace {

using Kind = codec::MemberReader::Kind;
using Value = codec::MemberReader::Value;

std::vector<codec::Member> members_of(const std::vector<JsonColumn>& columns) {
  std::vector<codec::Member> members;
  for (const JsonColumn& c : columns) members.push_back(c.member);
  return members;
}

std::string where(const JsonColumn& c) { return (c.member.of == codec::Member::Of::data ? "data." : "") + c.member.name; }

bool has_nul(std::string_view text) { return text.find('\0') != text.npos; }

bool put_text(Type type, std::string_view text, TupleWriter& row) {
  if (has_nul(text)) return false;  // no text of PostgreSQL can hold it
  switch (type) {
    case Type::text: row.text(text); return true;
    case Type::date:
      if (const auto date = parse_date(text)) return row.date(*date), true;
      return false;
    case Type::instant:
      if (const auto at = parse_time(text)) return row.timestamptz(*at), true;
      return false;
    default: return false;
  }
}

// Empty arrays come as texts: JSON does not say of what.
bool put(const JsonColumn& c, const Value& v, TupleWriter& row) {
  switch (v.kind) {
    case Kind::text: return put_text(c.type, v.text, row);
    case Kind::integer: return c.type == Type::bigint && (row.bigint(v.integer), true);
    case Kind::boolean: return c.type == Type::boolean && (row.boolean(v.integer != 0), true);
    case Kind::integers: return c.type == Type::bigints && (row.bigints(v.integers), true);
    case Kind::texts:
      if (c.type == Type::bigints && v.texts.empty()) return row.bigints({}), true;
      for (const std::string_view text : v.texts)
        if (has_nul(text)) return false;
      return c.type == Type::texts && (row.texts(v.texts), true);
    default: return false;
  }
}

void put_nothing(Type type, TupleWriter& row) {
  if (type == Type::bigints) return row.bigints({});
  if (type == Type::texts) return row.texts({});
  row.null();
}

}  // namespace

JsonMapper::JsonMapper(std::vector<JsonColumn> columns) : columns_(std::move(columns)), reader_(members_of(columns_)) {}

std::vector<std::string> JsonMapper::names(std::span<const JsonColumn> columns) {
  std::vector<std::string> names;
  for (const JsonColumn& c : columns) names.push_back(c.name);
  names.push_back("record");
  return names;
}

std::optional<std::string> JsonMapper::map(const log::Record& record, TupleWriter& row) {
  if (!record.value) return "it has no value";
  if (!reader_.read(*record.value)) return "its value is not a JSON object";
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const JsonColumn& c = columns_[i];
    const Value& v = reader_[i];
    if (v.kind == Kind::absent || v.kind == Kind::null) {
      if (c.need == Need::required) return where(c) + " is missing";
      put_nothing(c.type, row);
    } else if (!put(c, v, row)) {
      return where(c) + " is not what column " + c.name + " takes";
    }
  }
  row.text(*record.value);
  return std::nullopt;
}

}  // namespace due::postgres
