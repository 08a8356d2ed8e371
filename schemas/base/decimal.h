// schemas/base/decimal.h
// Exact decimal numbers: unit prices, exchange rates, shares. A scaled integer; equal numbers are equal values.
//
//   Units    value = unscaled / 10^scale; no zeros at the end of the fraction, so that 1.50 and 1.5 are one number
//   Errors   parse_decimal returns nullopt for anything but [-]digits[.digits], more than 12 decimals, or an integer beyond int64
//   Clock    none
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace due {

struct Decimal {
  std::int64_t unscaled = 0;
  std::uint8_t scale = 0;  // 0 to 12
  constexpr bool operator==(const Decimal&) const = default;
};

inline constexpr std::uint8_t decimal_scale_max = 12;

std::optional<Decimal> parse_decimal(std::string_view text);
std::string format(Decimal number);  // "-0.05"; digits as parse_decimal takes them

}  // namespace due
