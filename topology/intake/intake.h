// topology/intake/intake.h
// The gate: which decoded records may change state at all. What it refuses goes to the dead letters whole, with its reason.
//
//   Source   DESIGN "Intake"; reasons in schemas/codec/reason.h
//   Errors   a Refusal, never an exception
//   Clock    none: FUTURE_DATED compares with the wall clock that the tick recorded; what tasks tell each other is never too early
#pragma once

#include <optional>
#include <string>

#include "topology/graph/description.h"
#include "topology/graph/logic.h"

namespace due::topology {

// Null: admitted.
std::optional<codec::Refusal> admit(const Prepared& record, const Tick& now, const TaskIdentity& task, const LogicOptions& options);

// The untouched record with headers x-err.* added, into output `dead_letters`. A record too large for that topic with its headers
// goes without its value, which header x-err.truncated says; the input still holds it at x-err.offset.
void dead_letter(const InputRecord& record, const codec::Refusal& why, std::string_view stage, const TaskIdentity& task,
                 std::uint16_t output, Context& context);

}  // namespace due::topology
