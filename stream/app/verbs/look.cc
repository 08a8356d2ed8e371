// What was decided, and what decides: tail, report, topology, features.
#include "stream/app/verbs/verbs.h"
#include "stream/cli/describe.h"
#include "stream/cli/report.h"
#include "stream/cli/tail/tail.h"

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

}  // namespace due::app::verbs
