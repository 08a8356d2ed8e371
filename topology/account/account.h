// topology/account/account.h
// What is remembered of one customer: balances, day buckets and open amounts by due date, per currency.
//
//   Shape    one header row, one row per page of 32 days of buckets and per page of due dates: an event changes two or three rows,
//            however large the customer
//   Units    minor units of the ledger's currency; days since 1970-01-01
//   Window   a bucket is one business date; kept while it is newer than newest_day - 180; W days at d is (d - W, d]
//   Late     an older event lands in its own bucket; 180 days or more behind the newest day it changes balances alone
//   Errors   StoreFailure for a stored row of an unknown version
//   Clock    none: the newest business date seen is the account's day
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "schemas/base/event_time.h"
#include "schemas/base/money.h"
#include "state/api/object.h"
#include "topology/features/features.h"

namespace due::topology {

struct DayBucket {
  std::int32_t day = 0;
  features::WindowSums sums;
};

struct DuePoint {
  std::int32_t day = 0;
  std::int64_t left = 0;   // of open items due on that day
  std::int64_t items = 0;  // how many
};

// A stored page: days [32 n, 32 n + 32).
struct Page {
  std::int32_t number = 0;
  Hash128 stored;
  bool changed = false;
};

struct Ledger {
  Currency currency;             // none() until the first money event, in the first ledger only
  std::int64_t outstanding = 0;
  std::int64_t open = 0;
  std::int64_t turnover = 0;     // sum of all amounts ever booked, which bounds every other sum of money below int64
  std::vector<DayBucket> buckets;  // ascending by day
  std::vector<DuePoint> due;       // ascending by day, no empty point
  std::vector<Page> bucket_pages, due_pages;
};

class Account final : public state::Object {
 public:
  static constexpr std::int32_t days_kept = 180;

  static std::string key_of(std::string_view customer);
  static std::unique_ptr<Account> create(std::string_view customer);
  static std::unique_ptr<state::Object> load(std::string_view key, state::RowReader& rows);

  // The account's day becomes at least `day`; buckets that left every window go.
  void advance(Date day);

  // The ledger of a currency; made when it is new. The first ledger takes the first currency, and all usage.
  std::size_t ledger_of(Currency currency);
  // Whether that ledger, made or not, has room for another amount.
  bool room_for(Currency currency, std::int64_t amount) const;
  Ledger& ledger(std::size_t index) { return ledgers_[index]; }
  const Ledger& ledger(std::size_t index) const { return ledgers_[index]; }
  std::size_t ledger_count() const { return ledgers_.size(); }

  // The bucket of a day, made when it is new; null: the day has left every window.
  features::WindowSums* bucket(std::size_t ledger, Date day);
  // Usage on a day, in the first ledger; the account's day becomes at least that day. False: the usage of all days that are kept
  // would leave int64, and nothing was changed.
  bool add_usage(Date day, std::int64_t quantity, bool has_case);
  void change_due(std::size_t ledger, Date due, std::int64_t left, std::int64_t items);

  std::array<features::WindowSums, 3> windows(std::size_t ledger, Date day) const;
  features::Balances balances(std::size_t ledger, Date day) const;

  void encode_changes(state::RowSink& sink) override;
  std::size_t bytes() const override;

 private:
  std::string_view customer() const { return customer_; }
  bool room_for_usage(Date day, std::int64_t quantity) const;
  void encode_pages(state::RowSink& sink, std::size_t ledger);
  void load_pages(state::RowReader& rows);

  std::string customer_;
  std::int32_t newest_day_ = INT32_MIN;
  std::vector<Ledger> ledgers_{1};
  std::int64_t usage_kept_ = 0;  // over the buckets that are kept, which bounds every window; follows from them, so it is not stored
  Hash128 stored_header_;
};

}  // namespace due::topology
