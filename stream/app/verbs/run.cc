#include "stream/app/verbs/verbs.h"
#include "stream/cli/run.h"

namespace due::app::verbs {

void add_run(Session& session) {
  auto a = std::make_shared<cli::RunArguments>();
  CLI::App* verb = session.add({
      .name = "run",
      .does = "decide: read events, keep state, write decisions, exactly once",
      .group = decide,
      .sections = {"log", "kafka", "topics", "app", "http", "run", "checkpoint", "rules"},
      .examples = "  duestream run --log embedded:/tmp/try --state /tmp/try-state --until-caught-up\n"
                  "  duestream run --log kafka:broker:9092 --prefix prod. --app risk --slot 0 --state /var/lib/duestream --workers 2\n"
                  "  duestream run --log kafka:broker:9092 --state /var/lib/duestream --checkpoints /mnt/checkpoints\n"
                  "  duestream run --config /etc/duestream.toml --slot 1",
  });
  verb->add_flag("--until-caught-up", a->until_caught_up, "end when every input has been read to its end and committed");
  verb->add_flag("--json", a->json, "the summary as one line of JSON");
  session.on(verb, [a](const config::Config& config, cli::Wire& wire) {
    cli::RunArguments all = config.run;
    all.log = config.log;
    all.app = config.app;
    all.log.group = config.app.name;
    all.until_caught_up = a->until_caught_up;
    all.json = a->json;
    return cli::run(all, wire);
  });
}

void add_recover(Session& session) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = session.add({
      .name = "recover",
      .does = "after a crash, before another version: recover the state, persist and seal it, decide nothing",
      .group = decide,
      .sections = {"log", "kafka", "topics", "app", "http", "run", "checkpoint", "rules"},
      .examples = "  duestream recover --config /etc/duestream.toml --slot 0\n"
                  "With the version and the settings that crashed, in every slot; then start the new version. It ends by itself, with\n"
                  "exit code 0 once everything is sealed. An orderly stop (SIGTERM) of run seals as well: then this is not needed.",
  });
  verb->add_flag("--json", *json, "the summary as one line of JSON");
  session.on(verb, [json](const config::Config& config, cli::Wire& wire) {
    cli::RunArguments all = config.run;
    all.log = config.log;
    all.app = config.app;
    all.log.group = config.app.name;
    if (all.app.listen.empty()) all.app.listen = "off";  // over before anybody scrapes it
    all.seal_only = true;
    all.json = *json;
    return cli::run(all, wire);
  });
}

}  // namespace due::app::verbs
