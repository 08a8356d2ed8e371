// topology/account/account.h
// What is remembered of one customer: usage and money by day, what is owed by due date, and which documents are known.
//
//   Shape    one row, as long as there are few open items and few documents; these get pages of their own beyond that, so that an event
//            changes two or three rows of a few kilobytes at most, however large the customer (docs/formats/state.md)
//   Units    minor units of the ledger's currency; days since 1970-01-01
//   Window   days.h: W days at day d are (d - W, d]; an event 180 days or more behind the newest day changes balances alone
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
#include "topology/account/days.h"
#include "topology/account/documents.h"
#include "topology/account/due_ladder.h"
#include "topology/account/known_documents.h"
#include "topology/features/features.h"

namespace due::topology {

class Account final : public state::Object {
 public:
  Account(std::string_view customer, const Owner& owner) : customer_(customer), owner_(owner) {}
  static std::unique_ptr<Account> load(const state::Key& key, state::RowReader& rows);

  Date day() const { return {newest_day_}; }  // the newest business date seen
  // The account's day becomes at least `day`; what left every window goes.
  void advance(Date day);

  // The ledger of a currency; made when it is new. The first ledger takes the first currency.
  std::size_t ledger_of(Currency currency);
  Currency currency(std::size_t ledger) const { return ledgers_[ledger].currency; }
  std::size_t ledger_count() const { return ledgers_.size(); }

  // Whether that ledger, made or not, has room for another amount.
  bool room_for(Currency currency, std::int64_t amount) const;
  void add_turnover(std::size_t ledger, std::int64_t amount) { ledgers_[ledger].turnover += amount; }  // there is room

  // Does its customer's record name a time zone? Then days of usage are days there; else nobody need look it up.
  bool zoned() const { return zoned_; }
  void set_zoned() { zoned_ = true; }

  // The account's day becomes at least that of `change`. False: the usage of all days that are kept would leave int64, and nothing was
  // changed.
  bool add_usage(const UsageDay& change);
  // To the day that `change` names, at most the account's day. One that has left every window stays gone.
  void add(std::size_t ledger, const MoneyDay& change) { ledgers_[ledger].money.add(newest_day_, change); }
  void change_due(std::size_t ledger, Date due, std::int64_t left, std::int64_t items) {
    ledgers_[ledger].due.change(newest_day_, due.days, left, items);
  }

  std::array<features::WindowSums, 3> windows(std::size_t ledger, Date day) const;
  features::Balances balances(std::size_t ledger, Date day) const;

  // Is there perhaps a document of this mark? False: certainly not.
  bool may_know(std::uint32_t mark, state::RowReader& rows) const { return known_.may_hold(mark, {known_pages(), rows}); }
  std::size_t documents_known() const { return known_.count(); }
  void know(std::uint32_t mark, state::RowReader& rows) { known_.add(mark, {known_pages(), rows}); }

  void encode_changes(state::RowSink& sink) override;
  std::size_t bytes() const override;
  void bring_near() const override;

 private:
  struct Ledger {
    Currency currency;          // none() until the first money event, in the first ledger only
    std::int64_t turnover = 0;  // sum of all amounts ever booked, which bounds every other sum of money below int64
    Days<MoneyDay> money;
    DueLadder due;
  };
  bool room_for_usage(std::int32_t day, std::int64_t quantity) const;
  state::Key known_pages() const { return owner_.page('k', 0); }
  state::Key due_pages(std::size_t ledger) const { return owner_.page('d', static_cast<std::uint8_t>(ledger)); }
  std::size_t encoded_max() const;

  std::string customer_;
  Owner owner_;
  std::int32_t newest_day_ = INT32_MIN / 2;  // long before any date
  Days<UsageDay> usage_;
  std::vector<Ledger> ledgers_{1};
  KnownDocuments known_;
  bool zoned_ = false;
  Hash128 stored_;
};

}  // namespace due::topology
