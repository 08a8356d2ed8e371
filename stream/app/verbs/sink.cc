// sink, migrate, audit: topics into PostgreSQL, and whether they are still there as they were written.
#include "stream/app/verbs/verbs.h"
#include "stream/cli/ledger/audit.h"
#include "stream/cli/ledger/sink.h"

namespace due::app::verbs {

void add_sink(Session& session) {
  auto a = std::make_shared<cli::SinkArguments>();
  CLI::App* verb = session.add({
      .name = "sink",
      .does = "write topics into PostgreSQL, each row exactly once",
      .group = look,
      .sections = {"log", "kafka", "app.log_level", "app.log_format", "http", "sink"},
      .examples = "  duestream sink --log kafka:broker:9092 --prefix prod. --to postgresql://sink@database/finance\n"
                  "  duestream sink --log embedded:/tmp/try --to postgresql://localhost/try --until-caught-up\n"
                  "  duestream sink --log kafka:broker:9092 --to service=finance --from-beginning --until-caught-up\n"
                  "Tables and views are in schema duestream; what each column means: \\d+ duestream.* in psql.\n"
                  "Exit code 3: a newer sink of this name took over. More: docs/sink.md",
  });
  verb->add_flag("--from-beginning", a->from_beginning,
                 "read the topics again: rows that are there must be the same byte for byte, missing ones are inserted");
  verb->add_flag("--until-caught-up", a->until_caught_up, "end where the topics end now");
  verb->add_flag("--json", a->json, "the summary as one line of JSON");
  const auto act = [a](const config::Config& config, cli::Wire& wire) {
    cli::SinkArguments all = config.sink;
    all.log = config.log;
    all.app = config.app;
    all.log.group = config.app.name + "-sink";
    all.from_beginning = a->from_beginning;
    all.until_caught_up = a->until_caught_up;
    all.json = a->json;
    return cli::sink(all, wire);
  };
  session.on(verb, act, {"log.uri", "sink.to"});
}

void add_migrate(Session& session) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = session.add({
      .name = "migrate",
      .does = "create or extend the schema of the database that sink writes to",
      .group = prepare,
      .sections = {"sink.to"},
      .examples = "  duestream migrate --to postgresql://admin@database/finance",
  });
  verb->add_flag("--json", *json, "the summary as one line of JSON");
  const auto act = [json](const config::Config& config, cli::Wire&) {
    cli::SinkArguments all = config.sink;
    all.json = *json;
    return cli::migrate(all);
  };
  session.on(verb, act, {"sink.to"});
}

void add_audit(Session& session) {
  auto a = std::make_shared<cli::AuditArguments>();
  CLI::App* verb = session.add({
      .name = "audit",
      .does = "prove that rows in PostgreSQL are what the sink wrote, or say where not",
      .group = look,
      .sections = {"sink.to"},
      .examples = "  duestream audit --to postgresql://auditor@database/finance --heads heads.2026-11\n"
                  "  duestream audit --to postgresql://auditor@database/finance --expect heads.2026-11\n"
                  "Keep files of heads where nobody of the database can write: they prove what no table can.\n"
                  "Exit code 1: there are findings.",
  });
  verb->add_option("--heads", a->heads, "where nothing is found, write the ends of all chains into this file")->type_name("FILE");
  verb->add_option("--expect", a->expect, "heads that were kept of an earlier audit: nothing before them may have changed")
      ->type_name("FILE");
  verb->add_flag("--json", a->json, "everything as one line of JSON");
  const auto act = [a](const config::Config& config, cli::Wire&) {
    a->to = config.sink.to;
    return cli::audit(*a);
  };
  session.on(verb, act, {"sink.to"});
}

}  // namespace due::app::verbs
