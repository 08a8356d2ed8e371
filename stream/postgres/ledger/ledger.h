// stream/postgres/ledger/ledger.h
// The tables as the sink sees them: taken over once, then one transaction per batch, each there exactly once.
//
//   Source   DESIGN "PostgreSQL": rows and positions in one transaction, positions compared and set
//   Errors   retry: call again after reopen(); a batch that was committed in doubt is recognised by its positions.
//            stop: superseded by a newer sink of that name, a repeat that differs, a missing right, anything unknown
//   Threads  one at a time
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/postgres/ledger/batch.h"
#include "stream/postgres/ledger/connection.h"
#include "stream/postgres/ledger/repeat.h"
#include "stream/postgres/rows/table.h"

namespace due::postgres {

struct Written {
  std::vector<std::int64_t> inserted;  // by table
  std::int64_t repeated = 0;           // there already, and the same
};

class Ledger {
 public:
  struct Options {
    Connection::Options connection;
    std::string sink;                  // its name
    std::vector<const Table*> tables;  // what Target::table counts
  };
  // The connection is open and its schema is there.
  Ledger(Options options, std::unique_ptr<Connection> connection);

  // Checks rights, takes over from older sinks of that name, and says where to go on.
  Result<Attached> attach(const std::vector<Target>& targets);
  Result<Written> write(const Batch& batch);
  // Columns of table feature, each with an element per feature.
  struct Features {
    std::vector<std::string> names, units, meanings;
    std::vector<std::int64_t> scales;
  };
  Status describe_features(const std::string& schema, const Features& features);
  // A fresh connection, after `retry`.
  Status reopen();
  // Did a newer sink of this name take over? Then nothing of ours will ever be written again.
  bool superseded() const { return superseded_; }

 private:
  Status check_rights();
  Result<std::int64_t> take_over();
  void end_older_sessions();
  std::optional<Error> superseded_by(pqxx::transaction_base& tx);
  Status occupy(pqxx::transaction_base& tx, const std::vector<Target>& targets);
  Result<Attached> read_state(pqxx::transaction_base& tx, const std::vector<Target>& targets);

  enum class Mode { append, reconcile };  // reconcile: rows of this batch may be there already
  Result<Written> write(const Batch& batch, Mode mode);
  bool move(pqxx::transaction_base& tx, const Batch& batch);
  Result<Written> why_not_moved(pqxx::transaction_base& tx, const Batch& batch);
  void append(pqxx::transaction_base& tx, std::size_t table, const Rows& rows);
  Status reconcile(pqxx::transaction_base& tx, std::size_t table, const Rows& rows, Written& all);
  std::optional<std::string> compare(pqxx::transaction_base& tx, std::size_t table, const Run& run, Rows& missing, std::int64_t& repeated);
  void write_chains(pqxx::transaction_base& tx, const Batch& batch);

  const Options options_;
  std::vector<std::string> copy_targets_, select_lists_;  // by table
  std::unique_ptr<Connection> connection_;
  std::int64_t epoch_ = 0;
  bool superseded_ = false;
};

}  // namespace due::postgres
