// schemas/events/credit_note.h
// How an account task and the register speak about a credit note: what is asked for, and what became of it.
//
//   Source   topics credit-note-requests (keyed by legal entity and document type) and credit-note-outcomes (keyed by customer_id), both
//            internal; schemas/json/credit-note-*.schema.json
//   Shape    a request goes by its id, which follows from what caused it: asked again it is the same request, and its answer the same
//   Units    minor units of `currency`; business dates
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/base/event_time.h"
#include "schemas/base/money.h"

namespace due::events {

inline constexpr std::string_view credit_note_type = "381";  // UNTDID 1001

// due.credit-note.requested.v1: the amount is reserved on the invoice. Business key: request_id.
struct CreditNoteRequested {
  std::string request_id;
  std::string legal_entity_id;
  std::string document_type;    // UNTDID 1001
  std::string time_zone;        // of the legal entity, by its IANA name; empty: UTC
  std::string customer_id, invoice_id;
  Date invoice_date;            // on which the invoice was issued
  std::string cancellation_id;  // what asks for it
  Currency currency;
  std::int64_t amount_minor = 0;     // > 0
  std::int64_t remaining_minor = 0;  // of the invoice, that could be credited yet once this is
};

// due.credit-note.numbered.v1: it is issued. Business key: request_id.
struct CreditNoteNumbered {
  std::string request_id, customer_id, invoice_id;
  std::string number;
  Date issue_date;
  Currency currency;
  std::int64_t amount_minor = 0;
};

// due.credit-note.refused.v1: it will never be issued; the reservation ends. Business key: request_id.
struct CreditNoteRefused {
  std::string request_id, customer_id, invoice_id;
  Currency currency;
  std::int64_t amount_minor = 0;
  std::string reason_code, remedy;
};

}  // namespace due::events
