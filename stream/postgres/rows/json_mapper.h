// stream/postgres/rows/json_mapper.h
// Rows of topics that hold CloudEvents of our own: each column is a member of the envelope or of data, the last one the whole value.
//
//   Errors   as RowMapper: a value that is not JSON, a required member that is missing, a member of another type
//   Threads  as RowMapper
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/codec/members/member_reader.h"
#include "stream/postgres/rows/table.h"

namespace due::postgres {

enum class Type { text, bigint, boolean, date, instant, bigints, texts };
enum class Need { required, optional };  // optional: null where it is missing or null; an array is then empty

struct JsonColumn {
  std::string name;  // of the column
  Type type = Type::text;
  codec::Member member;
  Need need = Need::required;
};

class JsonMapper final : public RowMapper {
 public:
  explicit JsonMapper(std::vector<JsonColumn> columns);
  std::optional<std::string> map(const log::Record& record, TupleWriter& row) override;

  // Names of these columns and of `record`.
  static std::vector<std::string> names(std::span<const JsonColumn> columns);

 private:
  std::vector<JsonColumn> columns_;
  codec::MemberReader reader_;
};

}  // namespace due::postgres
