// topics plan, create, check, acls.
#include "stream/cli/topics/topics.h"

#include "stream/app/verbs/verbs.h"

namespace due::app::verbs {
namespace {

using Arguments = std::shared_ptr<cli::TopicsArguments>;

CLI::App* add(Session& session, CLI::App* parent, const std::string& name, const std::string& does, const std::string& examples) {
  return session.add({.name = name, .does = does, .group = {}, .sections = {"log", "kafka", "topics", "app.name"}, .examples = examples},
                     parent);
}

void on(Session& session, CLI::App* verb, const Arguments& a, std::function<int(const cli::TopicsArguments&, cli::Wire&)> act) {
  session.on(verb, [a, act = std::move(act)](const config::Config& config, cli::Wire& wire) {
    a->log = config.log;
    a->app = config.app;
    return act(*a, wire);
  });
}

}  // namespace

void add_topics(Session& session) {
  CLI::App* topics = session.add({
      .name = "topics",
      .does = "plan, create and check the topics, and print the rights that processes need",
      .group = prepare,
      .sections = {},
      .examples =
          "  duestream topics plan --log kafka:broker:9092 --prefix prod. --partitions 8     what would be made, and what is there\n"
          "  duestream topics create --log kafka:broker:9092 --prefix prod. --partitions 8 --replication 3\n"
          "  duestream topics check --log kafka:broker:9092 --prefix prod.                   what is not as it must be, and what mends it\n"
          "  duestream topics acls --log kafka:broker:9092 --prefix prod. --app risk         kafka-acls commands, least rights each",
  });
  topics->require_subcommand(1);
  auto a = std::make_shared<cli::TopicsArguments>();
  CLI::App* plan = add(session, topics, "plan", "show what create would do; changes nothing", "");
  plan->add_flag("--json", a->json, "as JSON");
  on(session, plan, a, cli::plan_topics);
  CLI::App* create = add(session, topics, "create", "create what is missing, then check; safe to repeat", "");
  on(session, create, a, cli::create_topics);
  CLI::App* check = add(session, topics, "check", "compare what is there with the plan; exit code 1 if anything differs", "");
  check->add_flag("--json", a->json, "as JSON");
  on(session, check, a, cli::check_topics);
  CLI::App* acls = add(session, topics, "acls", "print kafka-acls commands that grant each kind of process the least it needs", "");
  acls->add_option("--processor", a->principals.processor, "who runs duestream run")->capture_default_str();
  acls->add_option("--sink", a->principals.sink, "who runs duestream sink")->capture_default_str();
  acls->add_option("--producer", a->principals.producer, "who writes events")->capture_default_str();
  acls->add_option("--auditor", a->principals.auditor, "who reads everything")->capture_default_str();
  acls->add_option("--deployer", a->principals.deployer, "who creates topics")->capture_default_str();
  on(session, acls, a, [](const cli::TopicsArguments& arguments, cli::Wire&) { return cli::print_acls(arguments); });
}

}  // namespace due::app::verbs
