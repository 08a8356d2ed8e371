#include "schemas/base/decimal.h"

#include <gtest/gtest.h>

namespace due {
namespace {

TEST(Decimal, IsOneValueForEqualNumbers) {
  EXPECT_EQ(parse_decimal("1.50"), (Decimal{15, 1}));
  EXPECT_EQ(parse_decimal("1.5"), parse_decimal("01.500000000000000000"));
  EXPECT_EQ(parse_decimal("-0.05"), (Decimal{-5, 2}));
  EXPECT_EQ(parse_decimal("-0.0"), parse_decimal("0"));
  EXPECT_EQ(parse_decimal("100"), (Decimal{100, 0}));
}

TEST(Decimal, IsReadUpToItsBounds) {
  EXPECT_EQ(parse_decimal("9223372036854775807"), (Decimal{INT64_MAX, 0}));
  EXPECT_EQ(parse_decimal("-9223372036854775808"), (Decimal{INT64_MIN, 0}));
  EXPECT_EQ(parse_decimal("9223372036854775808"), std::nullopt);
  EXPECT_EQ(parse_decimal("-9223372036854775809"), std::nullopt);
  EXPECT_EQ(parse_decimal("0.000000000001"), (Decimal{1, 12}));
  EXPECT_EQ(parse_decimal("0.0000000000001"), std::nullopt);
  EXPECT_EQ(parse_decimal("9223372.036854775807"), (Decimal{INT64_MAX, 12}));
}

TEST(Decimal, RefusesWhatIsNotDigitsAndOnePoint) {
  for (const char* text : {"", "-", ".", ".5", "5.", "+1", "1e2", "1,5", " 1", "1 ", "1.2.3", "--1", "0x1"})
    EXPECT_EQ(parse_decimal(text), std::nullopt) << text;
}

TEST(Decimal, IsWrittenAsItIsRead) {
  for (const char* text : {"0", "1.5", "-0.05", "-12", "0.000000000001", "9223372.036854775807", "-9223372036854775808", "-0.5"})
    EXPECT_EQ(format(*parse_decimal(text)), text);
}

}  // namespace
}  // namespace due
