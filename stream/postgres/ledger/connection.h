// stream/postgres/ledger/connection.h
// A session with PostgreSQL, and the one place where what libpqxx throws becomes an Error. Private to stream/postgres.
//
//   Errors   retry: the server is away, restarting, read-only, out of room, or ended our work (deadlock, timeout, in doubt): repeat on a
//            fresh connection. stop: anything else, with the server's words
//   Threads  one at a time
#pragma once

#include <pqxx/pqxx>

#include <memory>
#include <string>
#include <string_view>

#include "schemas/base/result.h"

struct pg_conn;

namespace due::postgres {

// `doing` begins the sentence: "writing 12 rows".
Error triage(const std::exception& thrown, const std::string& doing);

// Runs `work`, which returns a Result, and catches what libpqxx throws.
template <class Work>
auto at_the_edge(const std::string& doing, Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    return triage(thrown, doing);
  }
}

class Connection {
 public:
  struct Options {
    std::string uri;          // as libpq takes it: postgresql://... or name=value ...
    std::string application;  // shown in pg_stat_activity
  };
  static Result<std::unique_ptr<Connection>> open(const Options& options);

  pqxx::connection& session() { return session_; }
  pg_conn* raw() { return raw_; }  // for COPY in binary form, which libpqxx has not; session() owns it

 private:
  Connection(pqxx::connection session, pg_conn* raw) : session_(std::move(session)), raw_(raw) {}
  pqxx::connection session_;
  pg_conn* raw_;
};

// COPY ... FROM STDIN (FORMAT binary) inside an open transaction. Throws as libpqxx does.
class CopyIn {
 public:
  CopyIn(Connection& connection, pqxx::transaction_base& tx, const std::string& table_and_columns);
  void put(std::string_view tuples);
  void end();

 private:
  [[noreturn]] void fail();
  Connection& connection_;
  std::string what_;
};

// COPY (query) TO STDOUT (FORMAT binary). Throws as libpqxx does.
class CopyOut {
 public:
  CopyOut(Connection& connection, pqxx::transaction_base& tx, const std::string& query);
  ~CopyOut();
  CopyOut(const CopyOut&) = delete;
  CopyOut& operator=(const CopyOut&) = delete;
  bool next(std::string_view& tuple);  // valid until the next call

 private:
  Connection& connection_;
  char* message_ = nullptr;
  std::string_view rest_;
  bool begun_ = false, ended_ = false;
};

}  // namespace due::postgres
