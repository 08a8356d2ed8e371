// topology/billing/credit_note_text.h
// A credit note and what is said about it, as structured CloudEvents: schemas/json/credit-note-*.schema.json, whose examples are these
// to the byte.
//
//   Units    minor units of the currency; business dates
//   Clock    none: `time` is handed in
#pragma once

#include <span>
#include <string>

#include "schemas/base/event_time.h"
#include "schemas/base/header_view.h"
#include "schemas/events/credit_note.h"

namespace due::topology::billing {

// What one series of numbers belongs to, and the key of its requests: legal entity and document type.
std::string series_of(const events::CreditNoteRequested& request);
// CN-2025-000001: the n-th credit note of a legal entity in the year of its issue date.
std::string number_text(Date issue_date, std::uint64_t n);

std::string as_text(const events::CreditNoteRequested& request, EventTime time);
std::string as_text(const events::CreditNoteNumbered& outcome, EventTime time);
std::string as_text(const events::CreditNoteRefused& outcome, EventTime time);
std::string credit_note_text(const events::CreditNoteRequested& request, const std::string& number, Date issue_date, EventTime time);

// Of what tasks tell each other. What follows from history is history too: it is judged as of its own time. Empty: those of every output.
std::span<const HeaderView> headers_of_internal(bool history);

}  // namespace due::topology::billing
