#include "topology/features/features.h"

#include "schemas/base/hash.h"
#include "schemas/base/int128.h"

namespace due::topology::features {

// floor((2a * scale + b) / 2b): exact on every tie. In 128 bits, where 64 are not certain to hold it.
std::int64_t scaled_ratio(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t small = INT64_MAX / (8 * ratio_scale);
  if (b <= 0) return 0;
  if (a >= 0 && a <= small && b <= small) return (2 * a * ratio_scale + b) / (2 * b);
  const Int128 divisor = static_cast<Int128>(b) * 2;
  const Int128 dividend = static_cast<Int128>(a) * 2 * ratio_scale + b;
  Int128 quotient = dividend / divisor;
  if (dividend % divisor < 0) --quotient;
  if (quotient > INT64_MAX) return INT64_MAX;
  if (quotient < INT64_MIN) return INT64_MIN;
  return static_cast<std::int64_t>(quotient);
}

Vector compute(const std::array<WindowSums, 3>& windows, const Balances& balances) {
  Vector v{};
  std::size_t i = 0;
  for (const WindowSums& w : windows) {
    v[i++] = w.invoices;
    v[i++] = w.invoiced;
    v[i++] = scaled_ratio(w.delay, w.payments);
    v[i++] = scaled_ratio(w.late, w.payments);
    v[i++] = scaled_ratio(w.paid, w.invoiced);
    v[i++] = w.usage;
    v[i++] = scaled_ratio(w.usage, w.cases);
  }
  v[i++] = balances.outstanding;
  v[i++] = balances.overdue;
  v[i++] = balances.open;
  return v;
}

const std::array<Definition, count>& catalogue() {
  static const std::array<Definition, count> all = [] {
    std::array<Definition, count> d;
    std::size_t i = 0;
    for (const std::int32_t days : windows_days) {
      const std::string w = "_" + std::to_string(days) + "d";
      const std::string in = " of the newest " + std::to_string(days) + " days";
      d[i++] = {"invoices" + w, "count", 1, "invoices issued" + in};
      d[i++] = {"invoiced" + w, "minor", 1, "gross of invoices issued" + in};
      d[i++] = {"avg_delay" + w, "days", ratio_scale, "delay of allocated payments (value date - due date) over all payments" + in};
      d[i++] = {"late_share" + w, "ratio", ratio_scale, "payments allocated after their due date over all payments" + in};
      d[i++] = {"paid_ratio" + w, "ratio", ratio_scale, "amount paid over amount invoiced" + in};
      d[i++] = {"usage" + w, "units", 1, "quantity used" + in};
      d[i++] = {"usage_per_case" + w, "units", ratio_scale, "quantity used over usage events with a case" + in};
    }
    d[i++] = {"outstanding", "minor", 1, "what is left of all open items"};
    d[i++] = {"overdue", "minor", 1, "what is left of open items due before the event's day"};
    d[i++] = {"open_items", "count", 1, "open items"};
    return d;
  }();
  return all;
}

const std::string& schema_id() {
  static const std::string id = [] {
    RunningHash h;
    for (const Definition& d : catalogue()) {
      h.add(d.name);
      h.add(d.unit);
      h.add(std::to_string(d.scale));
      h.add(d.meaning);
    }
    return h.value().hex().substr(0, 16);
  }();
  return id;
}

}  // namespace due::topology::features
