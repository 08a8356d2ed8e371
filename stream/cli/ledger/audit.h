// stream/cli/ledger/audit.h
// `duestream audit`: proves that ledger rows in PostgreSQL are what the sink wrote, or says where they are not.
#pragma once

#include <string>

#include "stream/cli/wire.h"

namespace due::cli {

struct AuditArguments {
  std::string to;      // the database, as libpq takes it
  std::string expect;  // file of heads that an earlier audit wrote
  std::string heads;   // file to write the present ones to
  bool json = false;
};

int audit(const AuditArguments& arguments);

}  // namespace due::cli
