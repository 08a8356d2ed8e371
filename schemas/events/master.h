// schemas/events/master.h
// Facts that are not documents: master data of customers, what every task is told, and what tasks tell each other. They own their texts:
// they are few, and kept.
//
//   Source   topics customers, contracts, disputes (co-partitioned), fx-rates, provider-rules, controls (broadcast),
//            credit-note-requests, credit-note-outcomes (internal)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "schemas/base/hash.h"
#include "schemas/events/contract.h"
#include "schemas/events/control.h"
#include "schemas/events/credit_note.h"
#include "schemas/events/customer.h"
#include "schemas/events/dispute.h"
#include "schemas/events/fx_rate.h"

namespace due::events {

using MasterData = std::variant<CustomerRecorded, CustomerDeactivated, ContractAgreed, DisputeOpened, DisputeApproved, DisputeRejected,
                                FxRatePublished, ProviderRuleAgreed, Control, CreditNoteRequested, CreditNoteNumbered, CreditNoteRefused>;

struct MasterEvent {
  std::string id, source;  // CloudEvents id and source
  EventTime time;          // CloudEvents time, which master data must have: when it was said
  Hash128 content;         // over the canonical fields of data; equal facts in another spelling are equal content
  MasterData data;
};

// The customer whose record it is, which must be its key; nullopt: it is of no customer (broadcast), or told to the register.
std::optional<std::string_view> customer_of(const MasterData& data);

}  // namespace due::events
