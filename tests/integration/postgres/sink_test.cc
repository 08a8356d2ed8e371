// The sink on a real server: each row once, whatever is repeated, lost, ended or taken over on the way.
#include "stream/postgres/sink.h"

#include <thread>

#include "stream/postgres/feeder.h"
#include "stream/postgres/ledger/ledger.h"
#include "stream/postgres/ledger/migrations.h"
#include "tests/integration/postgres/database.h"
#include "tests/unit/stream/postgres/scene.h"

namespace due::postgres {
namespace {

runtime::Report quiet() {
  return {runtime::Level::error, [](runtime::Level, std::string_view, std::span<const runtime::Field>) {}};
}

SinkOptions to(const Database& database) {
  SinkOptions options;
  options.uri = database.uri();
  options.until_caught_up = true;
  return options;
}

Result<SinkFigures> run(LogScene& scene, const SinkOptions& options) { return Sink(scene.log(), options, quiet()).run(); }

void put_decisions(LogScene& scene, std::int64_t from, std::int64_t to) {
  for (std::int64_t seq = from; seq <= to; ++seq)
    for (const int p : {0, 1}) scene.put("decisions", p, decision("account-" + std::to_string(p), seq));
}

TEST(Sink, WritesWhatItReadAndGoesOnWhereItStopped) {
  Database database;
  NEEDS_DATABASE(database);
  LogScene scene({"decisions", "dead-letters", "invoices", "payments", "usage", "anomalies", "controls", "credit-notes"});
  put_decisions(scene, 1, 3);
  scene.put("invoices", 1, {"C1", std::string("\0\xff", 2), {{"x", "\xff"}}, {INT64_MIN}});
  scene.put("usage", 1, {std::nullopt, std::nullopt, {}});
  scene.put("payments", 0, {"C1", R"({"a":"\u0000","b":1e5})", {}});
  scene.put("anomalies", 0, {"C1", R"({"specversion":"1.0","id":"a1","source":"/x","type":"due.anomaly.v1"})", by_task("account-0", 1)});
  scene.put("controls", 0,
            {std::nullopt, R"({"specversion":"1.0","id":"e1","source":"/operations","type":"due.control.record-skipped.v1",)"
                           R"("time":"2025-03-01T12:30:00Z","data":{"control_id":"CTL-1","actor":"j.doe","reason":"ticket 4711",)"
                           R"("topic":"invoices","partition":1,"offset":0}})", {}});
  scene.put("credit-notes", 1,
            {"C1", R"({"specversion":"1.0","id":"b7a1","source":"/duestream/register","type":"due.credit-note.issued.v1",)"
                   R"("time":"2025-03-01T12:30:00Z","data":{"credit_note_id":"b7a1","number":"CN-2025-000007","document_type":"381",)"
                   R"("legal_entity_id":"DE01","customer_id":"C1","refers_to":[{"invoice_id":"I1","issue_date":"2025-02-01"}],)"
                   R"("reason_code":"cancellation","cancellation_id":"K1","issue_date":"2025-03-01","currency":"EUR",)"
                   R"("gross_minor":1234,"remaining_minor":0,"status":"issued"}})", by_task("register-0", 1)});
  Sent letter{std::string("\0", 1), "not json", {{"x-err.code", "NOT_JSON"}}};
  for (const auto& [name, value] : {std::pair{"x-err.topic", "invoices"}, {"x-err.partition", "1"}, {"x-err.offset", "0"}})
    letter.headers.emplace_back(name, value);
  for (const auto& h : by_task("account-1", 1)) letter.headers.push_back(h);
  scene.put("dead-letters", 1, letter);

  auto done = run(scene, to(database));
  ASSERT_TRUE(done.has_value()) << done.error().what;
  EXPECT_EQ(done->inserted, 13);
  EXPECT_EQ(done->rows.at("decisions"), 6);
  EXPECT_EQ(database.text("select record::text from duestream.decisions where task = 'account-1' and seq = 3"), decision_json("e3"));
  EXPECT_EQ(database.text("select decision_id || ' ' || features[2] || ' ' || reasons[2] || ' ' || task_time || ' ' || business_date "
                          "from duestream.decisions where task = 'account-0' and seq = 1"),
            "invoices/0/123 -5 OUTSTANDING 2025-03-01 12:30:00.123+00 2025-03-01");
  EXPECT_EQ(database.text("select encode(raw, 'hex') from duestream.invoice_events"), "00ff");
  EXPECT_EQ(database.text("select record::text from duestream.payment_events"), R"({"a":"\u0000","b":1e5})");
  EXPECT_EQ(database.text("select refusal from duestream.usage_events"), "EMPTY_VALUE");
  EXPECT_EQ(database.text("select code || encode(key, 'hex') from duestream.dead_letters"), "NOT_JSON00");
  EXPECT_EQ(database.text("select anomaly_id from duestream.anomalies"), "a1");
  EXPECT_EQ(database.text("select control_id || ' ' || actor || ' ' || reason || ' ' || skip_topic || skip_partition || skip_offset "
                          "from duestream.control_events"),
            "CTL-1 j.doe ticket 4711 invoices10");
  EXPECT_EQ(database.text("select number || ' ' || invoice_ids[1] || ' ' || gross_minor || ' ' || issue_date from duestream.credit_notes"),
            "CN-2025-000007 I1 1234 2025-03-01");

  EXPECT_EQ(run(scene, to(database))->inserted, 0);
  put_decisions(scene, 4, 5);
  EXPECT_EQ(run(scene, to(database))->inserted, 4);
  EXPECT_EQ(database.number("select count(*) from duestream.decisions"), 10);
}

TEST(Sink, StopsAtAGapWithWhatCameBeforeWritten) {
  Database database;
  NEEDS_DATABASE(database);
  LogScene scene({"decisions"});
  put_decisions(scene, 1, 2);
  put_decisions(scene, 4, 4);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto done = run(scene, to(database));
    ASSERT_FALSE(done.has_value());
    EXPECT_NE(done.error().what.find("a gap in decisions/"), std::string::npos) << done.error().what;
  }
  EXPECT_LE(database.number("select max(seq) from duestream.decisions"), 2);
  EXPECT_GE(database.number("select count(*) from duestream.decisions"), 2);
}

TEST(Sink, IgnoresAnIdenticalRepeatAndStopsAtOneThatDiffers) {
  Database database;
  NEEDS_DATABASE(database);
  LogScene scene({"decisions"});
  put_decisions(scene, 1, 3);
  ASSERT_TRUE(run(scene, to(database)).has_value());
  put_decisions(scene, 2, 4);
  auto done = run(scene, to(database));
  ASSERT_TRUE(done.has_value()) << done.error().what;
  EXPECT_EQ(done->repeated, 4);
  EXPECT_EQ(done->inserted, 2);
  EXPECT_EQ(database.number("select count(*) from duestream.decisions"), 8);

  Sent other = decision("account-1", 3);
  other.value->replace(other.value->find("HIGH"), 4, "LOW");
  scene.put("decisions", 1, other);
  done = run(scene, to(database));
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().what.find("column decision is \"HIGH\" in the table and \"LOW\" in the log"), std::string::npos)
      << done.error().what;
  EXPECT_EQ(database.number("select count(*) from duestream.decisions where decision = 'LOW'"), 0);
}

TEST(Sink, ReadsAgainAndInsertsOnlyWhatIsMissing) {
  Database database;
  NEEDS_DATABASE(database);
  LogScene scene({"decisions", "invoices"});
  put_decisions(scene, 1, 50);
  for (int i = 0; i < 5; ++i) scene.put("invoices", 0, {"C1", std::to_string(i), {}});
  ASSERT_TRUE(run(scene, to(database)).has_value());
  // Somebody with every right took rows away, at the beginning, in the middle and at the end.
  database.run(
      "alter table duestream.decisions disable trigger append_only; delete from duestream.decisions where seq in (1, 20, 21, 50);"
      "alter table duestream.invoice_events disable trigger append_only; delete from duestream.invoice_events where log_offset = 2");
  SinkOptions again = to(database);
  again.from_beginning = true;
  again.batch_bytes = 4'000;
  const auto done = run(scene, again);
  ASSERT_TRUE(done.has_value()) << done.error().what;
  EXPECT_EQ(done->inserted, 9);
  EXPECT_EQ(done->repeated, 96);
  EXPECT_EQ(database.number("select count(*) from duestream.decisions"), 100);
  EXPECT_EQ(database.number("select count(*) from duestream.invoice_events"), 5);

  database.run("update duestream.decisions set customer_id = 'C2' where seq = 20 and task = 'account-0'");
  const auto changed = run(scene, again);
  ASSERT_FALSE(changed.has_value());
  EXPECT_NE(changed.error().what.find("seq 20: column customer_id is \"C2\" in the table and \"C1\" in the log"), std::string::npos)
      << changed.error().what;
}

TEST(Sink, TakesRowsThatAreThereAlreadyForRepeats) {
  Database database;
  NEEDS_DATABASE(database);
  LogScene scene({"decisions"});
  put_decisions(scene, 1, 5);
  ASSERT_TRUE(run(scene, to(database)).has_value());
  // As after restoring the sink's own tables from an older copy than the rows.
  database.run("update duestream.sink_position set next_offset = -1; delete from duestream.chain_head");
  put_decisions(scene, 6, 7);
  const auto done = run(scene, to(database));
  ASSERT_TRUE(done.has_value()) << done.error().what;
  EXPECT_EQ(done->inserted, 4);
  EXPECT_EQ(done->repeated, 10);
}

TEST(Sink, GivesWayToANewerOneOfItsName) {
  Database database;
  NEEDS_DATABASE(database);
  LogScene scene({"decisions"});
  put_decisions(scene, 1, 3);
  SinkOptions going_on = to(database);
  going_on.until_caught_up = false;
  Sink first(scene.log(), going_on, quiet());
  Result<SinkFigures> ended = Error{};
  std::thread old([&] { ended = first.run(); });
  while (first.rows_done() < 6) std::this_thread::yield();
  ASSERT_TRUE(run(scene, to(database)).has_value());
  put_decisions(scene, 4, 4);  // what the old one would write next
  old.join();
  ASSERT_FALSE(ended.has_value());
  EXPECT_TRUE(first.superseded());
  EXPECT_NE(ended.error().what.find("superseded"), std::string::npos) << ended.error().what;
  EXPECT_EQ(database.number("select count(*) from duestream.decisions"), 6);
  EXPECT_EQ(run(scene, to(database))->inserted, 2);
}

TEST(Sink, LeavesATopicToTheSinkThatHasIt) {
  Database database;
  NEEDS_DATABASE(database);
  LogScene scene({"decisions", "invoices"}), elsewhere({"decisions"}, 3);
  put_decisions(scene, 1, 1);
  SinkOptions one = to(database), two = to(database);
  one.topics = {"decisions"};
  two.name = "other";
  ASSERT_TRUE(run(scene, one).has_value());
  auto done = run(scene, two);
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().what.find("is written to this database by the sink named main"), std::string::npos) << done.error().what;
  two.topics = {"invoices"};
  EXPECT_TRUE(run(scene, two).has_value());
  // Another log's topic of the same name is another history.
  LogScene again({"unrelated", "decisions"});
  done = run(again, one);
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().what.find("this database was filled from another topic decisions"), std::string::npos) << done.error().what;
  one.topics = {"nonsense"};
  EXPECT_NE(run(scene, one).error().what.find("topic nonsense has no table"), std::string::npos);
}

TEST(Sink, WritesEachRowOnceThoughItsSessionIsEndedAllTheTime) {
  Database database;
  NEEDS_DATABASE(database);
  LogScene scene({"decisions"});
  put_decisions(scene, 1, 400);
  SinkOptions options = to(database);
  options.batch_bytes = 8'000;
  std::atomic<bool> over{false};
  std::atomic<int> ended{0};
  std::thread enemy([&] {
    while (!over) {
      std::this_thread::sleep_for(std::chrono::milliseconds(15));
      ended += static_cast<int>(database.number("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like "
                                                "'duestream sink%' and datname = current_database()"));
      if (ended >= 8) break;
    }
  });
  std::atomic<int> away{0};
  Sink sink(scene.log(), options,
            {runtime::Level::warning, [&](runtime::Level, std::string_view event, std::span<const runtime::Field>) {
               away += event == "database.away" ? 1 : 0;
             }});
  const auto done = sink.run();
  over = true;
  enemy.join();
  ASSERT_TRUE(done.has_value()) << done.error().what;
  EXPECT_EQ(database.number("select count(*) from duestream.decisions"), 800);
  EXPECT_EQ(database.number("select sum(next_offset) from duestream.sink_position"), 800);
  if (ended > 1) {  // one may have met the start, which has a patience of its own
    EXPECT_GT(away, 0);
  }
}

// A ledger of topic decisions under the name main, and one batch of six rows that it has not written.
struct Bench {
  explicit Bench(const Database& database, const std::string& application) {
    put_decisions(scene, 1, 3);
    connection = {database.uri(), application};
    auto opened = Connection::open(connection);
    EXPECT_TRUE(opened.has_value());
    ledger = std::make_unique<Ledger>(Ledger::Options{connection, "main", tables}, std::move(*opened));
    const auto attached = ledger->attach(targets);
    EXPECT_TRUE(attached.has_value()) << (attached ? "" : attached.error().what);
    Feeder::Options options;
    options.tables = tables;
    options.targets = targets;
    options.until_caught_up = true;
    auto feeder = Feeder::open(scene.log(), options, *attached);
    EXPECT_TRUE(feeder.has_value());
    batch = (*feeder)->next([] { return true; }, false);
    EXPECT_EQ(batch.rows(), 6);
  }
  LogScene scene{{"decisions"}};
  const std::vector<const Table*> tables = {&table_of("decisions")};
  const std::vector<Target> targets = {{0, 0, "decisions", "id"}, {0, 1, "decisions", "id"}};
  Connection::Options connection;
  std::unique_ptr<Ledger> ledger;
  Batch batch;
};

// What an answer that got lost looks like: the batch is committed, and is written once more.
TEST(Ledger, RecognisesABatchThatIsThereAlready) {
  Database database;
  NEEDS_DATABASE(database);
  ASSERT_TRUE(migrate_database(database.uri()).has_value());
  Bench bench(database, "duestream sink main");
  EXPECT_EQ(bench.ledger->write(bench.batch)->inserted[0], 6);
  ASSERT_TRUE(bench.ledger->reopen().has_value());
  const auto again = bench.ledger->write(bench.batch);
  ASSERT_TRUE(again.has_value()) << again.error().what;
  EXPECT_EQ(again->inserted[0], 0);
  EXPECT_EQ(again->repeated, 0);  // known by the positions: no row was compared
  EXPECT_EQ(database.number("select count(*) from duestream.decisions"), 6);

  database.run("update duestream.sink_position set next_offset = 1 where log_partition = 0");
  const auto moved = bench.ledger->write(bench.batch);
  ASSERT_FALSE(moved.has_value());
  EXPECT_NE(moved.error().what.find("sink_position was changed by somebody else: decisions/0 is at 1"), std::string::npos)
      << moved.error().what;
}

// The sessions of older sinks are ended. One that cannot be found, because it goes by another name, is refused all the same.
TEST(Ledger, WritesNoMoreOnceANewerOneStartedThoughNothingWasWrittenSince) {
  Database database;
  NEEDS_DATABASE(database);
  ASSERT_TRUE(migrate_database(database.uri()).has_value());
  Bench older(database, "somebody"), newer(database, "duestream sink main");
  const auto refused = older.ledger->write(older.batch);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().remedy, Remedy::stop);
  EXPECT_TRUE(older.ledger->superseded());
  EXPECT_EQ(database.number("select count(*) from duestream.decisions"), 0);
  EXPECT_EQ(newer.ledger->write(newer.batch)->inserted[0], 6);
}

}  // namespace
}  // namespace due::postgres
