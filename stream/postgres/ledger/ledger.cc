#include "stream/postgres/ledger/ledger.h"

#include <unistd.h>

#include <algorithm>
#include <map>

namespace due::postgres {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& n : names) text += (text.empty() ? "" : ", ") + n;
  return text;
}

std::string client_name() {
  char host[256] = {};
  (void)gethostname(host, sizeof host - 1);
  return std::string(host) + " pid " + std::to_string(getpid());
}

// Columns of positions and chains as arrays, so that a statement takes any number of them.
struct Columns {
  std::vector<std::string> topics, tasks, links;
  std::vector<std::int32_t> partitions;
  std::vector<std::int64_t> first, second;
};

Columns columns_of(const std::vector<Move>& moves, const std::vector<const Table*>& tables) {
  Columns c;
  for (const Move& m : moves) {
    c.topics.push_back(tables[m.table]->topic);
    c.partitions.push_back(m.partition);
    c.first.push_back(m.since);
    c.second.push_back(m.till);
  }
  return c;
}

Columns columns_of(const std::vector<ChainEnd>& ends, const std::vector<const Table*>& tables) {
  Columns c;
  for (const ChainEnd& e : ends) {
    c.topics.push_back(tables[e.table]->topic);
    c.partitions.push_back(e.partition);
    c.tasks.push_back(e.task);
    c.first.push_back(e.seq);
    c.second.push_back(e.rows);
    c.links.push_back(hex(e.link));
  }
  return c;
}

std::int64_t next_offset(pqxx::transaction_base& tx, const std::string& topic, std::int32_t partition) {
  return tx.query_value<std::int64_t>("select next_offset from duestream.sink_position where topic = $1 and log_partition = $2",
                                      pqxx::params{topic, partition});
}

constexpr char move_positions[] =
    "update duestream.sink_position p set next_offset = m.till, moved_at = now() "
    "from unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[]) as m(topic, log_partition, since, till) "
    "where p.topic = m.topic and p.log_partition = m.log_partition and p.next_offset = m.since and p.sink = $5 and p.epoch = $6";
constexpr char chain_ends[] =
    "select t, p, k, s, r, decode(l, 'hex') from unnest($1::text[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[], $6::text[]) "
    "as e(t, p, k, s, r, l) ";

}  // namespace

Ledger::Ledger(Options options, std::unique_ptr<Connection> connection) : options_(std::move(options)), connection_(std::move(connection)) {
  for (const Table* t : options_.tables) {
    const std::string columns = joined(t->columns());
    copy_targets_.push_back("duestream." + t->name + " (" + columns + ")");
    select_lists_.push_back("select " + columns + " from duestream." + t->name);
  }
}

// ------------------------------------------------------------------------------------------------------------- taking over

Status Ledger::check_rights() {
  return at_the_edge("PostgreSQL, checking rights", [&]() -> Status {
    pqxx::work tx(connection_->session());
    if (const auto encoding = tx.query_value<std::string>("show server_encoding"); encoding != "UTF8")
      return Error{Remedy::stop, "the database has encoding " + encoding + "; duestream needs one with encoding UTF8"};
    std::vector<std::pair<std::string, std::string>> needed = {
        {"sink", "update"}, {"sink_position", "update"}, {"chain_head", "update"}, {"chain_seal", "insert"}, {"feature", "insert"}};
    for (const Table* t : options_.tables) needed.emplace_back(t->name, "insert");
    for (const auto& [table, right] : needed) {
      const bool granted = tx.query_value<bool>("select has_schema_privilege('duestream', 'usage') and has_table_privilege($1, $2)",
                                                pqxx::params{"duestream." + table, right});
      if (granted) continue;
      return Error{Remedy::stop, "login " + tx.query_value<std::string>("select current_user") + " has no right to " + right +
                                     " duestream." + table + ": let an administrator run `grant duestream_writer to` that login"};
    }
    return Done{};
  });
}

Result<std::int64_t> Ledger::take_over() {
  return at_the_edge("PostgreSQL, taking over as sink " + options_.sink, [&]() -> Result<std::int64_t> {
    pqxx::work tx(connection_->session());
    const auto epoch = tx.query_value<std::int64_t>(
        "insert into duestream.sink as s (name, epoch, client, started_at) values ($1, 1, $2, now()) "
        "on conflict (name) do update set epoch = s.epoch + 1, client = excluded.client, started_at = excluded.started_at returning epoch",
        pqxx::params{options_.sink, client_name()});
    tx.commit();
    return epoch;
  });
}

// Whoever still writes under this name holds locks, and may be frozen or cut off: its session is ended, which rolls it back.
void Ledger::end_older_sessions() {
  pqxx::work tx(connection_->session());
  tx.exec("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid() "
          "and datname = current_database() and usename = current_user",
          pqxx::params{options_.connection.application});
  tx.commit();
}

std::optional<Error> Ledger::superseded_by(pqxx::transaction_base& tx) {
  const auto [epoch, client, at] = tx.query1<std::int64_t, std::string, std::string>(
      "select epoch, client, to_char(started_at, 'YYYY-MM-DD HH24:MI:SS') from duestream.sink where name = $1",
      pqxx::params{options_.sink});
  if (epoch == epoch_) return std::nullopt;
  superseded_ = true;
  return Error{Remedy::stop, "superseded: a newer sink of the name " + options_.sink + " took over (" + client + ", " + at +
                                 " UTC), so this one writes no more. Run one sink per name"};
}

Status Ledger::occupy(pqxx::transaction_base& tx, const std::vector<Target>& targets) {
  for (const Target& t : targets)
    tx.exec("insert into duestream.sink_position (topic, log_partition, sink, epoch, log_topic, topic_id, next_offset) "
            "values ($1, $2, $3, $4, $5, $6, -1) on conflict do nothing",
            pqxx::params{options_.tables[t.table]->topic, t.partition, options_.sink, epoch_, t.log_topic, t.topic_id});
  for (const Target& t : targets) {
    const std::string& topic = options_.tables[t.table]->topic;
    const auto [sink, id] = tx.query1<std::string, std::string>(
        "select sink, topic_id from duestream.sink_position where topic = $1 and log_partition = $2 for update",
        pqxx::params{topic, t.partition});
    if (sink != options_.sink)
      return Error{Remedy::stop, "topic " + topic + " is written to this database by the sink named " + sink +
                                     "; use that name, or another database"};
    if (id != t.topic_id)
      return Error{Remedy::stop, "this database was filled from another topic " + topic + " (id " + id + ", now " + t.topic_id +
                                     "): it was created again, or belongs to another cluster or prefix. Use another database for it"};
    tx.exec("update duestream.sink_position set epoch = $3 where topic = $1 and log_partition = $2",
            pqxx::params{topic, t.partition, epoch_})
        .no_rows();
  }
  return Done{};
}

Result<Attached> Ledger::read_state(pqxx::transaction_base& tx, const std::vector<Target>& targets) {
  Attached state;
  std::map<std::pair<std::string, std::int32_t>, std::size_t> tables;
  for (const Target& t : targets) {
    const std::string& topic = options_.tables[t.table]->topic;
    tables[{topic, t.partition}] = t.table;
    state.next.push_back(next_offset(tx, topic, t.partition));
  }
  for (auto [topic, partition, task, seq, rows, link] :
       tx.query<std::string, std::int32_t, std::string, std::int64_t, std::int64_t, std::string>(
           "select topic, log_partition, task, seq, rows, encode(link, 'hex') from duestream.chain_head")) {
    const auto table = tables.find({topic, partition});
    if (table != tables.end()) state.heads.push_back({table->second, partition, task, seq, rows, link_of(link)});
  }
  return state;
}

Result<Attached> Ledger::attach(const std::vector<Target>& targets) {
  if (Status granted = check_rights(); !granted) return granted.error();
  auto epoch = take_over();
  if (!epoch) return epoch.error();
  epoch_ = *epoch;
  return at_the_edge("PostgreSQL, taking over as sink " + options_.sink, [&]() -> Result<Attached> {
    end_older_sessions();
    pqxx::work tx(connection_->session());
    if (auto newer = superseded_by(tx)) return *newer;
    if (Status occupied = occupy(tx, targets); !occupied) return occupied.error();
    auto state = read_state(tx, targets);
    if (state) tx.commit();
    return state;
  });
}

Status Ledger::describe_features(const std::string& schema, const Features& f) {
  return at_the_edge("PostgreSQL, describing features", [&]() -> Status {
    pqxx::work tx(connection_->session());
    tx.exec("insert into duestream.feature (feature_schema, position, name, unit, scale, meaning) "
            "select $1, i, n, u, s, m from unnest($2::text[], $3::text[], $4::bigint[], $5::text[]) with ordinality as f(n, u, s, m, i) "
            "on conflict do nothing",
            pqxx::params{schema, f.names, f.units, f.scales, f.meanings})
        .no_rows();
    tx.commit();
    return Done{};
  });
}

Status Ledger::reopen() {
  connection_.reset();
  auto fresh = Connection::open(options_.connection);
  // Once it did let us in, a server that does not is away.
  if (!fresh) return Error{Remedy::retry, fresh.error().what};
  connection_ = std::move(*fresh);
  return at_the_edge("PostgreSQL, coming back", [&]() -> Status {
    {
      pqxx::work tx(connection_->session());
      if (auto newer = superseded_by(tx)) return *newer;
    }
    end_older_sessions();  // our own of before: the server may not have noticed yet that we left it
    return Done{};
  });
}

// ----------------------------------------------------------------------------------------------------------------- writing

Result<Written> Ledger::write(const Batch& batch) {
  if (!connection_) return Error{Remedy::retry, "PostgreSQL is away"};
  return at_the_edge("PostgreSQL, writing " + std::to_string(batch.rows()) + " rows", [&]() -> Result<Written> {
    try {
      return write(batch, Mode::append);
    } catch (const pqxx::unique_violation&) {
      return write(batch, Mode::reconcile);
    }
  });
}

Result<Written> Ledger::write(const Batch& batch, Mode mode) {
  pqxx::work tx(connection_->session());
  if (!move(tx, batch)) return why_not_moved(tx, batch);
  Written all{std::vector<std::int64_t>(batch.fresh.size()), 0};
  for (std::size_t table = 0; table < batch.fresh.size(); ++table) {
    if (mode == Mode::append) {
      append(tx, table, batch.fresh[table]);
      all.inserted[table] += batch.fresh[table].count;
    } else if (Status done = reconcile(tx, table, batch.fresh[table], all); !done) {
      return done.error();
    }
    if (Status done = reconcile(tx, table, batch.repeats[table], all); !done) return done.error();
  }
  write_chains(tx, batch);
  tx.commit();
  return all;
}

// The compare-and-set that makes a batch there once: all positions stand where this batch begins, and we are the last that started.
bool Ledger::move(pqxx::transaction_base& tx, const Batch& batch) {
  const Columns c = columns_of(batch.moves, options_.tables);
  const auto done = tx.exec(move_positions, pqxx::params{c.topics, c.partitions, c.first, c.second, options_.sink, epoch_});
  return static_cast<std::size_t>(done.affected_rows()) == batch.moves.size();
}

Result<Written> Ledger::why_not_moved(pqxx::transaction_base& tx, const Batch& batch) {
  tx.abort();
  pqxx::work again(connection_->session());
  if (auto newer = superseded_by(again)) return *newer;
  bool all_there = true;
  std::string which;
  for (const Move& m : batch.moves) {
    const std::string& topic = options_.tables[m.table]->topic;
    const std::int64_t next = next_offset(again, topic, m.partition);
    all_there = all_there && next == m.till;
    if (next != m.since && next != m.till)
      which = topic + "/" + std::to_string(m.partition) + " is at " + std::to_string(next) + ", not at " + std::to_string(m.since);
  }
  if (all_there) return Written{std::vector<std::int64_t>(batch.fresh.size()), 0};  // it was committed, and only the answer got lost
  return Error{Remedy::stop, "sink_position was changed by somebody else: " + which + ". Find out by whom, then start the sink again"};
}

void Ledger::append(pqxx::transaction_base& tx, std::size_t table, const Rows& rows) {
  if (rows.count == 0) return;
  CopyIn copy(*connection_, tx, copy_targets_[table]);
  copy.put(rows.tuples);
  copy.end();
}

Status Ledger::reconcile(pqxx::transaction_base& tx, std::size_t table, const Rows& rows, Written& all) {
  if (rows.count == 0) return Done{};
  const Sorted sorted = sort_rows(*options_.tables[table], rows.tuples);
  std::optional<std::string> conflict = sorted.conflict;
  Rows missing;
  for (const Run& run : sorted.runs)
    if (!conflict) conflict = compare(tx, table, run, missing, all.repeated);
  if (conflict)
    return Error{Remedy::stop, "a repeat differs from what is stored: " + *conflict +
                                   ". Table and log tell different histories; see docs/sink.md, \"A repeat differs\""};
  append(tx, table, missing);
  all.inserted[table] += missing.count;
  return Done{};
}

// Walks along the stored rows of one chain: the same key must be the same row, and what has no stored row is missing.
std::optional<std::string> Ledger::compare(pqxx::transaction_base& tx, std::size_t table, const Run& run, Rows& missing,
                                           std::int64_t& repeated) {
  const Table& t = *options_.tables[table];
  const std::string seq = t.source == Source::output ? "seq" : "log_offset";
  std::string where = " where log_partition = " + std::to_string(run.partition) + " and " + seq + " between " +
                      std::to_string(run.rows.front().first) + " and " + std::to_string(run.rows.back().first);
  if (t.source == Source::output) where += " and task = " + tx.quote(run.task);
  CopyOut stored(*connection_, tx, select_lists_[table] + where + " order by " + seq);
  std::optional<std::string> conflict;
  auto row = run.rows.begin();
  const auto take_missing = [&](std::int64_t below) {
    for (; row != run.rows.end() && row->first < below; ++row) {
      missing.tuples.append(row->second);
      ++missing.count;
    }
  };
  for (std::string_view tuple; stored.next(tuple);) {  // to its end, or the session is of no more use
    const std::int64_t there = key_of(t, tuple).seq;
    take_missing(there);
    if (row == run.rows.end() || row->first != there) continue;
    if (!conflict) conflict = difference(t, tuple, row->second);
    ++repeated;
    ++row;
  }
  take_missing(INT64_MAX);
  return conflict;
}

void Ledger::write_chains(pqxx::transaction_base& tx, const Batch& batch) {
  const auto write_ends = [&](const std::vector<ChainEnd>& ends, const std::string& into, const std::string& on_conflict) {
    if (ends.empty()) return;
    const Columns c = columns_of(ends, options_.tables);
    tx.exec("insert into duestream." + into + " (topic, log_partition, task, seq, rows, link) " + chain_ends + on_conflict,
            pqxx::params{c.topics, c.partitions, c.tasks, c.first, c.second, c.links})
        .no_rows();
  };
  write_ends(batch.seals, "chain_seal", "on conflict do nothing");
  write_ends(batch.heads, "chain_head",
             "on conflict (topic, log_partition, task) do update set seq = excluded.seq, rows = excluded.rows, link = excluded.link");
}

}  // namespace due::postgres
