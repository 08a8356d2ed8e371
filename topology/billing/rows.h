// topology/billing/rows.h
// What is stored about credit notes: what an account has reserved, and what the register has drawn.
//
//   Shape    one row each, docs/formats/state.md; a request goes by the hash of its id
//   Units    minor units of the invoice's currency; days since 1970-01-01
//   Errors   StoreFailure for a row of an unknown version, or one that is cut short
//   Clock    none
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/base/event_time.h"
#include "schemas/base/hash.h"

namespace due::topology::billing {

// Of an account task: an amount of an invoice that a credit note was requested for.
struct Reservation {
  //   held ──numbered──► settled
  //     └───refused────► released
  enum class State : std::uint8_t { held, settled, released };
  State state = State::held;
  std::int64_t amount = 0;
  Hash128 invoice;     // the id of its document
  std::string answer;  // settled: the number; released: the reason code

  static Reservation decode(std::string_view value);
  std::string encode() const;
};

// Of the register: the numbers that one series has given. The newest year's alone: dates do not go back.
struct NumberSeries {
  Date last_date;          // of the newest credit note
  std::uint64_t last = 0;  // its number within the year of that date
  std::string name;        // legal entity and document type

  static NumberSeries decode(std::string_view value);
  std::string encode() const;
};

// Of the register: what became of a request, so that it comes out the same when it is asked again.
struct Answered {
  Hash128 content;          // of the request
  std::uint64_t number = 0;  // 0: refused
  Date issue_date;          // of a number
  std::string reason_code;  // of a refusal

  static Answered decode(std::string_view value);
  std::string encode() const;
};

}  // namespace due::topology::billing
