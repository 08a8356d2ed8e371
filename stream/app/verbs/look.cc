// What was decided, and what decides: tail, report, inspect, checkpoints, topology, features, metrics.
#include <cstdio>

#include "stream/app/verbs/verbs.h"
#include "stream/cli/checkpoints.h"
#include "stream/cli/describe.h"
#include "stream/cli/inspect/inspect.h"
#include "stream/cli/report.h"
#include "stream/cli/tail/tail.h"
#include "stream/metrics/catalogue.h"

namespace due::app::verbs {

void add_tail(Session& session) {
  auto a = std::make_shared<cli::TailArguments>();
  CLI::App* verb = session.add({
      .name = "tail",
      .does = "show committed records of a topic as they come, as a table",
      .group = look,
      .sections = {"log", "kafka"},
      .examples = "  duestream tail decisions --log kafka:broker:9092 --prefix prod. --last 20\n"
                  "  duestream tail dead-letters --log embedded:/tmp/try --from-beginning --until-end --json",
  });
  verb->add_option("topic", a->topic, "without prefix: decisions, dead-letters, chronicle, invoices, ...")->required();
  CLI::Option* all = verb->add_flag("--from-beginning", a->from_beginning, "not only what comes from now on");
  verb->add_option("--last", a->last, "begin with that many of the newest records")->check(CLI::Range(1, 1'000'000))->excludes(all);
  verb->add_flag("--until-end", a->until_end, "stop at the end as it is now");
  verb->add_flag("--json", a->json, "one JSON object a record instead, with everything that is in it");
  verb->add_option("--max", a->max, "stop after that many records");
  session.on(verb, [a](const config::Config& config, cli::Wire& wire) {
    a->log = config.log;
    return cli::tail(*a, wire);
  });
}

void add_report(Session& session) {
  auto a = std::make_shared<cli::ReportArguments>();
  CLI::App* verb = session.add({
      .name = "report",
      .does = "the riskiest customers and the bad records, with reasons",
      .group = look,
      .sections = {"log", "kafka"},
      .examples = "  duestream report --log embedded:/tmp/try --top 20",
  });
  verb->add_option("--top", a->top, "customers to show")->capture_default_str();
  session.on(verb, [a](const config::Config& config, cli::Wire& wire) {
    a->log = config.log;
    return cli::report(*a, wire);
  });
}

void add_inspect(Session& session) {
  auto a = std::make_shared<cli::InspectArguments>();
  CLI::App* verb = session.add({
      .name = "inspect",
      .does = "what is remembered of a customer, the features now, the last decisions and why",
      .group = look,
      .sections = {"log", "kafka", "app.name", "run.state", "checkpoint.to", "run.memory_bytes", "run.cache_bytes", "rules"},
      .examples = "  duestream inspect C000095 --log embedded:/tmp/try --state /tmp/try-state\n"
                  "  duestream inspect C000095 --log embedded:/tmp/try --as-of invoices:2:4711\n"
                  "  duestream inspect C000095 --config /etc/duestream.toml --json",
  });
  verb->add_option("customer", a->customer, "the customer's id, as events carry it")->required();
  verb->add_option("--as-of", a->as_of,
                   "what was remembered then: behind a batch of the customer's task (120; duestream chronicle lists them), or behind the\n"
                   "record of an input that was taken last (TOPIC:PARTITION:OFFSET, invoices:2:4711); folded from the beginning, or from\n"
                   "the newest checkpoint at or before a batch")
      ->type_name("MOMENT");
  verb->add_option("--day", a->day, "the day of features and balances, YYYY-MM-DD; the account's newest where it is left out");
  verb->add_option("--decisions", a->decisions, "how many of the newest decisions to show")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  verb->add_option("--rows", a->rows_max, "open items, payments and so on to show, at most; --json has all")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb->add_option("--look-back", a->look_back,
                   "how many of the newest records of a partition to search for his decisions and his documents' ids")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}))
      ->capture_default_str();
  verb->add_flag("--json", a->json, "as one JSON object");
  session.on(verb, [a](const config::Config& config, cli::Wire& wire) {
    a->log = config.log;
    a->app = config.app;
    a->logic = config.run.logic;
    a->state_directory = config.run.state_directory;
    a->checkpoints = config.run.checkpoints;
    a->cache_bytes = cli::state_bytes_of(config.run.memory());
    return cli::inspect(*a, wire);
  });
}

void add_checkpoints(Session& session) {
  auto a = std::make_shared<cli::CheckpointsArguments>();
  CLI::App* verb = session.add({
      .name = "checkpoints",
      .does = "list the copies of the state, and tell whether they are whole",
      .group = look,
      .sections = {"checkpoint.to"},
      .examples = "  duestream checkpoints --checkpoints /mnt/checkpoints --verify",
  });
  verb->add_flag("--verify", a->verify, "read every file and compare it with its hash");
  verb->add_flag("--json", a->json, "one JSON object a checkpoint");
  const auto act = [a](const config::Config& config, cli::Wire&) {
    a->checkpoints = config.run.checkpoints;
    return cli::checkpoints(*a);
  };
  session.on(verb, act, {"checkpoint.to"});
}

void add_topology(Session& session) {
  auto mermaid = std::make_shared<bool>(false);
  CLI::App* verb =
      session.add({.name = "topology", .does = "print what is computed from what", .group = look, .sections = {}, .examples = {}});
  verb->add_flag("--mermaid", *mermaid, "as a Mermaid flowchart");
  session.on_plain(verb, [mermaid](cli::Wire& wire) { return cli::print_topology(*mermaid, wire); });
}

void add_features(Session& session) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = session.add(
      {.name = "features", .does = "print the features that decisions carry, with units", .group = look, .sections = {}, .examples = {}});
  verb->add_flag("--json", *json, "as JSON");
  session.on_plain(verb, [json](cli::Wire&) { return cli::print_features(*json); });
}

void add_metrics(Session& session) {
  CLI::App* verb = session.add(
      {.name = "metrics", .does = "print the metrics that run and sink expose, as a page", .group = look, .sections = {}, .examples = {}});
  session.on_plain(verb, [](cli::Wire&) {
    std::fputs(metrics::reference().c_str(), stdout);
    return cli::Exit::ok;
  });
}

}  // namespace due::app::verbs
