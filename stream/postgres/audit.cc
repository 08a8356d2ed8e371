#include "stream/postgres/audit.h"

#include <algorithm>
#include <map>

#include "stream/postgres/ledger/connection.h"
#include "stream/postgres/ledger/migrations.h"
#include "stream/postgres/rows/table.h"

namespace due::postgres {
namespace {

constexpr std::int64_t progress_rows = 10'000;

std::string name_of(const KnownLink& chain) {
  return "chain " + chain.topic + "/" + std::to_string(chain.partition) + (chain.task.empty() ? "" : " of task " + chain.task);
}

const Table* table_of(const std::string& topic) {
  const auto found = std::ranges::find(tables(), topic, &Table::topic);
  return found == tables().end() ? nullptr : &*found;
}

bool same_chain(const KnownLink& a, const KnownLink& b) { return a.topic == b.topic && a.partition == b.partition && a.task == b.task; }

class Auditor {
 public:
  Auditor(const AuditOptions& options, Connection& connection, pqxx::transaction_base& tx)
      : options_(options), connection_(connection), tx_(tx) {}

  Audit run() {
    const std::vector<KnownLink> heads = read("chain_head"), seals = read("chain_seal");
    for (const KnownLink& head : heads) walk(head, seals);
    for (const KnownLink& kept : options_.kept)
      if (std::ranges::none_of(heads, [&](const KnownLink& head) { return same_chain(head, kept); }))
        find(name_of(kept) + ": it was there at an earlier audit, and is gone");
    for (const Table& t : tables()) count(t);
    return std::move(audit_);
  }

 private:
  void find(std::string finding) { audit_.findings.push_back(std::move(finding)); }

  std::vector<KnownLink> read(const std::string& table) {
    std::vector<KnownLink> links;
    for (auto [topic, partition, task, seq, rows, link] :
         tx_.query<std::string, std::int32_t, std::string, std::int64_t, std::int64_t, std::string>(
             "select topic, log_partition, task, seq, rows, encode(link, 'hex') from duestream." + table +
             " order by topic, log_partition, task, seq"))
      links.push_back({topic, partition, task, seq, rows, link});
    return links;
  }

  // What the chain must come to: its seals, kept heads and its head, by seq.
  std::vector<std::pair<KnownLink, std::string>> expectations(const KnownLink& head, const std::vector<KnownLink>& seals) {
    std::vector<std::pair<KnownLink, std::string>> all;
    for (const KnownLink& s : seals)
      if (same_chain(s, head)) all.emplace_back(s, "its seal");
    audit_.seals += static_cast<std::int64_t>(all.size());
    for (const KnownLink& k : options_.kept)
      if (same_chain(k, head)) all.emplace_back(k, "what was kept of an earlier audit");
    all.emplace_back(head, "its head");
    std::ranges::stable_sort(all, {}, [](const auto& e) { return e.first.seq; });
    return all;
  }

  void walk(const KnownLink& head, const std::vector<KnownLink>& seals) {
    const Table* table = table_of(head.topic);
    if (table == nullptr) return find(name_of(head) + ": this program does not know the topic; use the newer one");
    const auto expected = expectations(head, seals);
    auto next = expected.begin();
    std::int64_t good = 0;  // seq up to which everything agreed
    KnownLink at = head;
    at.seq = at.rows = 0;
    Link link = first_link(head.topic, head.partition, head.task);
    bool broken = false;
    CopyOut rows(connection_, tx_, query(*table, head));
    for (std::string_view tuple; rows.next(tuple);) {
      const std::int64_t seq = key_of(*table, tuple).seq;
      for (; next != expected.end() && next->first.seq < seq && !broken; ++next) broken = miss(*next, good);
      if (table->source == Source::output && seq != at.seq + 1 && !broken) {
        broken = true;
        find(name_of(head) + ": behind seq " + std::to_string(at.seq) + " comes seq " + std::to_string(seq) + ", rows are missing");
      }
      hash_.extend(link, tuple);
      at.seq = seq;
      ++at.rows;
      count_progress();
      for (; next != expected.end() && next->first.seq == seq && !broken; ++next) broken = differs(*next, at, link, good);
    }
    for (; next != expected.end() && !broken; ++next) broken = miss(*next, good);
    if (!broken && at.seq > head.seq)
      find(name_of(head) + ": rows behind seq " + std::to_string(head.seq) + ", where it ends, were not written by the sink");
    at.link = hex(link);
    walked_[table->topic] += at.rows;
    audit_.heads.push_back(at);
  }

  static std::string query(const Table& table, const KnownLink& head) {
    std::string columns;
    for (const std::string& c : table.columns()) columns += (columns.empty() ? "" : ", ") + c;
    const bool output = table.source == Source::output;
    std::string quoted = head.task;
    for (std::size_t at = 0; (at = quoted.find('\'', at)) != quoted.npos; at += 2) quoted.insert(at, "'");
    return "select " + columns + " from duestream." + table.name + " where log_partition = " + std::to_string(head.partition) +
           (output ? " and task = '" + quoted + "'" : "") + " order by " + (output ? "seq" : "log_offset");
  }

  bool miss(const std::pair<KnownLink, std::string>& expected, std::int64_t good) {
    find(name_of(expected.first) + ": row seq " + std::to_string(expected.first.seq) + ", which " + expected.second +
         " names, is missing; everything is right up to seq " + std::to_string(good));
    return true;
  }

  // Compares at the row that an expectation names; moves `good` on where they agree.
  bool differs(const std::pair<KnownLink, std::string>& expected, const KnownLink& at, const Link& link, std::int64_t& good) {
    if (expected.first.link == hex(link) && expected.first.rows == at.rows) {
      good = at.seq;
      return false;
    }
    find(name_of(at) + ": a row behind seq " + std::to_string(good) + " and up to seq " + std::to_string(at.seq) +
         " is not what the sink wrote, or one was added or removed there: " + expected.second + " says otherwise");
    return true;
  }

  void count(const Table& table) {
    const auto there = tx_.query_value<std::int64_t>("select count(*) from duestream." + table.name);
    if (there != walked_[table.topic])
      find("table " + table.name + ": " + std::to_string(there - walked_[table.topic]) +
           " rows belong to no chain: the sink did not write them");
  }

  void count_progress() {
    if (++audit_.rows % progress_rows == 0 && options_.progress) options_.progress(audit_.rows);
  }

  const AuditOptions& options_;
  Connection& connection_;
  pqxx::transaction_base& tx_;
  ChainHash hash_;
  std::map<std::string, std::int64_t> walked_;  // by topic
  Audit audit_;
};

}  // namespace

Result<Audit> audit_database(const AuditOptions& options) {
  auto connection = Connection::open({options.uri, "duestream audit"});
  if (!connection) return connection.error();
  if (const auto known = migrate(**connection, Migrate::check); !known) return known.error();
  return at_the_edge("PostgreSQL, auditing", [&]() -> Result<Audit> {
    // One snapshot of rows and chains: a sink may go on meanwhile.
    pqxx::transaction<pqxx::isolation_level::repeatable_read, pqxx::write_policy::read_only> tx((*connection)->session());
    tx.exec("set local statement_timeout = 0").no_rows();
    return Auditor(options, **connection, tx).run();
  });
}

}  // namespace due::postgres
