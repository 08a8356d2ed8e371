// schemas/events/customer.h
// Who is billed: facts about a customer, each true from a business date on. Names and addresses are kept out: ids are pseudonyms.
//
//   Source   topic customers, keyed by customer_id; schemas/json/customer-*.schema.json
//   Units    credit limit: minor units of `currency`; dates: business dates, both ends included
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "schemas/base/event_time.h"
#include "schemas/base/money.h"

namespace due::events {

// due.customer.created.v1 (version 1), due.customer.changed.v1: the whole record, not a difference. Business key: customer_id, version.
struct CustomerRecorded {
  std::string customer_id;
  std::int64_t version = 1;
  Date valid_from;
  std::optional<Date> valid_to;
  std::string legal_entity_id;  // which of our companies bills this customer
  std::string time_zone;        // of the legal entity, by its IANA name: its business dates are dates there; empty: UTC
  std::string country;          // ISO 3166-1 alpha-2
  Currency currency;            // in which it is billed by default
  bool natural_person = false;
  std::string payment_terms_id;  // empty: none agreed
  std::optional<std::int64_t> payment_terms_days;
  std::optional<std::int64_t> credit_limit_minor;
  std::string payer_id;  // who pays; empty: the customer
  std::string parent_id, risk_segment;
};

// due.customer.deactivated.v1: no longer a customer from `valid_from` on, until a later version says otherwise.
// Business key: customer_id, version.
struct CustomerDeactivated {
  std::string customer_id;
  std::int64_t version = 2;
  Date valid_from;
  std::string reason_code;
};

}  // namespace due::events
