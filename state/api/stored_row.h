// The shape of every reader of a stored row: its version byte, then its content, and nothing behind.
//
//   Errors   StoreFailure for a row of an unknown version, or one that is cut short or too long: it names the kind of the row
//   Clock    none
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/base/bytes.h"
#include "state/api/rows.h"

namespace due::state {

// `fill` reads what stands behind the version byte. `what` names the row in messages.
template <class Fill>
void read_row(std::string_view value, std::uint8_t version, const char* what, Fill fill) {
  ByteReader r(value);
  if (r.byte() != version) throw StoreFailure(std::string("state: a stored ") + what + " has a version that this program does not know");
  fill(r);
  if (!r.ok() || !r.done()) throw StoreFailure(std::string("state: a stored ") + what + " is cut short or too long");
}

}  // namespace due::state
