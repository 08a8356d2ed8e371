#include <CLI/CLI.hpp>

#include "stream/app/wire.h"
#include "stream/cli/describe.h"
#include "stream/cli/publish.h"
#include "stream/cli/report.h"
#include "stream/cli/run.h"
#include "stream/cli/tail.h"

namespace {

using namespace due;

void add_log(CLI::App& verb, cli::LogChoice& log) {
  verb.add_option("--log", log.uri, "where the events are: embedded:DIR (in this process, no server) or kafka:HOST:PORT")->required();
  verb.add_option("--prefix", log.prefix, "before every topic name, e.g. prod.");
  verb.add_option("-X", log.kafka_properties, "a librdkafka property, name=value; may be repeated (TLS, SASL, timeouts)");
}

void add_topics(CLI::App& verb, cli::LogChoice& log) {
  verb.add_flag("--create-topics", log.create_topics, "create missing topics (an embedded log always does)");
  verb.add_option("--partitions", log.partitions, "of topics that are created")->check(CLI::Range(1, 1024))->capture_default_str();
}

void add_run(CLI::App& app, cli::Wire& wire, int& code) {
  auto a = std::make_shared<cli::RunArguments>();
  CLI::App* verb = app.add_subcommand("run", "decide: read events, keep state, write decisions, exactly once");
  add_log(*verb, a->log);
  add_topics(*verb, a->log);
  verb->add_option("--app", a->app, "application: consumer group and prefix of transactional ids")->capture_default_str();
  verb->add_option("--slot", a->slot, "this process within the application; stable over restarts, unique among living processes")
      ->capture_default_str();
  verb->add_option("--workers", a->workers, "threads that decide")->check(CLI::Range(1, 256))->capture_default_str();
  verb->add_option("--state", a->state_directory, "directory of the state; may be deleted: it is rebuilt from the log")
      ->capture_default_str();
  verb->add_flag("--until-caught-up", a->until_caught_up, "end when every input has been read to its end and committed");
  verb->add_flag("--json", a->json, "the summary as one line of JSON");
  verb->add_option("--log-level", a->log_level, "what goes to stderr")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  verb->add_option("--session-timeout", a->session_timeout_ms, "ms without a sign of life until the group gives our tasks away")
      ->check(CLI::Range(1'000, 300'000))
      ->capture_default_str();
  verb->add_option("--commit-interval", a->commit_max_ms, "ms between commits, at most; adapts below that")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  verb->add_option("--merge-wait", a->merge_wait_ms, "ms to wait for an input that is known to hold more")
      ->check(CLI::Range(0, 600'000))
      ->capture_default_str();
  verb->add_option("--recovery-budget", a->recovery_budget_ms,
                   "ms that recovery in place may take; state is persisted as rarely as that allows")
      ->check(CLI::Range(100, 600'000))
      ->capture_default_str();
  verb->add_option("--cache-bytes", a->cache_bytes, "memory for decoded state")->transform(CLI::AsSizeValue(false))->capture_default_str();
  verb->add_option("--batch-records", a->batch_records, "outputs of one batch of a task, at most")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb->add_option("--delay-days-max", a->logic.delay_days_max, "baseline rule: an average delay above it is HIGH")->capture_default_str();
  verb->add_option("--unpaid-max", a->logic.unpaid_units_max,
                   "baseline rule: a balance above it is HIGH, in whole units of the account's currency")
      ->capture_default_str();
  verb->callback([a, &wire, &code] {
    a->commit_min_ms = std::min(a->commit_min_ms, a->commit_max_ms);
    code = cli::run(*a, wire);
  });
}

void add_publish(CLI::App& app, cli::Wire& wire, int& code) {
  auto a = std::make_shared<cli::PublishArguments>();
  CLI::App* verb = app.add_subcommand("publish", "send events from files into the input topics");
  add_log(*verb, a->log);
  add_topics(*verb, a->log);
  verb->add_option("--format", a->format, "ndjson: a CloudEvent a line; hrc-closed: docs/mappings/hrc-closed.md, .csv or .csv.xz")
      ->check(CLI::IsMember({"ndjson", "hrc-closed"}))
      ->capture_default_str();
  verb->add_option("files", a->files, "what to send; - is standard input (ndjson)")->required();
  verb->add_flag("--json", a->json, "the summary as one line of JSON");
  verb->callback([a, &wire, &code] { code = cli::publish(*a, wire); });
}

void add_generate(CLI::App& app, cli::Wire& wire, int& code) {
  auto a = std::make_shared<cli::GenerateArguments>();
  CLI::App* verb = app.add_subcommand("generate", "make up a company's events, the same ones for the same seed");
  add_log(*verb, a->log);
  add_topics(*verb, a->log);
  cli::CompanyOptions& c = a->company;
  verb->add_option("--workload", a->workload, "company: temperaments, disputes, bad records; account-risk: the engines' benchmark")
      ->check(CLI::IsMember({"company", "account-risk"}))
      ->capture_default_str();
  verb->add_option("--seed", c.seed, "of everything that is made up (company)")->capture_default_str();
  verb->add_option("--customers", c.customers, "how many")->check(CLI::Range(1, 50'000'000))->capture_default_str();
  verb->add_option("--days", c.days, "from 2025-01-01 on (company)")->check(CLI::Range(1, 3'650))->capture_default_str();
  verb->add_option("--late-payers", c.late_payers_permille, "in a thousand customers (company)")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
  verb->add_option("--duplicates", c.duplicates_permille, "in a thousand records (company)")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
  verb->add_option("--bad-records", c.bad_records_permille, "in a thousand records (company)")
      ->check(CLI::Range(0, 1'000))
      ->capture_default_str();
  verb->add_option("--events", a->events, "unique events (account-risk)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->capture_default_str();
  verb->add_flag("--json", a->json, "the summary as one line of JSON");
  verb->callback([a, &wire, &code] { code = cli::generate(*a, wire); });
}

void add_tail(CLI::App& app, cli::Wire& wire, int& code) {
  auto a = std::make_shared<cli::TailArguments>();
  CLI::App* verb = app.add_subcommand("tail", "show committed records of a topic as they come");
  add_log(*verb, a->log);
  verb->add_option("topic", a->topic, "without prefix: decisions, dead-letters, chronicle, invoices, ...")->required();
  verb->add_flag("--from-beginning", a->from_beginning, "not only what comes from now on");
  verb->add_flag("--until-end", a->until_end, "stop at the end as it is now");
  verb->add_flag("--json", a->json, "one JSON object a record");
  verb->add_option("--max", a->max, "stop after that many records");
  verb->callback([a, &wire, &code] { code = cli::tail(*a, wire); });
}

void add_report(CLI::App& app, cli::Wire& wire, int& code) {
  auto a = std::make_shared<cli::ReportArguments>();
  CLI::App* verb = app.add_subcommand("report", "the riskiest customers and the bad records, with reasons");
  add_log(*verb, a->log);
  verb->add_option("--top", a->top, "customers to show")->capture_default_str();
  verb->callback([a, &wire, &code] { code = cli::report(*a, wire); });
}

void add_descriptions(CLI::App& app, cli::Wire& wire, int& code) {
  auto mermaid = std::make_shared<bool>(false);
  CLI::App* topology = app.add_subcommand("topology", "print what is computed from what");
  topology->add_flag("--mermaid", *mermaid, "as a Mermaid flowchart");
  topology->callback([mermaid, &wire, &code] { code = cli::print_topology(*mermaid, wire); });
  auto json = std::make_shared<bool>(false);
  CLI::App* features = app.add_subcommand("features", "print the features that decisions carry, with units");
  features->add_flag("--json", *json, "as JSON");
  features->callback([json, &code] { code = cli::print_features(*json); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"duestream: decides on every business event how risky a customer is, exactly once, and can derive any decision again"};
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 stopped by an error (which says what to do), 2 wrong command line.\n"
      "First steps: duestream generate --help, then run, then report.");
  const std::unique_ptr<cli::Wire> wire = app::make_wire();
  int code = cli::Exit::ok;
  add_run(app, *wire, code);
  add_publish(app, *wire, code);
  add_generate(app, *wire, code);
  add_tail(app, *wire, code);
  add_report(app, *wire, code);
  add_descriptions(app, *wire, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int shown = app.exit(e);
    return shown == 0 ? cli::Exit::ok : cli::Exit::usage;
  }
  return code;
}
