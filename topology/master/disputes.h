// topology/master/disputes.h
// A dispute of a customer about one of its invoices, and what became of it.
//
//   Source   topic disputes; schemas/events/dispute.h
//   Shape    one row per dispute, which never expires: docs/formats/master-rows.md
//   Units    minor units of the invoice's currency
//   Late     a decision before its dispute waits for it; a dispute before its invoice waits for that
//   Errors   StoreFailure, see rows.h
//   Clock    none
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/base/event_time.h"
#include "schemas/base/hash.h"
#include "schemas/base/money.h"
#include "topology/master/rows.h"

namespace due::topology::master {

class Dispute final : public Row<Dispute> {
 public:
  static state::Key key_of(std::string_view customer, std::string_view dispute_id) {
    const Hash128 owner = hash128(customer);
    return state::Key(state::Kind::dispute).add(owner.high).add(hash128(dispute_id, owner.low));
  }

  enum class Status : std::uint8_t { expected, opened, approved, rejected };
  Status status = Status::expected;
  Hash128 content, decision_content;  // of the events that opened and decided it
  std::string customer_id, dispute_id, invoice_id, line_id, reason_code;
  Currency currency;
  std::int64_t amount = 0;           // contested
  std::int64_t approved_amount = 0;  // of it
  Date opened_on, decided_on;
  EventTime opened_known_at, decided_known_at;
  std::string actor, reason;     // of the decision
  std::vector<Hash128> waiting;  // parked decisions, in order of arrival

  void decode(std::string_view value);
  void encode(ByteWriter& out) const;
  std::size_t bytes() const override;
};

}  // namespace due::topology::master
