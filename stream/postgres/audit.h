// stream/postgres/audit.h
// Were ledger rows changed, removed or added since the sink wrote them? Every chain is computed anew from the rows, in one snapshot, and
// compared with its seals, its head, and heads that somebody kept elsewhere.
//
//   Source   docs/formats/ledger-chain.md
//   Shape    findings are sentences that name table and rows; rows between two good links are named by the range that they lie in
//   Errors   stop: the database cannot be read. What is wrong with the rows is a finding, not an error
//   Threads  none
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "schemas/base/result.h"
#include "stream/postgres/ledger/chain.h"

namespace due::postgres {

// A chain and what it came to at one of its rows.
struct KnownLink {
  std::string topic;
  std::int32_t partition = 0;
  std::string task;  // empty: of an input
  std::int64_t seq = 0, rows = 0;
  std::string link;  // 64 hex digits
};

struct Audit {
  std::vector<KnownLink> heads;  // as computed from the rows
  std::vector<std::string> findings;
  std::int64_t rows = 0, seals = 0;
};

struct AuditOptions {
  std::string uri;
  std::vector<KnownLink> kept;                       // heads of an earlier audit
  std::function<void(std::int64_t rows)> progress;  // now and then
};

Result<Audit> audit_database(const AuditOptions& options);

}  // namespace due::postgres
