#include "schemas/codec/json_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace due::codec {
namespace {

TEST(JsonWriter, WritesMembersInTheOrderOfTheCalls) {
  std::string out = "kept";
  JsonWriter json{out};
  json.begin_object().key("b").value(1).key("a").value("x").key("list").begin_array().value(-1).null().begin_object().end_object();
  json.begin_array().end_array().raw("[2]").end_array().key("z").null().end_object();
  EXPECT_EQ(out, R"(kept{"b":1,"a":"x","list":[-1,null,{},[],[2]],"z":null})");
}

TEST(JsonWriter, WritesEveryInt64) {
  std::string out;
  JsonWriter{out}
      .begin_array()
      .value(std::int64_t{0})
      .value(std::numeric_limits<std::int64_t>::min())
      .value(std::numeric_limits<std::int64_t>::max())
      .end_array();
  EXPECT_EQ(out, "[0,-9223372036854775808,9223372036854775807]");
}

TEST(JsonWriter, EscapesWhatJsonDemandsAndNothingElse) {
  std::string out;
  using namespace std::string_view_literals;
  JsonWriter{out}.value("a\"b\\c/\n\x01\x1f\0\x20\x7f\xc3\xa9"sv);
  EXPECT_EQ(out, "\"a\\\"b\\\\c/\\u000a\\u0001\\u001f\\u0000 \x7f\xc3\xa9\"");
}

}  // namespace
}  // namespace due::codec
