#include "stream/postgres/ledger/migrations.h"

#include <map>

#include "stream/postgres/ledger/chain.h"

namespace due::postgres {
namespace {

// One at a time per database, whoever applies them.
constexpr char take_turns[] = "select pg_advisory_xact_lock(hashtext('duestream.schema_version'))";
constexpr char prepare[] =
    "create schema if not exists duestream;"
    "create table if not exists duestream.schema_version (version integer primary key, name text not null, sha256 text not null,"
    " applied_at timestamptz not null default now(), applied_by text not null default current_user)";

// Asked of the catalogue, which everybody may read: regclass is refused where the schema is.
constexpr char rights[] =
    "select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') from pg_class c join pg_namespace n "
    "on n.oid = c.relnamespace where n.nspname = 'duestream' and c.relname = 'schema_version'";

enum class There { no, unreadable, yes };
There look(pqxx::transaction_base& tx) {
  const pqxx::result found = tx.exec(rights);
  if (found.empty()) return There::no;
  return found.front()[0].as<bool>() ? There::yes : There::unreadable;
}

std::map<int, std::string> applied(pqxx::transaction_base& tx) {
  std::map<int, std::string> found;
  if (look(tx) == There::no) return found;
  for (auto [version, sha256] : tx.query<int, std::string>("select version, sha256 from duestream.schema_version")) found[version] = sha256;
  return found;
}

// What is there must be the beginning of what we know.
Status compare(const std::map<int, std::string>& found) {
  const auto known = migrations();
  if (!found.empty() && found.rbegin()->first > known.back().version)
    return Error{Remedy::stop, "the database has schema version " + std::to_string(found.rbegin()->first) + ", this program knows " +
                                   std::to_string(known.back().version) + ": use the newer program"};
  for (const Migration& m : known) {
    const auto at = found.find(m.version);
    if (at != found.end() && at->second != hex(sha256(m.sql)))
      return Error{Remedy::stop, "migration " + std::to_string(m.version) + " (" + std::string(m.name) +
                                     ") was applied to this database in another form; use the program that applied it, or a new database"};
  }
  return Done{};
}

Error no_right(const pqxx::insufficient_privilege& thrown, int version) {
  return {Remedy::stop, "schema duestream is at version " + std::to_string(version) + " of " + std::to_string(migrations().back().version) +
                            ", and this login may not change that (" + thrown.what() +
                            "). Run `duestream migrate` once with a login that may create schemas and roles"};
}

}  // namespace

Result<int> migrate(Connection& connection, Migrate how) {
  return at_the_edge("PostgreSQL, preparing the schema", [&]() -> Result<int> {
    int version = 0, done = 0;
    try {
      pqxx::work tx(connection.session());
      if (look(tx) == There::unreadable)
        return Error{Remedy::stop, "login " + tx.query_value<std::string>("select current_user") +
                                       " may not read schema duestream: let an administrator run `grant duestream_writer to` that login"};
      const auto before = applied(tx);
      if (const Status same = compare(before); !same) return same.error();
      version = static_cast<int>(before.size());
      if (before.size() == migrations().size()) return 0;
      if (how == Migrate::check)
        return Error{Remedy::stop, "schema duestream is at version " + std::to_string(version) + " of " +
                                       std::to_string(migrations().back().version) + ": run `duestream migrate`"};
      tx.exec(take_turns).one_row();
      if (look(tx) == There::no) tx.exec(prepare).no_rows();
      const auto found = applied(tx);  // once more: somebody may have been before us
      if (const Status same = compare(found); !same) return same.error();
      for (const Migration& m : migrations()) {
        if (found.contains(m.version)) continue;
        tx.exec(std::string(m.sql));
        tx.exec("insert into duestream.schema_version (version, name, sha256) values ($1, $2, $3)",
                pqxx::params{m.version, m.name, hex(sha256(m.sql))})
            .no_rows();
        ++done;
      }
      tx.commit();
    } catch (const pqxx::insufficient_privilege& thrown) {
      return no_right(thrown, version);
    }
    return done;
  });
}

}  // namespace due::postgres
