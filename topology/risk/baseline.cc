#include "topology/risk/baseline.h"

namespace due::topology::risk {

Verdict judge(const features::WindowSums& w, std::int64_t outstanding, Currency currency, const LogicOptions& options) {
  Verdict v;
  v.delay = w.delay;
  v.payments = w.payments;
  v.delay_days_max = options.delay_days_max;
  v.slow = w.payments > 0 && static_cast<__int128>(w.delay) > static_cast<__int128>(options.delay_days_max) * w.payments;
  v.outstanding = outstanding;
  v.outstanding_max = options.unpaid_units_max;
  for (int digits = currency_exponent(currency).value_or(2); digits > 0; --digits) v.outstanding_max *= 10;
  v.large = outstanding > v.outstanding_max;
  return v;
}

}  // namespace due::topology::risk
