// topology/account/days.h
// What happened on the newest 180 business dates of one customer, and its sums over windows that end at the newest day.
//
//   Shape    ascending by day, no day of zeros; sums over 30, 90 and 180 days go along with every change, so that asking for them as of
//            the newest day costs nothing
//   Units    as the fields of Day
//   Window   W days at day d: (d - W, d]; what is 180 days or more behind the newest day is gone for good
//   Late     an older day lands in its place; sums as of an older day are added up anew
//   Clock    none: the caller says which day is the newest
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "schemas/base/result.h"
#include "state/api/rows.h"
#include "topology/features/features.h"

namespace due::topology {

inline constexpr std::int32_t days_kept = features::windows_days.back();

// A day out of a stored row, so far behind or ahead of another. Differences of any two of them are numbers; a row with others is damaged.
inline std::int32_t stored_day(std::int32_t from, std::int64_t ahead) {
  const std::int64_t day = from + std::clamp<std::int64_t>(ahead, INT32_MIN, INT32_MAX);
  if (day < INT32_MIN / 2 || day > INT32_MAX / 2) throw state::StoreFailure("state: a row names a day that no calendar has");
  return static_cast<std::int32_t>(day);
}

inline void add_count(std::int32_t& count, std::int32_t change) {
  check(!__builtin_add_overflow(count, change, &count), "a customer with more than two billion documents on one day");
}

struct UsageDay {
  std::int32_t day = 0;
  std::int32_t cases = 0;
  std::int64_t usage = 0;

  struct Sums {
    std::int64_t usage = 0, cases = 0;
    void add(const UsageDay& d) { usage += d.usage, cases += d.cases; }
    void take(const UsageDay& d) { usage -= d.usage, cases -= d.cases; }
    void add(const Sums& s) { usage += s.usage, cases += s.cases; }
  };
  void add(const UsageDay& d) {
    usage += d.usage;
    add_count(cases, d.cases);
  }
  bool zero() const { return (usage | cases) == 0; }
};

struct MoneyDay {
  std::int32_t day = 0;
  std::int32_t invoices = 0, payments = 0, late = 0;
  std::int64_t invoiced = 0, paid = 0, delay = 0;

  struct Sums {
    std::int64_t invoices = 0, invoiced = 0, payments = 0, paid = 0, delay = 0, late = 0;
    void add(const MoneyDay& d) {
      invoices += d.invoices, invoiced += d.invoiced, payments += d.payments, paid += d.paid, delay += d.delay, late += d.late;
    }
    void take(const MoneyDay& d) {
      invoices -= d.invoices, invoiced -= d.invoiced, payments -= d.payments, paid -= d.paid, delay -= d.delay, late -= d.late;
    }
    void add(const Sums& s) {
      invoices += s.invoices, invoiced += s.invoiced, payments += s.payments, paid += s.paid, delay += s.delay, late += s.late;
    }
  };
  void add(const MoneyDay& d) {
    invoiced += d.invoiced, paid += d.paid, delay += d.delay;
    add_count(invoices, d.invoices);
    add_count(payments, d.payments);
    add_count(late, d.late);
  }
  bool zero() const { return (invoices | payments | late | invoiced | paid | delay) == 0; }
};

template <class Day>
class Days {
 public:
  using Sums = std::array<typename Day::Sums, features::windows_days.size()>;  // of 30, 90, 180 days

  std::span<const Day> all() const { return std::span<const Day>(days_).subspan(left_.back()); }
  std::size_t bytes() const { return days_.capacity() * sizeof(Day); }
  void bring_near() const {  // where events change it: the oldest day kept, the newest one
    if (days_.empty()) return;
    __builtin_prefetch(days_.data() + left_.back());
    __builtin_prefetch(&days_.back());
  }

  // Adds to the day that `change` names; at most the newest day. One that has left every window stays gone.
  void add(std::int32_t newest, const Day& change) {
    if (change.day <= newest - days_kept || change.zero()) return;
    for (std::size_t w = 0; w < left_.size(); ++w)
      if (change.day > newest - features::windows_days[w]) sums_[w].add(change);
    auto at = days_.end();
    if (!days_.empty() && days_.back().day >= change.day)
      at = days_.back().day == change.day ? at - 1 : std::lower_bound(days_.begin() + left_.back(), at, change.day, before);
    const auto index = static_cast<std::uint32_t>(at - days_.begin());
    if (at == days_.end() || at->day != change.day) {
      days_.insert(at, change);
      for (std::size_t w = 0; w < left_.size(); ++w)
        if (change.day <= newest - features::windows_days[w]) ++left_[w];
    } else if (at->add(change); at->zero()) {
      days_.erase(at);
      for (std::uint32_t& left : left_)
        if (index < left) --left;
    }
  }

  // The newest day becomes `newest`: days leave windows, and the state when they leave the last.
  void advance(std::int32_t newest) {
    for (std::size_t w = 0; w < left_.size(); ++w)
      for (; left_[w] < days_.size() && days_[left_[w]].day <= newest - features::windows_days[w]; ++left_[w])
        sums_[w].take(days_[left_[w]]);
    if (left_.back() >= 16 && left_.back() * 2 >= days_.size()) forget_gone();
  }

  const Sums& newest_sums() const { return sums_; }
  Sums sums(std::int32_t newest, std::int32_t day) const {
    if (day == newest) return sums_;
    Sums s{};
    const std::span<const Day> kept = all();
    for (auto at = kept.rbegin(); at != kept.rend(); ++at) {
      const std::int32_t age = day - at->day;
      if (age >= days_kept) break;
      if (age < 0) continue;
      s[age < features::windows_days[0] ? 0 : age < features::windows_days[1] ? 1 : 2].add(*at);
    }
    for (std::size_t w = 1; w < s.size(); ++w) s[w].add(s[w - 1]);
    return s;
  }

  // For a reader of stored days: ascending, before any other call.
  void append(std::int32_t newest, const Day& day) {
    days_.push_back(day);
    for (std::size_t w = 0; w < left_.size(); ++w) {
      if (day.day > newest - features::windows_days[w]) {
        sums_[w].add(day);
      } else {
        left_[w] = static_cast<std::uint32_t>(days_.size());
      }
    }
  }
  void reserve(std::size_t n) { days_.reserve(n); }

 private:
  [[gnu::noinline]] void forget_gone() {  // rare; inlined, GCC 12 warns of memory that is not there
    const std::uint32_t gone = left_.back();
    days_.erase(days_.begin(), days_.begin() + gone);
    for (std::uint32_t& left : left_) left -= gone;
  }
  static bool before(const Day& d, std::int32_t day) { return d.day < day; }

  std::vector<Day> days_;
  std::array<std::uint32_t, features::windows_days.size()> left_{};  // how many of days_ have left each window; those of the last are gone
  Sums sums_{};
};

}  // namespace due::topology
