#include "schemas/base/money.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace due {
namespace {

std::optional<int> exponent(std::string_view code) {
  const auto currency = Currency::parse(code);
  EXPECT_TRUE(currency.has_value()) << code;
  return currency_exponent(currency.value_or(Currency{}));
}

TEST(CurrencyExponent, KnowsEachNumberOfDecimals) {
  EXPECT_EQ(exponent("JPY"), 0);
  EXPECT_EQ(exponent("EUR"), 2);
  EXPECT_EQ(exponent("USD"), 2);
  EXPECT_EQ(exponent("KWD"), 3);
  EXPECT_EQ(exponent("CLF"), 4);
  EXPECT_EQ(exponent("UYW"), 4);
}

TEST(CurrencyExponent, KnowsTheEndsOfTheTable) {
  EXPECT_EQ(exponent("AED"), 2);
  EXPECT_EQ(exponent("ZWG"), 2);
  EXPECT_EQ(exponent("AAA"), std::nullopt);
  EXPECT_EQ(exponent("ZZZ"), std::nullopt);
}

TEST(CurrencyExponent, RefusesWithdrawnUnknownAndMetalCodes) {
  for (const std::string_view code : {"DEM", "HRK", "ANG", "SLL", "ZWL", "XAU", "XXX", "XTS", "EUX"})
    EXPECT_EQ(exponent(code), std::nullopt) << code;
}

TEST(CurrencyExponent, RefusesCodesThatAreNoThreeLetters) {
  EXPECT_EQ(currency_exponent({}), std::nullopt);
  EXPECT_EQ(currency_exponent({0xffffffffU}), std::nullopt);
  EXPECT_EQ(currency_exponent({Currency::parse("EUR")->code | 0x1000000U}), std::nullopt);
  EXPECT_EQ(currency_exponent({Currency::parse("EUR")->code - 0x12U - 0x40U}), std::nullopt);
}

TEST(CurrencyParse, TakesThreeUpperCaseLetters) {
  EXPECT_EQ(Currency::parse("EUR")->text(), "EUR");
  for (const std::string_view bad : {"", "EU", "EURO", "eur", "EU ", "E1R", "@UR", "[UR"}) EXPECT_FALSE(Currency::parse(bad)) << bad;
}

TEST(CheckedAdd, StopsAtTheEndsOfInt64) {
  constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(checked_add(max - 1, 1), max);
  EXPECT_EQ(checked_add(max, 1), std::nullopt);
  EXPECT_EQ(checked_add(min + 1, -1), min);
  EXPECT_EQ(checked_add(min, -1), std::nullopt);
}

}  // namespace
}  // namespace due
