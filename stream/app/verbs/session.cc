#include "stream/app/verbs/session.h"

#include <algorithm>
#include <cstdio>
#include <span>

#include "stream/cli/text/nearest.h"

namespace due::app::verbs {
namespace {

constexpr char purpose[] =
    "duestream: decides on every business event how risky a customer is, exactly once, and can derive any decision again";
constexpr char first_steps[] =
    "Every verb has a --help of its own, with examples. First steps, without any server:\n"
    "  duestream generate --log embedded:/tmp/try --customers 100\n"
    "  duestream run --log embedded:/tmp/try --state /tmp/try-state --until-caught-up\n"
    "  duestream report --log embedded:/tmp/try\n"
    "Settings come from flags, DUESTREAM_* variables and one TOML file (--config): duestream config --help.\n"
    "Exit codes: 0 done, 1 stopped by an error (which says what to do), 2 wrong command line or configuration: nothing was done,\n"
    "3 a newer process took its place.";

// The verb that was named, as deep as the command line went.
const CLI::App& deepest(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::string full_name(const CLI::App& app) {
  return (app.get_parent() == nullptr ? "" : full_name(*app.get_parent()) + " ") + app.get_name();
}

std::vector<std::string> option_names(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> verb_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(verb->get_name());
  return names;
}

std::string joined(std::span<const std::string> parts) {
  std::string text;
  for (const std::string& p : parts) text += (text.empty() ? "" : ", ") + p;
  return text;
}

void print_line(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

}  // namespace

Session::Session(cli::Wire& wire) : wire_(wire), app_(purpose, "duestream") {
  app_.require_subcommand(1);
  app_.footer(first_steps);
  app_.set_version_flag("--version", "duestream " DUE_VERSION);
}

CLI::App* Session::add(const VerbText& text, CLI::App* parent) {
  CLI::App* verb = (parent == nullptr ? &app_ : parent)->add_subcommand(text.name, text.does);
  if (!text.group.empty()) verb->group(text.group);
  if (!text.examples.empty()) verb->footer("Examples:\n" + text.examples);
  if (text.sections.empty()) return verb;
  verb->add_option("--config", flags_[verb].file, "TOML file with settings; also DUESTREAM_CONFIG")->type_name("FILE");
  for (const config::Setting& s : config::settings())
    if (std::ranges::any_of(text.sections,
                            [&](const std::string& section) { return s.key == section || s.key.starts_with(section + "."); }))
      add_setting(verb, s);
  return verb;
}

// Values are kept as they were written: the table knows what is allowed, for every source alike.
void Session::add_setting(CLI::App* verb, const config::Setting& setting) {
  std::vector<std::string>& given = flags_[verb].given[&setting];
  const std::string value = setting.open() ? "" : setting.get(config::Config{});
  const std::string doc = setting.doc + (value.empty() || setting.is_switch ? "" : " [" + value + "]");
  if (setting.is_switch) {
    verb->add_flag_function(setting.flag, [&given](std::int64_t n) { given = {n > 0 ? "true" : "false"}; }, doc);
    return;
  }
  if (setting.open()) {
    // One value each time, or the word behind it would be taken for another.
    verb->add_option(setting.flag, given, doc)->type_name(setting.value_name)->allow_extra_args(false);
    return;
  }
  const auto take = [&given](const std::string& text) { given = {text}; };
  verb->add_option_function<std::string>(setting.flag, take, doc)->type_name(setting.value_name)->take_last();
}

config::Loaded Session::load(CLI::App* verb) {
  const Flags& flags = flags_[verb];
  config::Given given{flags.file, {}, config::process_environment()};
  for (const auto& [setting, values] : flags.given)
    for (const std::string& value : values) given.flags.emplace_back(setting, value);
  return config::load(given);
}

void Session::on_loaded(CLI::App* verb, std::function<int(const config::Loaded&, cli::Wire&)> act) {
  verb->callback([this, verb, act = std::move(act)] { code_ = act(load(verb), wire_); });
}

void Session::on(CLI::App* verb, std::function<int(const config::Config&, cli::Wire&)> act, std::vector<std::string> needs) {
  on_loaded(verb, [act = std::move(act), needs = std::move(needs)](const config::Loaded& loaded, cli::Wire& wire) {
    std::vector<std::string> complaints = loaded.complaints;
    for (const std::string& key : needs) {
      const config::Setting& s = *config::find_setting(key);
      if (!loaded.complaints.empty() || !s.get(loaded.config).empty()) continue;
      complaints.push_back(key + " is not set (" + s.flag + ", " + s.environment() + ", or " + s.name() + " in [" + s.section() +
                           "] of the file that --config names): allowed is " + s.allowed);
    }
    for (const std::string& c : complaints) print_line("duestream: " + c);
    return complaints.empty() ? act(loaded.config, wire) : cli::Exit::usage;
  });
}

void Session::on_plain(CLI::App* verb, std::function<int(cli::Wire&)> act) {
  verb->callback([this, act = std::move(act)] { code_ = act(wire_); });
}

int Session::run(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return complain(error);
  }
  return code_;
}

int Session::complain(const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app_.exit(error);  // --help, --version
  const CLI::App& verb = deepest(app_);
  const std::string name = full_name(verb);
  std::vector<std::string> left = verb.remaining();
  if (left.empty()) left = app_.remaining();
  const bool wants_verb = !verb.get_subcommands([](const CLI::App*) { return true; }).empty();
  const std::string see = "; " + name + " --help lists all";
  if (!left.empty() && left.front().starts_with("-")) {
    const std::string flag = left.front().substr(0, left.front().find('='));
    print_line(name + ": " + flag + " is not an option" + cli::nearest_hint(flag, option_names(verb)) + see);
  } else if (!left.empty() && wants_verb) {
    print_line(name + ": " + left.front() + " is not a verb" + cli::nearest_hint(left.front(), verb_names(verb)) + see);
  } else if (!left.empty()) {
    print_line(name + ": " + left.front() + " is one word too many" + see);
  } else if (wants_verb) {
    print_line(name + ": a verb is missing; there are " + joined(verb_names(verb)) + see);
  } else {
    print_line(name + ": " + std::string(error.what()) + see);
  }
  return cli::Exit::usage;
}

}  // namespace due::app::verbs
