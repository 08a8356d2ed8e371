// stream/postgres/ledger/repeat.h
// The rule for repeats: a row that is there already must be the same, byte for byte, but for where in the log it was met.
//
//   Errors   a sentence that names the row, the first column that differs, and both values
//   Threads  none
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/postgres/rows/table.h"

namespace due::postgres {

// Rows of one chain that follow each other in the table's order, as views into what was handed in.
struct Run {
  std::int32_t partition = 0;
  std::string_view task;
  std::vector<std::pair<std::int64_t, std::string_view>> rows;  // by seq, each once
};

// Sorts `tuples` into runs; a row that is in it twice must be the same as well.
struct Sorted {
  std::vector<Run> runs;
  std::optional<std::string> conflict;
};
Sorted sort_rows(const Table& table, std::string_view tuples);

// Nothing: the same. The record may lie elsewhere in the log: log_offset and logged_at of an output are compared only where the
// offset is the same.
std::optional<std::string> difference(const Table& table, std::string_view stored, std::string_view repeat);

}  // namespace due::postgres
