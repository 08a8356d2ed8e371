// stream/postgres/ledger/migrations.h
// schemas/postgres/NNNN_*.sql, compiled in, applied in order. Safe to repeat, and when two programs start at once.
//
//   Errors   stop: a newer schema than this program knows, a migration with another text, or no right to create what is missing
//   Threads  none
#pragma once

#include <span>
#include <string_view>

#include "stream/postgres/ledger/connection.h"

namespace due::postgres {

struct Migration {
  int version;
  std::string_view name, sql;
};
std::span<const Migration> migrations();  // by version, without gaps

enum class Migrate { apply, check };  // check: whatever is missing is an error

// How many were applied now.
Result<int> migrate(Connection& connection, Migrate how);

}  // namespace due::postgres
