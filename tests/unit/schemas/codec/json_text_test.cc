#include "schemas/codec/output/json_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "schemas/codec/json_writer.h"

namespace due::codec {
namespace {

std::string text(std::string_view s) {
  JsonText json;
  json.begin(JsonText::text_bytes(s));
  json.text(s);
  return std::string(json.view());
}
std::string number(std::int64_t v) {
  JsonText json;
  json.begin(JsonText::number_bytes);
  json.number(v);
  return std::string(json.view());
}

TEST(JsonText, WritesNumbersOfEveryLength) {
  std::int64_t v = 0;
  for (int digits = 0; digits < 18; ++digits, v = v * 10 + digits % 10) {
    for (const std::int64_t n : {v, v + 1, -v, v * 10 + 9}) EXPECT_EQ(number(n), std::to_string(n));
  }
  for (const std::int64_t n : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
    EXPECT_EQ(number(n), std::to_string(n));
}

// Every byte in every place of texts around eight bytes long, against the writer that goes byte by byte.
TEST(JsonText, EscapesAsTheOtherWriterDoes) {
  for (std::size_t size = 1; size <= 17; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string s(size, 'a');
        s[at] = static_cast<char>(c);
        std::string expected;
        if (c < 0x80) JsonWriter{expected}.value(s);
        else expected = '"' + s + '"';  // was checked as UTF-8
        ASSERT_EQ(text(s), expected);
      }
    }
  }
}

TEST(JsonText, BeginsAnewInTheSameBuffer) {
  JsonText json;
  json.begin(8);
  json.raw("[1]");
  json.begin(4);
  json.raw('{');
  json.raw("}");
  EXPECT_EQ(json.view(), "{}");
}

}  // namespace
}  // namespace due::codec
