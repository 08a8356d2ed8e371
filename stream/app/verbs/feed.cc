// publish and generate: events into the input topics.
#include "stream/app/verbs/verbs.h"
#include "stream/cli/feeds/files/formats.h"
#include "stream/cli/publish.h"

namespace due::app::verbs {

void add_publish(Session& session) {
  auto a = std::make_shared<cli::PublishArguments>();
  CLI::App* verb = session.add({
      .name = "publish",
      .does = "send events from files into the input topics",
      .group = feed,
      .sections = {"log", "kafka", "topics"},
      .examples = "  duestream publish events.ndjson --log kafka:broker:9092 --prefix prod.\n"
                  "  zcat events.ndjson.gz | duestream publish - --log embedded:/tmp/try\n"
                  "  duestream publish --format hrc-closed items.csv.xz --log kafka:broker:9092 --create-topics --partitions 8",
  });
  std::vector<std::string> formats{"ndjson"};
  std::string meanings = "ndjson: a CloudEvent a line; of .csv or .csv.xz, as docs/mappings says:";
  for (const cli::FileFormat& format : cli::file_formats()) {
    formats.emplace_back(format.name);
    meanings.append(formats.size() > 2 ? "; " : " ").append(format.name).append(" (").append(format.what).append(")");
  }
  verb->add_option("--format", a->format, meanings)
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
  verb->add_option("files", a->files, "what to send; - is standard input (ndjson)")->required();
  verb->add_flag("--json", a->json, "the summary as one line of JSON");
  session.on(verb, [a](const config::Config& config, cli::Wire& wire) {
    a->log = config.log;
    return cli::publish(*a, wire);
  });
}

void add_generate(Session& session) {
  auto a = std::make_shared<cli::GenerateArguments>();
  CLI::App* verb = session.add({
      .name = "generate",
      .does = "make up a company's events, the same ones for the same seed",
      .group = feed,
      .sections = {"log", "kafka", "topics"},
      .examples = "  duestream generate --log embedded:/tmp/try --customers 2000 --days 365 --seed 7\n"
                  "  duestream generate --log kafka:broker:9092 --create-topics --bad-records 20\n"
                  "  duestream generate --log embedded:/tmp/try --workload account-risk --events 1000000 --large-accounts 10 --items 10000",
  });
  cli::CompanyOptions& c = a->company;
  const CLI::Range permille(0, 1'000);
  verb->add_option("--workload", a->workload, "company: temperaments, disputes, bad records; account-risk: the engines' benchmark")
      ->check(CLI::IsMember({"company", "account-risk"}))
      ->capture_default_str();
  verb->add_option("--seed", c.seed, "of everything that is made up (company)")->capture_default_str();
  verb->add_option("--customers", c.customers, "how many")->check(CLI::Range(1, 50'000'000))->capture_default_str();
  verb->add_option("--days", c.days, "from 2025-01-01 on (company)")->check(CLI::Range(1, 3'650))->capture_default_str();
  verb->add_option("--late-payers", c.late_payers_permille, "in a thousand customers (company)")->check(permille)->capture_default_str();
  verb->add_option("--duplicates", c.duplicates_permille, "in a thousand records (company)")->check(permille)->capture_default_str();
  verb->add_option("--bad-records", c.bad_records_permille, "in a thousand records (company)")->check(permille)->capture_default_str();
  verb->add_option("--events", a->events, "unique events (account-risk)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->capture_default_str();
  verb->add_option("--skew", a->skew_thousandths, "Zipf's exponent in thousandths: how active customers are; 0: all alike (account-risk)")
      ->check(CLI::Range(0, 3'000))
      ->capture_default_str();
  verb->add_option("--large-accounts", a->large_accounts,
                   "of the most active customers, which begin with --items unpaid invoices (account-risk)")
      ->check(CLI::Range(0, 50'000'000))
      ->capture_default_str();
  verb->add_option("--items", a->items, "unpaid invoices of each of --large-accounts, counted in --events (account-risk)")
      ->check(CLI::Range(0, 100'000'000))
      ->capture_default_str();
  verb->add_flag("--json", a->json, "the summary as one line of JSON");
  session.on(verb, [a](const config::Config& config, cli::Wire& wire) {
    a->log = config.log;
    return cli::generate(*a, wire);
  });
}

}  // namespace due::app::verbs
