// stream/postgres/rows/dead_letters.h
// Rows of topic dead-letters: the reason out of headers x-err.*, the record as it was received.
//
//   Source   schemas/json/dead-letter.schema.json
//   Errors   as RowMapper: no code, or no origin
//   Threads  as RowMapper
#pragma once

#include "stream/postgres/rows/table.h"

namespace due::postgres {

Table dead_letters_table();

}  // namespace due::postgres
