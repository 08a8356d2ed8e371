#include "schemas/base/money.h"

#include <array>
#include <cstddef>

namespace due {
namespace {

// ISO 4217 list one, version 2025-05: active codes that have a minor unit. XCG has replaced ANG, SLE replaced SLL, ZWG replaced ZWL,
// HRK is gone; BGN stays, since invoices up to 2025-12-31 carry it. Codes without a minor unit (XAU, XDR, XXX, ...) are no money here.
// A change of this table changes what is refused, so it belongs to the logic version.
constexpr std::string_view no_decimals = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
constexpr std::string_view two_decimals =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC "
    "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW "
    "KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
    "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN "
    "UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
constexpr std::string_view three_decimals = "BHD IQD JOD KWD LYD OMR TND";
constexpr std::string_view four_decimals = "CLF UYW";

constexpr std::size_t letters = 26;
using Exponents = std::array<std::int8_t, letters * letters * letters>;  // by the three letters as a number; -1: not in the table

constexpr std::size_t slot(char a, char b, char c) {
  return (static_cast<std::size_t>(a - 'A') * letters + static_cast<std::size_t>(b - 'A')) * letters + static_cast<std::size_t>(c - 'A');
}
constexpr void enter(Exponents& table, std::string_view codes, std::int8_t exponent) {
  for (std::size_t at = 0; at + 3 <= codes.size(); at += 4) table[slot(codes[at], codes[at + 1], codes[at + 2])] = exponent;
}
constexpr Exponents exponents = [] {
  Exponents table{};
  for (std::int8_t& e : table) e = -1;
  enter(table, no_decimals, 0);
  enter(table, two_decimals, 2);
  enter(table, three_decimals, 3);
  enter(table, four_decimals, 4);
  return table;
}();

constexpr bool is_letter(std::uint32_t byte) { return byte >= 'A' && byte <= 'Z'; }

}  // namespace

std::optional<int> currency_exponent(Currency currency) {
  const std::uint32_t a = currency.code >> 16;
  const std::uint32_t b = currency.code >> 8 & 0xff;
  const std::uint32_t c = currency.code & 0xff;
  if (!is_letter(a) || !is_letter(b) || !is_letter(c)) return std::nullopt;
  const int exponent = exponents[slot(static_cast<char>(a), static_cast<char>(b), static_cast<char>(c))];
  if (exponent < 0) return std::nullopt;
  return exponent;
}

}  // namespace due
