// state/api/row_key.h
// Keys of rows: kind ‖ length-prefixed customer ‖ rest, so that a customer's rows of a kind lie together.
#pragma once

#include <string>
#include <string_view>

#include "schemas/base/bytes.h"

namespace due::state {

// Kinds in use; a kind is never given another meaning.
enum class Kind : char {
  account = 'A',       // balances, newest day
  buckets = 'B',       // pages of day buckets
  invoice = 'I',       // an invoice with what is paid of it; its dedup key
  due_ladder = 'L',    // pages of open amounts by due date
  meta = 'M',          // the task's meta row
  payment = 'P',       // a payment; its dedup key
  seen = 'S',          // dedup keys of usage, cancellations, reversals, corrections
  waiting = 'W',       // parked records
};

inline void append_key(std::string& out, Kind kind, std::string_view customer) {
  out.push_back(static_cast<char>(kind));
  ByteWriter(out).text(customer);
}
inline std::string make_key(Kind kind, std::string_view customer, std::string_view rest = {}) {
  std::string key;
  key.reserve(2 + customer.size() + rest.size());
  append_key(key, kind, customer);
  key.append(rest);
  return key;
}

}  // namespace due::state
