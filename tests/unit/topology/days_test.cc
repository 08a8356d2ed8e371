#include "topology/account/days.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace due::topology {
namespace {

// By the definition, from every change ever made: what was 180 days behind the newest day at any moment is gone for good.
class Naive {
 public:
  void add(std::int32_t newest, const MoneyDay& d) {
    if (d.day > newest - days_kept) days_[d.day].add(d);
  }
  void advance(std::int32_t newest) { std::erase_if(days_, [newest](const auto& d) { return d.first <= newest - days_kept; }); }
  MoneyDay::Sums sum(std::int32_t window, std::int32_t day) const {
    MoneyDay::Sums s;
    for (const auto& [at, d] : days_)
      if (at > day - window && at <= day) s.add(d);
    return s;
  }
  std::size_t size() const {
    return static_cast<std::size_t>(std::count_if(days_.begin(), days_.end(), [](const auto& d) { return !d.second.zero(); }));
  }

 private:
  std::map<std::int32_t, MoneyDay> days_;
};

void expect_equal(const MoneyDay::Sums& a, const MoneyDay::Sums& b) {
  RC_ASSERT(a.invoices == b.invoices && a.invoiced == b.invoiced && a.payments == b.payments && a.paid == b.paid && a.delay == b.delay &&
            a.late == b.late);
}

RC_GTEST_PROP(Days, AddUpWhatTheDefinitionSays, ()) {
  Days<MoneyDay> days;
  Naive naive;
  std::int32_t newest = 20'000;
  const int changes = *rc::gen::inRange(0, 200);
  for (int i = 0; i < changes; ++i) {
    newest += *rc::gen::element(0, 0, 0, 1, 2, 29, 30, 31, 90, 179, 180, 181, 400);
    days.advance(newest);
    naive.advance(newest);
    MoneyDay change{.day = newest - *rc::gen::element(0, 0, 1, 5, 29, 30, 31, 89, 90, 100, 179, 180, 300)};
    change.invoiced = *rc::gen::element(-5, 0, 5);  // some days come to nothing again
    change.payments = *rc::gen::element(0, 1);
    if (i % 7 == 3) change.payments = -change.payments;
    days.add(newest, change);
    naive.add(newest, change);
    const std::int32_t asked = newest - *rc::gen::element(0, 0, 1, 30, 100, 179);
    const auto sums = days.sums(newest, asked);
    for (std::size_t w = 0; w < sums.size(); ++w) expect_equal(sums[w], naive.sum(features::windows_days[w], asked));
    RC_ASSERT(days.all().size() == naive.size());
  }
  Days<MoneyDay> loaded;  // as from its stored form
  for (const MoneyDay& d : days.all()) loaded.append(newest, d);
  for (std::size_t w = 0; w < features::windows_days.size(); ++w)
    expect_equal(loaded.sums(newest, newest)[w], naive.sum(features::windows_days[w], newest));
}

TEST(Days, KeepADayUntilItIs180DaysBehind) {
  Days<UsageDay> days;
  days.add(100, {.day = 100, .usage = 7});
  days.advance(279);
  EXPECT_EQ(days.newest_sums()[2].usage, 7);
  days.advance(280);
  EXPECT_EQ(days.newest_sums()[2].usage, 0);
  EXPECT_TRUE(days.all().empty());
  days.add(280, {.day = 100, .usage = 7});  // gone for good
  EXPECT_TRUE(days.all().empty());
  days.add(280, {.day = 101, .usage = 7});
  EXPECT_EQ(days.newest_sums()[2].usage, 7);
}

}  // namespace
}  // namespace due::topology
