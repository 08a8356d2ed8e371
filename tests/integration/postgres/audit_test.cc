// What an audit finds: each way of tampering by somebody who may do everything in the database, and nothing where nothing was done.
#include "stream/postgres/audit.h"

#include "stream/postgres/sink.h"
#include "tests/integration/postgres/database.h"
#include "tests/unit/stream/postgres/scene.h"

namespace due::postgres {
namespace {

constexpr int decisions_written = 5'000;  // more than a seal's worth

// A database with decisions of one task and records of an input topic.
class Filled {
 public:
  explicit Filled(const std::string& outcome = "HIGH") {
    if (!database.there()) return;
    LogScene scene({"decisions", "invoices"}, 1);
    for (std::int64_t seq = 1; seq <= decisions_written; ++seq) {
      Sent d = decision("account-0", seq);
      if (seq == 3) d.value->replace(d.value->find("HIGH"), 4, outcome);
      scene.put("decisions", 0, d);
    }
    for (int i = 0; i < 10; ++i) scene.put("invoices", 0, {"C1", std::to_string(i), {}});
    SinkOptions options;
    options.uri = database.uri();
    options.until_caught_up = true;
    const auto done =
        Sink(scene.log(), options, {runtime::Level::error, [](runtime::Level, std::string_view, std::span<const runtime::Field>) {}}).run();
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().what);
  }
  // By somebody whom no trigger stops.
  void tamper(const std::string& sql) {
    database.run(
        "do $$ declare t regclass; begin for t in select tgrelid::regclass from pg_trigger where tgname = 'append_only' loop "
        "execute format('alter table %s disable trigger append_only', t); end loop; end $$; " +
        sql);
  }
  Audit audit(std::vector<KnownLink> kept = {}) {
    auto done = audit_database({database.uri(), std::move(kept), {}});
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().what);
    return done ? std::move(*done) : Audit{};
  }
  Database database;
};

// The one finding there must be; "nothing" where there is none.
std::string finding(const Audit& audit) {
  EXPECT_LE(audit.findings.size(), 1U);
  std::string all;
  for (const std::string& f : audit.findings) all += f;
  return all.empty() ? "nothing" : all;
}

#define EXPECT_FOUND(audit, text) EXPECT_NE(finding(audit).find(text), std::string::npos) << finding(audit)

TEST(Audit, FindsNothingWhereNothingWasDone) {
  Filled filled;
  NEEDS_DATABASE(filled.database);
  const Audit first = filled.audit();
  EXPECT_EQ(finding(first), "nothing");
  EXPECT_EQ(first.rows, decisions_written + 10);
  EXPECT_EQ(first.seals, 1);
  ASSERT_EQ(first.heads.size(), 2U);
  EXPECT_EQ(finding(filled.audit(first.heads)), "nothing");
}

TEST(Audit, PlacesAChangedRowBetweenTheLinksAroundIt) {
  for (const auto& [seq, range] : {std::pair{3, "behind seq 0 and up to seq 4096"}, {4'096, "behind seq 0 and up to seq 4096"},
                                   {4'097, "behind seq 4096 and up to seq 5000"}, {5'000, "behind seq 4096 and up to seq 5000"}}) {
    Filled filled;
    NEEDS_DATABASE(filled.database);
    filled.tamper("update duestream.decisions set features[3] = 0 where seq = " + std::to_string(seq));
    EXPECT_FOUND(filled.audit(), range);
  }
}

TEST(Audit, FindsRowsThatWereRemovedOrAdded) {
  const std::string columns = "logged_at, key, refusal, headers, record, raw";
  const std::pair<std::string, std::string> cases[] = {
      {"delete from duestream.decisions where seq = 17", "behind seq 16 comes seq 18, rows are missing"},
      {"delete from duestream.decisions where seq = 5000", "row seq 5000, which its head names, is missing"},
      {"delete from duestream.decisions where seq > 4000", "row seq 4096, which its seal names, is missing"},
      {"delete from duestream.invoice_events where log_offset = 3", "a row behind seq 0 and up to seq 9 is not what the sink wrote"},
      {"insert into duestream.invoice_events (log_partition, log_offset, " + columns + ") select 0, 10, " + columns +
           " from duestream.invoice_events where log_offset = 9",
       "rows behind seq 9, where it ends, were not written by the sink"},
      {"insert into duestream.invoice_events (log_partition, log_offset, " + columns + ") select 7, 0, " + columns +
           " from duestream.invoice_events where log_offset = 9",
       "table invoice_events: 1 rows belong to no chain"},
  };
  for (const auto& [change, found] : cases) {
    Filled filled;
    NEEDS_DATABASE(filled.database);
    filled.tamper(change);
    EXPECT_FOUND(filled.audit(), found);
  }
}

TEST(Audit, FindsAChangedHeadOrSeal) {
  for (const char* table : {"chain_head", "chain_seal"}) {
    Filled filled;
    NEEDS_DATABASE(filled.database);
    filled.tamper("update duestream." + std::string(table) + " set link = sha256(link) where topic = 'decisions'");
    EXPECT_FOUND(filled.audit(), "says otherwise");
  }
}

// A database that was rewritten whole, chains and all, is right in itself. Only what was kept elsewhere shows it.
TEST(Audit, FindsAHistoryThatWasRewrittenWholeByWhatWasKeptOfIt) {
  Filled before, after("LOW!");
  NEEDS_DATABASE(before.database);
  EXPECT_EQ(finding(after.audit()), "nothing");
  std::vector<KnownLink> kept = before.audit().heads;
  std::erase_if(kept, [](const KnownLink& k) { return k.topic != "decisions"; });
  EXPECT_FOUND(after.audit(kept), "what was kept of an earlier audit says otherwise");
  kept.front().task = "account-7";
  EXPECT_FOUND(after.audit(kept), "it was there at an earlier audit, and is gone");
}

}  // namespace
}  // namespace due::postgres
