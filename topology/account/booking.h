// topology/account/booking.h
// Books one event into the state of its customer: deduplicates, keeps documents and balances, allocates payments.
//
//   Source   docs/features.md has the definitions that the bookings implement
//   Units    minor units of the event's currency; business dates
//   Late     a payment before its invoice is booked unallocated and allocated when the invoice comes; a cancellation, correction,
//            credit memo or reversal before its document waits for it
//   Errors   none: what cannot be booked is an outcome, and the state is as before
//   Clock    none
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/codec/reason.h"
#include "schemas/events/events.h"
#include "topology/account/account.h"
#include "topology/account/documents.h"
#include "topology/graph/logic.h"

namespace due::topology {

struct Booked {
  enum class What { booked, duplicate, refused, waits };
  What what = What::booked;
  std::size_t ledger = 0;  // booked: whose balances the decision speaks of
  Account* account = nullptr;
  // refused
  codec::Reason reason{};
  std::string field, remedy;
  // waits: whose `waiting` list takes the record (of an Invoice or a Payment)
  std::vector<std::string>* list = nullptr;
  state::Object* holder = nullptr;
};

class Booking {
 public:
  explicit Booking(state::ObjectStore& store) : store_(store) {}

  Booked book(const events::Event& event);
  // The parked records that the document of this event has released: keys of Waiting rows, in order of arrival. Empties the list.
  std::vector<std::string> released_by(const events::Event& event);

 private:
  Booked invoice_issued(const events::Event& e, const events::InvoiceIssued& d);
  Booked invoice_corrected(const events::Event& e, const events::InvoiceCorrected& d);
  Booked invoice_cancelled(const events::Event& e, const events::InvoiceCancelled& d);
  Booked invoice_credited(const events::Event& e, const events::InvoiceCredited& d);
  Booked payment_received(const events::Event& e, const events::PaymentReceived& d);
  Booked payment_reversed(const events::Event& e, const events::PaymentReversed& d);
  Booked usage_recorded(const events::Event& e, const events::UsageRecorded& d);

  Account& account(std::string_view customer);
  // The same where it has room for another amount in that currency; null: it has not, and nothing was made.
  Account* account_for(std::string_view customer, Currency currency, std::int64_t amount);
  Invoice& invoice(std::string_view customer, std::string_view invoice_id);  // made as expected where absent
  // Books the key as seen, or says that it is a duplicate or a conflict.
  enum class Key { fresh, duplicate, conflict };
  Key seen(std::string_view customer, Seen::Of of, std::string_view id, Hash128 content) const;
  void remember(std::string_view customer, Seen::Of of, std::string_view id, Hash128 content);
  void allocate(Account& a, Invoice& i, Payment& p, std::size_t ledger);
  // Changes an invoice and what it contributes to balances: the item's amount left leaves under its old due date, enters under its new one.
  template <class Change>
  void change_item(Account& a, std::size_t ledger, Invoice& i, Change change);

  state::ObjectStore& store_;
};

}  // namespace due::topology
