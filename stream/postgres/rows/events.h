// stream/postgres/rows/events.h
// Rows of the topics that events come in by. Every record is one, whatever it holds: what cannot be read as an event has a refusal and
// its bytes.
//
//   Source   schemas/events, read by the decoder that the tasks use
//   Errors   none
//   Threads  as RowMapper
#pragma once

#include "stream/postgres/rows/table.h"

namespace due::postgres {

Table invoice_events_table();
Table payment_events_table();
Table usage_events_table();
Table control_events_table();

}  // namespace due::postgres
