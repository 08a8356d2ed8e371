// stream/postgres/rows/headers.h
// Keys, headers and values that may be any bytes, as columns.
//
//   Errors   none: what is no text is written as hex, or readable with U+FFFD in place of what is not
//   Threads  none
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "schemas/base/header_view.h"

namespace due::postgres {

// UTF-8 without NUL: what PostgreSQL takes as text.
bool is_text(std::string_view bytes);

// [["name","value"],["name",{"hex":"00ff"}]]: in order, nothing lost. Replaces the content of `out`.
void write_headers(std::span<const HeaderView> headers, std::string& out);

// The same text, or for bytes that are none, a legible one.
std::string legible(std::string_view bytes);

}  // namespace due::postgres
