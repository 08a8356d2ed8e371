#include "stream/postgres/ledger/connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>

#include "stream/postgres/rows/tuple.h"

namespace due::postgres {
namespace {

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* handle) const noexcept {
    Destroy(handle);
  }
};
using ResultHandle = std::unique_ptr<PGresult, Destroyer<PQclear>>;
using ConnHandle = std::unique_ptr<PGconn, Destroyer<PQfinish>>;

constexpr std::string_view copy_header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};  // signature, no flags, no extension
constexpr std::string_view copy_trailer{"\377\377", 2};

// What a session relies on, whatever its login or database have as defaults.
constexpr char session_settings[] =
    "set timezone = 'UTC'; set client_min_messages = warning; set search_path = ''; set synchronous_commit = on;"
    "set default_transaction_isolation = 'read committed'; set lock_timeout = '30s'; set statement_timeout = '10min';"
    "set idle_in_transaction_session_timeout = '1min'";

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, text.find_last_not_of(" \n") + 1)) {
    if (c == '\n') line += "; ";
    if (c != '\n' && c != '\t') line.push_back(c);
  }
  return line;
}

// Conditions that pass by themselves. Classes 08 (connection), 40 (rolled back) and 53 (resources); the rest one by one:
// 25006 read-only (a standby, or a failover under way), 25P03 idle too long, 55P03 lock not granted in time, 57014 statement timeout,
// 57P01 to 57P03 shut down, crashed, starting.
bool passes(std::string_view state) {
  static constexpr std::array<std::string_view, 7> one_by_one = {"25006", "25P03", "55P03", "57014", "57P01", "57P02", "57P03"};
  return state.starts_with("08") || state.starts_with("40") || state.starts_with("53") ||
         std::ranges::find(one_by_one, state) != one_by_one.end();
}

// Out of a failed request's result: with its SQLSTATE, so that it can be told apart.
[[noreturn]] void throw_error(PGconn* conn, const PGresult* result, const std::string& what) {
  const std::string message = what + ": " + PQerrorMessage(conn);
  if (PQstatus(conn) == CONNECTION_BAD) throw pqxx::broken_connection(message);
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (state != nullptr && std::string_view(state) == "23505") throw pqxx::unique_violation(message, what, state);
  throw pqxx::sql_error(message, what, state);
}

}  // namespace

Error triage(const std::exception& thrown, const std::string& doing) {
  const std::string what = doing + ": " + one_line(thrown.what());
  if (dynamic_cast<const pqxx::in_doubt_error*>(&thrown) != nullptr || dynamic_cast<const pqxx::broken_connection*>(&thrown) != nullptr)
    return {Remedy::retry, what};
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&thrown)) {
    if (passes(sql->sqlstate())) return {Remedy::retry, what};
    return {Remedy::stop, what + (sql->sqlstate().empty() ? "" : " (SQLSTATE " + sql->sqlstate() + ")")};
  }
  return {Remedy::stop, what};
}

Result<std::unique_ptr<Connection>> Connection::open(const Options& options) {
  // In this order a later one wins: the caller's string replaces the first ones, nothing replaces the last ones.
  const std::array names = {"connect_timeout", "keepalives_idle", "keepalives_interval", "tcp_user_timeout",
                            "dbname", "client_encoding", "application_name", static_cast<const char*>(nullptr)};
  const std::array values = {"10", "30", "10", "60000", options.uri.c_str(), "UTF8", options.application.c_str(),
                             static_cast<const char*>(nullptr)};
  ConnHandle handle{PQconnectdbParams(names.data(), values.data(), 1)};
  if (!handle) return Error{Remedy::stop, "PostgreSQL: no memory for a connection"};
  if (PQstatus(handle.get()) != CONNECTION_OK) {
    const std::string why = one_line(PQerrorMessage(handle.get()));
    // Rejecting: it starts, stops or recovers.
    const bool starting = PQpingParams(names.data(), values.data(), 1) == PQPING_REJECT;
    return Error{starting ? Remedy::retry : Remedy::stop, "PostgreSQL does not let us in: " + why};
  }
  return at_the_edge("PostgreSQL, opening a session", [&]() -> Result<std::unique_ptr<Connection>> {
    PGconn* raw = handle.release();  // the session takes over; it closes it
    pqxx::connection session = pqxx::connection::seize_raw_connection(raw);
    pqxx::nontransaction(session).exec(session_settings);
    return std::unique_ptr<Connection>(new Connection(std::move(session), raw));
  });
}

// -------------------------------------------------------------------------------------------------------------------- COPY

CopyIn::CopyIn(Connection& connection, pqxx::transaction_base& tx, const std::string& table_and_columns)
    : connection_(connection), what_("copy into " + table_and_columns.substr(0, table_and_columns.find(' '))) {
  tx.exec("copy " + table_and_columns + " from stdin (format binary)").no_rows();
  put(copy_header);
}

void CopyIn::fail() {
  const ResultHandle result{PQgetResult(connection_.raw())};  // where the server refused a row, its reason
  throw_error(connection_.raw(), result.get(), what_);
}

void CopyIn::put(std::string_view tuples) {
  constexpr std::size_t piece = 1U << 20;  // libpq takes an int, and copies what it cannot send at once
  for (; !tuples.empty(); tuples.remove_prefix(std::min(piece, tuples.size()))) {
    const std::string_view part = tuples.substr(0, piece);
    if (PQputCopyData(connection_.raw(), part.data(), static_cast<int>(part.size())) != 1) fail();
  }
}

void CopyIn::end() {
  put(copy_trailer);
  if (PQputCopyEnd(connection_.raw(), nullptr) != 1) fail();
  const ResultHandle result{PQgetResult(connection_.raw())};
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw_error(connection_.raw(), result.get(), what_);
  while (const ResultHandle more{PQgetResult(connection_.raw())}) {
  }
}

CopyOut::CopyOut(Connection& connection, pqxx::transaction_base& tx, const std::string& query) : connection_(connection) {
  tx.exec("copy (" + query + ") to stdout (format binary)").no_rows();
}

CopyOut::~CopyOut() { PQfreemem(message_); }

bool CopyOut::next(std::string_view& tuple) {
  while (!ended_) {
    if (begun_ && !rest_.empty()) {
      const std::size_t size = rest_.starts_with(copy_trailer) ? 0 : TupleReader::size_of(rest_);
      tuple = rest_.substr(0, size);
      rest_.remove_prefix(size == 0 ? rest_.size() : size);
      if (size > 0) return true;
      continue;
    }
    PQfreemem(message_);
    message_ = nullptr;
    const int size = PQgetCopyData(connection_.raw(), &message_, 0);
    if (size < 0) {
      ended_ = true;
      const ResultHandle result{PQgetResult(connection_.raw())};
      if (size == -2 || PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw_error(connection_.raw(), result.get(), "reading rows");
      while (const ResultHandle more{PQgetResult(connection_.raw())}) {
      }
      return false;
    }
    rest_ = {message_, static_cast<std::size_t>(size)};
    if (!begun_) rest_.remove_prefix(copy_header.size());  // the first message carries it
    begun_ = true;
  }
  return false;
}

}  // namespace due::postgres
