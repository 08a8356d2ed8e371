// stream/postgres/rows/headers.h
// Keys, headers and values that may be any bytes, as columns.
//
//   Errors   none: what is no text is written as hex, or readable with U+FFFD in place of what is not
//   Threads  none
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schemas/base/header_view.h"
#include "stream/log/log.h"
#include "stream/postgres/rows/tuple.h"

namespace due::postgres {

// UTF-8 without NUL: what PostgreSQL takes as text.
bool is_text(std::string_view bytes);

// [["name","value"],["name",{"hex":"00ff"}]]: in order, nothing lost. Replaces the content of `out`.
void write_headers(std::span<const HeaderView> headers, std::string& out);

// A column that may be any bytes, or nothing.
void put_bytes(const std::optional<std::string_view>& bytes, TupleWriter& row);
// Columns headers, record, raw of an input's record: headers or null, then the value where it is JSON, then where it is not. `scratch` is
// for the headers.
void put_content(const log::Record& record, std::string& scratch, TupleWriter& row);

// The same text, or for bytes that are none, a legible one.
std::string legible(std::string_view bytes);

}  // namespace due::postgres
