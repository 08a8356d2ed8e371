// schemas/codec/reason.h
// Why a record is refused. Codes are a published contract: names never change, new ones are appended.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace due::codec {

enum class Reason {
  empty_value,        // null or zero-length value
  not_json,           // not one complete JSON object in valid UTF-8
  not_cloudevent,     // specversion, id, source or type missing or wrong
  unknown_type,       // a type that this version does not know
  missing_field,
  duplicate_field,    // a name twice in one object: two readings of one text
  wrong_type,         // a string where a number belongs, a fraction where an integer belongs, ...
  bad_date,
  bad_time,
  bad_currency,
  amount_out_of_range,
  text_too_long,      // an id above 64 bytes, an empty one, one with control characters; a text above 4096 bytes or with NUL
  inconsistent,       // fields that contradict each other: net + tax != gross, lines that do not add up, ...
  missing_key,        // the record has no key
  wrong_key,          // the key is not data.customer_id
  wrong_partition,    // murmur2 of the key names another partition
  future_dated,       // more than future.max ahead of the wall clock of the tick
  conflict,           // same business key, other content, and no newer version
  unknown_reference,  // parked for its invoice or payment, which did not come in time
  currency_mismatch,  // another currency than the document it refers to
  oversized_output,   // what it would cause does not fit the output topic
  unknown_value,      // a word that is not in the list of its field
  schema_frame,       // a schema registry's frame, and none is configured
  skipped_by_control,  // nothing is known to be wrong with it: people ordered that it be passed over
};
inline constexpr std::size_t reason_count = static_cast<std::size_t>(Reason::skipped_by_control) + 1;

// EMPTY_VALUE, ...: as on the wire.
constexpr std::string_view reason_code(Reason reason) {
  constexpr std::array<std::string_view, reason_count> codes = {
      "EMPTY_VALUE",   "NOT_JSON",      "NOT_CLOUDEVENT", "UNKNOWN_TYPE", "MISSING_FIELD", "DUPLICATE_FIELD",     "WRONG_TYPE",
      "BAD_DATE",      "BAD_TIME",      "BAD_CURRENCY",   "AMOUNT_OUT_OF_RANGE", "TEXT_TOO_LONG", "INCONSISTENT", "MISSING_KEY",
      "WRONG_KEY",     "WRONG_PARTITION", "FUTURE_DATED", "CONFLICT",     "UNKNOWN_REFERENCE", "CURRENCY_MISMATCH", "OVERSIZED_OUTPUT",
      "UNKNOWN_VALUE", "SCHEMA_FRAME",  "SKIPPED_BY_CONTROL"};
  static_assert(!codes.back().empty());
  return codes[static_cast<std::size_t>(reason)];
}

struct Refusal {
  Reason reason;
  std::string field;   // JSON path of the culprit, empty: the whole record
  std::string remedy;  // one sentence for the person who publishes it: what is wrong, what would be right
};

}  // namespace due::codec
