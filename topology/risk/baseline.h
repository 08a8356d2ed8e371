// topology/risk/baseline.h
// The baseline rule: HIGH where a customer pays late on average or owes too much, else LOW. Decides until a model is approved.
//
//   Source   windows and balances of topology/account, thresholds of LogicOptions
//   Units    days; minor units of the ledger's currency
//   Clock    none
#pragma once

#include <cstdint>

#include "schemas/base/money.h"
#include "topology/features/features.h"
#include "topology/graph/description.h"

namespace due::topology::risk {

// The verdict with the numbers that caused it.
struct Verdict {
  bool slow = false;   // AVG_DELAY_180D: delay over the newest 180 days exceeds payments * threshold
  bool large = false;  // OUTSTANDING: more is owed than the threshold
  std::int64_t delay = 0, payments = 0, delay_days_max = 0;
  std::int64_t outstanding = 0, outstanding_max = 0;
  bool high() const { return slow || large; }
};

Verdict judge(const features::WindowSums& newest_180_days, std::int64_t outstanding, Currency currency, const LogicOptions& options);

}  // namespace due::topology::risk
