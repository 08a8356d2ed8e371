#include "schemas/codec/reason.h"

#include <array>
#include <cstddef>

namespace due::codec {

std::string_view reason_code(Reason reason) {
  static constexpr std::array<std::string_view, 21> codes = {
      "EMPTY_VALUE",   "NOT_JSON",      "NOT_CLOUDEVENT", "UNKNOWN_TYPE", "MISSING_FIELD", "DUPLICATE_FIELD",     "WRONG_TYPE",
      "BAD_DATE",      "BAD_TIME",      "BAD_CURRENCY",   "AMOUNT_OUT_OF_RANGE", "TEXT_TOO_LONG", "INCONSISTENT", "MISSING_KEY",
      "WRONG_KEY",     "WRONG_PARTITION", "FUTURE_DATED", "CONFLICT",     "UNKNOWN_REFERENCE", "CURRENCY_MISMATCH", "OVERSIZED_OUTPUT"};
  static_assert(codes.size() == static_cast<std::size_t>(Reason::oversized_output) + 1);
  return codes[static_cast<std::size_t>(reason)];
}

}  // namespace due::codec
