// The schema on a real server: migrations, rights, and that a ledger takes no change.
#include <thread>

#include "stream/postgres/ledger/migrations.h"
#include "stream/postgres/sink.h"
#include "tests/integration/postgres/database.h"
#include "tests/unit/stream/postgres/scene.h"

namespace due::postgres {
namespace {

runtime::Report quiet() {
  return {runtime::Level::error, [](runtime::Level, std::string_view, std::span<const runtime::Field>) {}};
}

// A login without any right, gone with the test.
class Login {
 public:
  explicit Login(Database& database) : database_(database), name_("due_login_" + database.name()) {
    database_.on_server("create role " + name_ + " login");
  }
  ~Login() {
    database_.run("drop owned by " + name_);
    database_.on_server("drop role " + name_);
  }
  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;
  const std::string& name() const { return name_; }

 private:
  Database& database_;
  std::string name_;
};

TEST(Schema, IsAppliedOnceAndIsSafeToRepeat) {
  Database database;
  NEEDS_DATABASE(database);
  const auto first = migrate_database(database.uri());
  ASSERT_TRUE(first.has_value()) << first.error().what;
  EXPECT_EQ(*first, static_cast<int>(migrations().size()));
  const auto second = migrate_database(database.uri());
  ASSERT_TRUE(second.has_value()) << second.error().what;
  EXPECT_EQ(*second, 0);
}

TEST(Schema, IsAppliedOnceByTwoThatStartAtOnce) {
  for (int round = 0; round < 3; ++round) {
    Database database;
    NEEDS_DATABASE(database);
    std::atomic<int> applied{0}, failed{0};
    std::vector<std::thread> both;
    for (int i = 0; i < 2; ++i)
      both.emplace_back([&] {
        const auto done = migrate_database(database.uri());
        if (done) applied += *done;
        if (!done) ++failed;
      });
    for (std::thread& t : both) t.join();
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(applied, static_cast<int>(migrations().size()));
  }
}

TEST(Schema, OfANewerProgramOrOfAnotherTextIsRefused) {
  Database database;
  NEEDS_DATABASE(database);
  ASSERT_TRUE(migrate_database(database.uri()).has_value());
  database.run("update duestream.schema_version set sha256 = 'another' where version = 2");
  const auto other = migrate_database(database.uri());
  ASSERT_FALSE(other.has_value());
  EXPECT_NE(other.error().what.find("migration 2 (decisions) was applied to this database in another form"), std::string::npos)
      << other.error().what;
  database.run("insert into duestream.schema_version (version, name, sha256) values (999, 'later', '')");
  const auto newer = migrate_database(database.uri());
  ASSERT_FALSE(newer.has_value());
  EXPECT_NE(newer.error().what.find("schema version 999"), std::string::npos) << newer.error().what;
}

TEST(Schema, HasAWordForEveryTableViewColumnAndFunction) {
  Database database;
  NEEDS_DATABASE(database);
  ASSERT_TRUE(migrate_database(database.uri()).has_value());
  EXPECT_EQ(database.text("select coalesce(string_agg(c.relname || coalesce('.' || a.attname, ''), ', '), '') from pg_class c "
                          "left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
                          "where c.relnamespace = 'duestream'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition "
                          "and (obj_description(c.oid, 'pg_class') is null or col_description(c.oid, a.attnum) is null)"),
            "");
  EXPECT_EQ(database.text("select coalesce(string_agg(proname, ', '), '') from pg_proc where pronamespace = 'duestream'::regnamespace "
                          "and obj_description(oid, 'pg_proc') is null"),
            "");
}

TEST(Schema, TakesNoChangeOfALedgerNotEvenFromASuperuser) {
  Database database;
  NEEDS_DATABASE(database);
  ASSERT_TRUE(migrate_database(database.uri()).has_value());
  std::vector<std::string> ledgers = {"decisions", "decisions_0", "usage_events_7", "chain_seal"};
  for (const Table& t : tables()) ledgers.push_back(t.name);
  for (const std::string& t : ledgers)
    for (const char* before : {"", "set session_replication_role = replica; "})
      for (const std::string& change :
           {"update duestream." + t + " set log_partition = 1", "delete from duestream." + t, "truncate duestream." + t}) {
        EXPECT_NE(database.refusal(before + change).find("is refused: this table is append-only"), std::string::npos)
            << before << change << ": " << database.refusal(before + change);
      }
}

TEST(Schema, GivesTheWriterTheRightToInsertAndTheReaderTheRightToRead) {
  Database database;
  NEEDS_DATABASE(database);
  ASSERT_TRUE(migrate_database(database.uri()).has_value());
  const auto may = [&](const std::string& role, const std::string& table, const std::string& right) {
    return database.number("select has_table_privilege('" + role + "', 'duestream." + table + "', '" + right + "')::int") == 1;
  };
  for (const Table& t : tables()) {
    EXPECT_TRUE(may("duestream_writer", t.name, "insert")) << t.name;
    EXPECT_TRUE(may("duestream_reader", t.name, "select")) << t.name;
    EXPECT_FALSE(may("duestream_reader", t.name, "insert")) << t.name;
    for (const char* right : {"update", "delete", "truncate"}) EXPECT_FALSE(may("duestream_writer", t.name, right)) << t.name << right;
  }
  EXPECT_EQ(database.text("select coalesce(string_agg(relname, ', '), '') from pg_class where relnamespace = 'duestream'::regnamespace "
                          "and relkind in ('r', 'p', 'v') and not relispartition "
                          "and not has_table_privilege('duestream_reader', oid, 'select')"),
            "") << "not readable";
  EXPECT_FALSE(may("duestream_writer", "schema_version", "insert"));
  EXPECT_FALSE(may("duestream_reader", "sink_position", "update"));
}

TEST(Sink, NeedsNoMoreThanTheWritersRole) {
  Database database;
  NEEDS_DATABASE(database);
  Login login(database);
  LogScene scene({"decisions"});
  scene.put("decisions", 0, decision("account-0", 1));
  const auto attempt = [&] {
    SinkOptions options;
    options.uri = database.uri_as(login.name());
    options.until_caught_up = true;
    return Sink(scene.log(), options, quiet()).run();
  };
  auto done = attempt();
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().what.find("Run `duestream migrate` once with a login that may"), std::string::npos)
      << done.error().what;
  ASSERT_TRUE(migrate_database(database.uri()).has_value());
  done = attempt();
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().what.find("grant"), std::string::npos) << done.error().what;
  database.run("grant duestream_writer to " + login.name());
  done = attempt();
  ASSERT_TRUE(done.has_value()) << done.error().what;
  EXPECT_EQ(done->inserted, 1);
}

TEST(Sink, SaysWhatIsWrongWithTheDatabaseItIsGiven) {
  Database database;
  NEEDS_DATABASE(database);
  LogScene scene({"decisions"});
  const auto error = [&](const std::string& uri, bool migrate) {
    SinkOptions options;
    options.uri = uri;
    options.until_caught_up = true;
    options.migrate = migrate;
    const auto done = Sink(scene.log(), options, quiet()).run();
    return done ? std::string("none") : done.error().what;
  };
  EXPECT_NE(error(database.uri() + "_absent", true).find("does not exist"), std::string::npos);
  EXPECT_NE(error("postgresql://nobody@127.0.0.1:1/x", true).find("Connection refused"), std::string::npos);
  EXPECT_NE(error("nonsense=1", true).find("invalid connection option \"nonsense\""), std::string::npos);
  EXPECT_NE(error(database.uri(), false).find("run `duestream migrate`"), std::string::npos);
}

}  // namespace
}  // namespace due::postgres
