// schemas/codec/missing_key.h
// A record of nobody: neither its key nor data.customer_id says whose it is. Decoding finds the latter missing; the key is what to mend.
//
//   Threads  none
#pragma once

#include "schemas/codec/reason.h"

namespace due::codec {

inline bool is_of_nobody(const Refusal& found, bool has_key) {
  return found.reason == Reason::missing_field && found.field == "data.customer_id" && !has_key;
}

}  // namespace due::codec
