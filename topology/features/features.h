// topology/features/features.h
// The 24 features of one customer, defined once: for serving, for training and for the catalogue that `duestream features` prints.
//
//   Source   window sums and balances of topology/account; definitions in docs/features.md
//   Shape    24 integers in catalogue order: seven for each window of 30, 90 and 180 days, then three balances
//   Units    counts; minor units of the ledger's currency; ratios times 10,000, rounded half up (towards +infinity on a tie)
//   Window   W days at date d: buckets in (d - W, d]
//   Errors   none: a ratio with divisor 0 is 0; one that leaves int64 is clamped to its ends
//   Clock    none
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace due::topology::features {

inline constexpr std::array<std::int32_t, 3> windows_days{30, 90, 180};
inline constexpr std::size_t count = 24;
inline constexpr std::int64_t ratio_scale = 10'000;

// Sums over one window; see docs/features.md for what counts in which bucket.
struct WindowSums {
  std::int64_t invoices = 0, invoiced = 0, payments = 0, paid = 0, delay = 0, late = 0, usage = 0, cases = 0;
};

struct Balances {
  std::int64_t outstanding = 0;  // left of all open items
  std::int64_t overdue = 0;      // of it, due before the event's day
  std::int64_t open = 0;         // open items
};

using Vector = std::array<std::int64_t, count>;

Vector compute(const std::array<WindowSums, 3>& windows, const Balances& balances);

// a / b times ratio_scale, exact, half towards +infinity; 0 where b is 0. b >= 0.
std::int64_t scaled_ratio(std::int64_t a, std::int64_t b);

struct Definition {
  std::string name;        // e.g. paid_ratio_90d
  std::string unit;        // count, minor, days, ratio
  std::int64_t scale = 1;  // the integer on the wire divided by this is the value
  std::string meaning;
};

const std::array<Definition, count>& catalogue();
// 16 hex digits over names, units, scales and meanings in order: what `feature_schema` in a decision names.
const std::string& schema_id();

}  // namespace due::topology::features
