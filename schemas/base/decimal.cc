#include "schemas/base/decimal.h"

namespace due {

std::optional<Decimal> parse_decimal(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() || (point != std::string_view::npos && fraction.empty())) return std::nullopt;
  for (const std::string_view part : {whole, fraction})
    if (part.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  if (fraction.size() > decimal_scale_max) return std::nullopt;
  Decimal number;
  number.scale = static_cast<std::uint8_t>(fraction.size());
  for (const std::string_view part : {whole, fraction})
    for (const char digit : part) {
      const std::int64_t d = negative ? '0' - digit : digit - '0';
      if (__builtin_mul_overflow(number.unscaled, std::int64_t{10}, &number.unscaled) ||
          __builtin_add_overflow(number.unscaled, d, &number.unscaled))
        return std::nullopt;
    }
  return number;
}

std::string format(Decimal number) {
  std::string text = std::to_string(number.unscaled);
  const std::size_t sign = number.unscaled < 0 ? 1 : 0;
  if (number.scale == 0) return text;
  if (text.size() - sign <= number.scale) text.insert(sign, number.scale + 1 - (text.size() - sign), '0');
  text.insert(text.size() - number.scale, 1, '.');
  return text;
}

}  // namespace due
