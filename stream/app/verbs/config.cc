// config check, show, default, reference: the settings, seen from outside.
#include <cstdio>

#include "stream/app/config/show.h"
#include "stream/app/verbs/verbs.h"

namespace due::app::verbs {
namespace {

int complain(const std::vector<std::string>& complaints) {
  for (const std::string& c : complaints) std::fprintf(stderr, "duestream: %s\n", c.c_str());
  return complaints.empty() ? cli::Exit::ok : cli::Exit::usage;
}

int check(const config::Loaded& loaded) {
  if (complain(loaded.complaints) != cli::Exit::ok || complain(cli::contradictions(loaded.config.run)) != cli::Exit::ok)
    return cli::Exit::usage;
  std::printf("%s: all right, %zu settings are not the default\n", loaded.file.empty() ? "environment and flags" : loaded.file.c_str(),
              loaded.origins.size());
  return cli::Exit::ok;
}

std::vector<std::string> all_sections() {
  std::vector<std::string> names;
  for (const config::Section& s : config::sections()) names.push_back(s.name.substr(0, s.name.find('.')));
  return names;
}

CLI::App* add_about_file(Session& session, CLI::App* parent, const std::string& name, const std::string& does) {
  CLI::App* verb = session.add({.name = name, .does = does, .group = {}, .sections = all_sections(), .examples = {}}, parent);
  verb->add_option("file", session.file_of(verb), "the same as --config FILE");
  return verb;
}

}  // namespace

void add_config(Session& session) {
  CLI::App* config = session.add({
      .name = "config",
      .does = "check, show or print the configuration",
      .group = prepare,
      .sections = {},
      .examples = "  duestream config default > duestream.toml     a file to begin with: every setting, commented out\n"
                  "  duestream config check duestream.toml          right or wrong, and what is allowed; asks no broker\n"
                  "  duestream config show duestream.toml --app a   what counts, and where each value comes from",
  });
  config->require_subcommand(1);
  session.on_loaded(add_about_file(session, config, "check", "say what is wrong with file, environment and flags"),
                    [](const config::Loaded& loaded, cli::Wire&) { return check(loaded); });
  CLI::App* show = add_about_file(session, config, "show", "print what counts, and where each value comes from; secrets are masked");
  auto json = std::make_shared<bool>(false);
  show->add_flag("--json", *json, "as JSON");
  session.on_loaded(show, [json](const config::Loaded& loaded, cli::Wire&) {
    std::fputs((*json ? config::effective_json(loaded) : config::effective(loaded)).c_str(), stdout);
    return complain(loaded.complaints);
  });
  const VerbText defaults{.name = "default",
                          .does = "print a file with every setting, its default and what is allowed",
                          .group = {},
                          .sections = {},
                          .examples = {}};
  session.on_plain(session.add(defaults, config), [](cli::Wire&) {
    std::fputs(config::default_file().c_str(), stdout);
    return cli::Exit::ok;
  });
  const VerbText reference{.name = "reference", .does = "print docs/configuration.md", .group = {}, .sections = {}, .examples = {}};
  session.on_plain(session.add(reference, config), [](cli::Wire&) {
    std::fputs(config::reference().c_str(), stdout);
    return cli::Exit::ok;
  });
}

}  // namespace due::app::verbs
