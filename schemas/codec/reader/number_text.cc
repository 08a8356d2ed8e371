#include "schemas/codec/reader/number_text.h"

#include <cstddef>

namespace due::codec {
namespace {

constexpr std::int64_t exponent_max = 10'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// int = zero / (digit1-9 *DIGIT), frac = "." 1*DIGIT, exp = "e" [sign] 1*DIGIT: RFC 8259 section 6.
struct Parts {
  bool valid = false;
  bool negative = false;
  std::string_view whole, fraction;
  bool has_exponent = false;
  std::int64_t exponent = 0;  // saturated just above exponent_max
};

std::string_view digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return text.substr(at, end - at);
}

Parts split(std::string_view text) {
  Parts parts;
  std::size_t at = 0;
  if (at < text.size() && text[at] == '-') {
    parts.negative = true;
    ++at;
  }
  parts.whole = digits_at(text, at);
  if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole[0] == '0')) return parts;
  at += parts.whole.size();
  if (at < text.size() && text[at] == '.') {
    parts.fraction = digits_at(text, at + 1);
    if (parts.fraction.empty()) return parts;
    at += 1 + parts.fraction.size();
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    const bool minus = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::string_view digits = digits_at(text, at);
    if (digits.empty()) return parts;
    parts.has_exponent = true;
    for (const char digit : digits)
      if (parts.exponent <= exponent_max) parts.exponent = parts.exponent * 10 + (digit - '0');
    if (minus) parts.exponent = -parts.exponent;
    at += digits.size();
  }
  parts.valid = at == text.size();
  return parts;
}

}  // namespace

Number read_number(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  const std::string_view digits = text.substr(negative ? 1 : 0);
  // Up to 18 digits cannot leave int64: the way of nearly every number.
  if (!digits.empty() && digits.size() <= 18 && (digits[0] != '0' || digits.size() == 1)) {
    std::int64_t value = 0;
    std::size_t at = 0;
    for (; at < digits.size() && is_digit(digits[at]); ++at) value = value * 10 + (digits[at] - '0');
    if (at == digits.size()) return {Form::integer, negative ? -value : value};
  }
  const Parts parts = split(text);
  if (!parts.valid) return {};
  if (parts.exponent > exponent_max || parts.exponent < -exponent_max) return {Form::excessive, 0};
  if (!parts.fraction.empty() || parts.has_exponent) return {Form::decimal, 0};
  std::int64_t value = 0;
  for (const char digit : parts.whole) {
    const int signed_digit = negative ? '0' - digit : digit - '0';
    if (__builtin_mul_overflow(value, std::int64_t{10}, &value) || __builtin_add_overflow(value, std::int64_t{signed_digit}, &value))
      return {Form::wide_integer, 0};
  }
  return {Form::integer, value};
}

void write_canonical(std::string_view text, std::string& out) {
  const Parts parts = split(text);
  out.clear();
  if (parts.negative) out.push_back('-');
  const std::size_t start = out.size();
  out.append(parts.whole).append(parts.fraction);
  std::int64_t exponent = parts.exponent - static_cast<std::int64_t>(parts.fraction.size());
  const std::size_t first = out.find_first_not_of('0', start);
  if (first == std::string::npos) {
    out = "0e0";
    return;
  }
  out.erase(start, first - start);
  const std::size_t zeros = out.size() - 1 - out.find_last_not_of('0');
  out.resize(out.size() - zeros);
  exponent += static_cast<std::int64_t>(zeros);
  out.push_back('e');
  out += std::to_string(exponent);
}

std::optional<std::int64_t> integral_value(std::string_view canonical) {
  const Parts parts = split(canonical);
  if (!parts.valid || parts.exponent < 0 || parts.exponent > 18) return std::nullopt;
  std::string digits{canonical.substr(0, canonical.find('e'))};
  digits.append(static_cast<std::size_t>(parts.exponent), '0');
  const Number number = read_number(digits == "-0" ? "0" : digits);
  if (number.form != Form::integer) return std::nullopt;
  return number.integer;
}

}  // namespace due::codec
