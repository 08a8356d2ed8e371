// schemas/events/dispute.h
// A customer contests an invoice, and what became of it.
//
//   Source   topic disputes, keyed by customer_id; schemas/json/dispute-*.schema.json
//   Units    minor units of `currency`, which is the invoice's
#pragma once

#include <cstdint>
#include <string>

#include "schemas/base/event_time.h"
#include "schemas/base/money.h"

namespace due::events {

// due.dispute.opened.v1. Business key: dispute_id.
struct DisputeOpened {
  std::string customer_id, dispute_id, invoice_id;
  std::string line_id;  // empty: the invoice as a whole
  Date opened_on;
  Currency currency;
  std::int64_t amount_minor = 0;  // > 0: what is contested, tax included
  std::string reason_code;
};

// due.dispute.approved.v1: we owe `amount_minor` of it back. Business key: dispute_id; a dispute is decided once.
struct DisputeApproved {
  std::string customer_id, dispute_id;
  Date decided_on;
  Currency currency;
  std::int64_t amount_minor = 0;  // > 0, at most what is contested
  std::string actor, reason;
};

// due.dispute.rejected.v1. Business key: dispute_id; a dispute is decided once.
struct DisputeRejected {
  std::string customer_id, dispute_id;
  Date decided_on;
  std::string actor, reason;
};

}  // namespace due::events
