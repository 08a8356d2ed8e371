// topology/master/processors.h
// What becomes of one event of master data: one processor per topic, each in a file of its own.
//
//   Errors   none: what cannot be applied is an outcome, and the state is as before
//   Clock    none: `known_at` is task time
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schemas/codec/reason.h"
#include "schemas/events/master.h"
#include "state/api/object.h"

namespace due::topology::master {

// The invoice that a dispute is about, as it is booked.
struct Contested {
  Currency currency;
  std::int64_t claim = 0;  // gross less credited
  bool cancelled = false;
};

struct Told {
  const events::MasterEvent& event;
  EventTime known_at;
  state::ObjectStore& store;
};

struct Applied {
  enum class What { applied, duplicate, refused, waits };
  What what = What::applied;
  codec::Refusal refusal{};        // refused
  std::vector<Hash128> released{};  // applied: parked records that waited for it, in order of arrival
};

Applied duplicate();
Applied refused(codec::Reason reason, std::string field, std::string remedy);
Applied conflict(std::string field, const std::string& what);  // what: "version 3 of customer C1"

Applied apply(const Told& told, const events::CustomerRecorded& fact);
Applied apply(const Told& told, const events::CustomerDeactivated& fact);
Applied apply(const Told& told, const events::ContractAgreed& fact);
Applied apply(const Told& told, const events::DisputeOpened& fact, const Contested& invoice);
Applied apply(const Told& told, const events::DisputeApproved& fact);
Applied apply(const Told& told, const events::DisputeRejected& fact);

// A parked decision waits for this dispute from now on.
void await_dispute(state::ObjectStore& store, const std::string& customer, const std::string& dispute_id, Hash128 record);

}  // namespace due::topology::master
