// schemas/base/money.h
// Money: integer minor units of one currency. No floating point, no silent overflow.
//
//   Units    minor units (EUR 12.34 is 1234, JPY 100 is 100); Currency is an ISO 4217 code of three upper-case letters
//   Errors   checked_* return nullopt where the sum leaves int64
//   Clock    none
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace due {

// Three letters in the low 24 bits, first letter highest; 0: no currency yet.
struct Currency {
  std::uint32_t code = 0;
  constexpr auto operator<=>(const Currency&) const = default;
  constexpr bool none() const { return code == 0; }
  static constexpr std::optional<Currency> parse(std::string_view text) {
    if (text.size() != 3) return std::nullopt;
    std::uint32_t c = 0;
    for (char letter : text) {
      if (letter < 'A' || letter > 'Z') return std::nullopt;
      c = c << 8 | static_cast<std::uint32_t>(letter);
    }
    return Currency{c};
  }
  std::string text() const {
    return none() ? std::string{} : std::string{static_cast<char>(code >> 16), static_cast<char>(code >> 8), static_cast<char>(code)};
  }
};

// The number of decimals of a currency of the versioned ISO 4217 table; nullopt: not in the table (unknown or withdrawn).
std::optional<int> currency_exponent(Currency currency);

inline std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

}  // namespace due
