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
  Date day;                // booked: the event's business date
  const Account* account = nullptr;
  // booked, of a cancellation
  Invoice* cancelled = nullptr;
  std::int64_t reserved = 0;  // of it, for a credit note that must be requested; 0: for none
  // refused
  codec::Reason reason{};
  std::string field, remedy;
  // waits: under this document, an Invoice or a Payment
  DocumentKey holder;
};

// One event, one Booking.
class Booking {
 public:
  // `now` is task time: as of it master data is known. `scratch` is for reading and writing rows.
  Booking(state::ObjectStore& store, std::string_view customer, EventTime now, std::string& scratch)
      : store_(store),
        owner_(customer),
        customer_(customer),
        now_(now),
        account_(store.find<Account>(owner_.account())),
        scratch_(scratch) {}

  Booked book(const events::Event& event);
  // The parked records that the booked document has released, in order of arrival. Nobody waits for it any more.
  const std::vector<Hash128>& released() const { return released_; }
  // The record that waits goes by this id from now on: into the list of what waits for the document.
  void wait(const Booked& waits, Hash128 record);
  const Owner& owner() const { return owner_; }

  // The account, to be changed; made where it is absent.
  Account& account();
  const Invoice* find_invoice(const DocumentKey& key) const { return may_know(key) ? store_.find<Invoice>(key.key) : nullptr; }

 private:
  Booked invoice_issued(const events::Event& e, const events::InvoiceIssued& d);
  Booked invoice_corrected(const events::Event& e, const events::InvoiceCorrected& d);
  Booked invoice_cancelled(const events::Event& e, const events::InvoiceCancelled& d);
  Booked invoice_credited(const events::Event& e, const events::InvoiceCredited& d);
  Booked payment_received(const events::Event& e, const events::PaymentReceived& d);
  Booked payment_reversed(const events::Event& e, const events::PaymentReversed& d);
  Booked usage_recorded(const events::Event& e, const events::UsageRecorded& d);

  bool room_for(Currency currency, std::int64_t amount) const { return account_ == nullptr || account_->room_for(currency, amount); }
  bool may_know(const DocumentKey& document) const { return account_ != nullptr && account_->may_know(document.mark(), store_.rows()); }
  // What find_invoice() gave, to be changed; made as expected where that was nothing.
  Invoice& edit_invoice(const Invoice* found, const DocumentKey& key);
  std::optional<Payment> find_payment(const DocumentKey& key);  // whose row is in scratch_ then

  enum class Known { fresh, duplicate, conflict };
  Known known(const DocumentKey& key, Hash128 content);
  void remember(const DocumentKey& key, Hash128 content);
  void keep(const DocumentKey& key, const Payment& payment);  // a new one

  void allocate(Account& a, Invoice& i, Payment& p, std::size_t ledger);
  // Changes an invoice and what it contributes to balances: the item's amount left leaves under its old due date, enters under its new one.
  template <class Change>
  void change_item(Account& a, std::size_t ledger, Invoice& i, Change change);

  // The day of an instant: in the zone of the customer's legal entity, where its record names one.
  Date day_of(EventTime at) const;

  state::ObjectStore& store_;
  Owner owner_;
  std::string_view customer_;
  EventTime now_;
  const Account* account_;  // null: nothing is known of the customer
  std::string& scratch_;
  std::vector<Hash128> released_;
};

}  // namespace due::topology
