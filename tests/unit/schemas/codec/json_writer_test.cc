#include "schemas/codec/json_writer.h"

#include <gtest/gtest.h>
#include <simdjson.h>

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

// A key or a value of a dead letter may hold anything.
TEST(JsonWriter, ReplacesWhatIsNotUtf8AndKeepsWhatIs) {
  const auto written = [](std::string_view text) {
    std::string out;
    JsonWriter{out}.value(text);
    return out.substr(1, out.size() - 2);
  };
  const std::string good[] = {"\xc2\x80",     "\xdf\xbf",     "\xe0\xa0\x80",     "\xed\x9f\xbf",
                              "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
  for (const std::string& text : good) EXPECT_EQ(written(text), text);
  const std::string bad[] = {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82", "\xf0\x8f\xbf\xbf",
                             "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc2\x41", "\xe1\x80\x41"};
  for (const std::string& text : bad) {
    EXPECT_FALSE(simdjson::validate_utf8(text));
    EXPECT_TRUE(written(text).starts_with("\xef\xbf\xbd"));
    EXPECT_TRUE(simdjson::validate_utf8(written("a" + text + "b"))) << written(text);
  }
}

}  // namespace
}  // namespace due::codec
