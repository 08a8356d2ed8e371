// What an auditor asks: is what was emitted what follows from the inputs, and was nothing changed or removed.
#include "stream/app/verbs/verbs.h"
#include "stream/cli/chronicle/chronicle.h"
#include "stream/cli/replay/replay.h"

namespace due::app::verbs {

void add_replay(Session& session) {
  auto a = std::make_shared<cli::ReplayArguments>();
  CLI::App* verb = session.add({
      .name = "replay",
      .does = "derive everything again from inputs and chronicle, and compare every output with what was emitted",
      .group = prove,
      .sections = {"log", "kafka", "app.name", "checkpoint.to", "run.memory_bytes", "run.cache_bytes", "rules"},
      .examples = "  duestream replay --log embedded:/tmp/try\n"
                  "  duestream replay --log kafka:broker:9092 --prefix prod. --app risk --task account-2 --json\n"
                  "  duestream replay --config /etc/duestream.toml --from checkpoint:120000 --to 150000\n"
                  "Beside the running application, whose group it does not join and to whose topics it writes nothing. It needs\n"
                  "the program and the [rules] that decided, the inputs as far back as it begins, and room for the state of one\n"
                  "task at a time.\n"
                  "Exit codes: 0 all outputs are equal; 1 something differs, and the first difference is shown in full; 2 it could\n"
                  "not be done, and why.",
  });
  verb->add_option("--task", a->tasks, "account-2, say; as often as wanted; all where it is left out")->allow_extra_args(false);
  verb->add_option("--from", a->from, "beginning, checkpoint (the newest) or checkpoint:SEQ (the newest at or before that batch)")
      ->capture_default_str();
  verb->add_option("--to", a->to, "the last batch of the chronicle; its end where it is left out")->check(CLI::NonNegativeNumber);
  verb->add_option("--work", a->work, "folder for the state while it lasts; a temporary one where it is left out")->type_name("DIR");
  verb->add_flag("--keep", a->keep, "leave the folder with the state behind");
  verb->add_flag("--json", a->json, "as one line of JSON");
  session.on(verb, [a](const config::Config& config, cli::Wire& wire) {
    a->log = config.log;
    a->app = config.app;
    a->logic = config.run.logic;
    a->cache_bytes = cli::state_bytes_of(config.run.memory());
    a->checkpoints = config.run.checkpoints;
    return cli::replay(*a, wire);
  });
}

void add_chronicle(Session& session) {
  auto a = std::make_shared<cli::ChronicleArguments>();
  CLI::App* verb = session.add({
      .name = "chronicle",
      .does = "what a task did, batch by batch; and whether chain, outputs and the group's positions hold together",
      .group = prove,
      .sections = {"log", "kafka", "app.name"},
      .examples = "  duestream chronicle --log embedded:/tmp/try --task account-2 --last 5\n"
                  "  duestream chronicle --log embedded:/tmp/try --task account-2 --from 100 --to 120 --json\n"
                  "  duestream chronicle --log kafka:broker:9092 --prefix prod. --app risk --verify\n"
                  "--verify reads everything: each record must continue the one before by number, hash and task time; positions and\n"
                  "numbers of outputs must follow each other; each record of the output topics must be covered by exactly one; the\n"
                  "group's positions must name the ends. It decides nothing again: that is duestream replay. The application may run\n"
                  "meanwhile.\n"
                  "Exit codes of --verify: 0 it holds; 1 it does not, and the record is named; 2 it could not be read, and why.",
  });
  verb->add_option("--task", a->tasks, "account-2, say; as often as wanted; all where it is left out")->allow_extra_args(false);
  CLI::Option* from = verb->add_option("--from", a->from, "the first batch to show")->check(CLI::NonNegativeNumber);
  CLI::Option* to = verb->add_option("--to", a->to, "the last batch to show")->check(CLI::NonNegativeNumber);
  CLI::Option* last = verb->add_option("--last", a->last, "how many of the newest of each task, where --from and --to are left out [20]")
                          ->check(CLI::Range(1, 1'000'000))
                          ->excludes(from)
                          ->excludes(to);
  verb->add_flag("--verify", a->verify, "show nothing, prove that everything holds together")->excludes(from)->excludes(to)->excludes(last);
  verb->add_flag("--json", a->json, "one JSON object a record, with all its runs; of --verify one in all");
  session.on(verb, [a](const config::Config& config, cli::Wire& wire) {
    a->log = config.log;
    a->app = config.app;
    a->log.group = config.app.name;
    return cli::chronicle(*a, wire);
  });
}

}  // namespace due::app::verbs
