// schemas/codec/reader/number_text.h
// JSON numbers as text: their grammar, their int64 where they have one, and one spelling for equal values. No floating point.
//
//   Units    none; canonical form: [-]digits without leading or trailing zeros, then e, then the power of ten; zero is "0e0"
//   Errors   Form::invalid: not a JSON number; Form::excessive: an exponent beyond +-10000
//   Clock    none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace due::codec {

enum class Form : std::uint8_t { invalid, integer, wide_integer, decimal, excessive };

struct Number {
  Form form = Form::invalid;
  std::int64_t integer = 0;  // of Form::integer
};

Number read_number(std::string_view text);

// The canonical form of a decimal or wide integer, into `out`, which is replaced. `text` must have been read as one of these forms.
void write_canonical(std::string_view text, std::string& out);

// The int64 that a canonical form stands for, if it is one: "12e1" is 120, so that 120, 120.0 and 1.2e2 are one number.
std::optional<std::int64_t> integral_value(std::string_view canonical);

}  // namespace due::codec
