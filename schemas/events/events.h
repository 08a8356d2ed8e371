// schemas/events/events.h
// The facts that come in: plain structs, one per event type, and the envelope they share.
//
//   Source   topics invoices, payments, usage; schemas/json/*.schema.json is the published contract
//   Units    money: minor units of `currency`; dates: business dates; quantity: units of the meter
//   Shape    views point into the record that was decoded (or into the decoder's arena) and live as long as it does
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "schemas/base/event_time.h"
#include "schemas/base/hash.h"
#include "schemas/base/money.h"

namespace due::events {

// due.invoice.issued.v1. Business key: invoice_id.
struct InvoiceIssued {
  std::string_view invoice_id;
  Date issue_date, due_date;
  Currency currency;
  std::int64_t gross_minor = 0;  // >= 0
  std::string_view legal_entity_id = {};  // empty: not said
};

// due.invoice.corrected.v1: a newer version of an invoice that was issued. Business key: invoice_id, version.
struct InvoiceCorrected {
  std::string_view invoice_id;
  std::int64_t version = 0;  // >= 2; the invoice as issued is version 1
  Date issue_date, due_date;
  Currency currency;
  std::int64_t gross_minor = 0;  // >= 0, replaces the former one
};

// due.invoice.cancelled.v1. Business key: cancellation_id.
struct InvoiceCancelled {
  std::string_view cancellation_id, invoice_id;
  Date cancel_date;
  std::string_view legal_entity_id = {};
};

// due.payment.received.v1. Business key: payment_id. invoice_id may be empty: unallocated.
struct PaymentReceived {
  std::string_view payment_id, invoice_id;
  Date value_date;
  Currency currency;
  std::int64_t amount_minor = 0;  // > 0
};

// due.payment.reversed.v1: chargeback, return, reversal or clearing reset of the whole payment. Business key: reversal_id.
struct PaymentReversed {
  std::string_view reversal_id, payment_id;
  Date value_date;
  Currency currency;
  std::int64_t amount_minor = 0;  // > 0, must be the payment's
};

// due.usage.recorded.v1. Business key: usage_id.
struct UsageRecorded {
  std::string_view usage_id, meter;
  bool has_case = false;  // case_id is present and not empty
  std::int64_t quantity = 0;  // >= 0
  EventTime occurred_at;
};

// due.invoice.credited.v1: a credit memo of the sender's, for a part of an invoice or, where invoice_id is empty, of none in particular.
// Business key: credit_memo_id.
struct InvoiceCredited {
  std::string_view credit_memo_id, invoice_id;
  Date credit_date;
  Currency currency;
  std::int64_t amount_minor = 0;  // > 0
};

using Data = std::variant<InvoiceIssued, InvoiceCorrected, InvoiceCancelled, PaymentReceived, PaymentReversed, UsageRecorded,
                          InvoiceCredited>;

struct Event {
  std::string_view id;           // CloudEvents id
  std::string_view source;       // CloudEvents source
  std::string_view customer_id;  // data.customer_id; equals the record's key (checked by intake)
  EventTime time;                // CloudEvents time; where it is missing, the start of the business date
  Hash128 content;               // over the canonical fields of data, typed and optional ones alike; not over bytes or field order
  Data data;
};

// The day on which an event counts: issue, cancel, credit or value date, or the UTC date of occurred_at.
Date business_date(const Event& event);
// Where the event says so: data.issue_date and so on.
std::string_view business_date_field(const Data& data);
// The name of the type on the wire, due.invoice.issued.v1 and so on.
std::string_view type_name(const Data& data);

}  // namespace due::events
