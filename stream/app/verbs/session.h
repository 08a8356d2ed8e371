// stream/app/verbs/session.h
// One command line: what verbs there are, the settings each takes as flags, and what came of it.
//
//   Shape    add_* of verbs.h declare verbs; run() parses, puts the configuration together, and calls the one that was named
//   Errors   on stderr, one line each, with what is allowed and what is nearest; Exit::usage
//   Threads  none
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "stream/app/config/load.h"
#include "stream/cli/wire.h"

namespace due::app::verbs {

struct VerbText {
  std::string name, does;
  std::string group;                  // in duestream --help
  std::vector<std::string> sections;  // of settings that are flags of this verb: "log" means log.*, "sink.to" that one
  std::string examples;               // each a line "  duestream ..."
};

class Session {
 public:
  explicit Session(cli::Wire& wire);

  CLI::App* add(const VerbText& text, CLI::App* parent = nullptr);
  // What a verb does once its configuration is right and nothing that it needs is missing.
  void on(CLI::App* verb, std::function<int(const config::Config&, cli::Wire&)> act, std::vector<std::string> needs = {"log.uri"});
  // For verbs about the configuration itself: right or wrong.
  void on_loaded(CLI::App* verb, std::function<int(const config::Loaded&, cli::Wire&)> act);
  // For verbs that have none.
  void on_plain(CLI::App* verb, std::function<int(cli::Wire&)> act);
  // A file that takes the place of --config.
  std::string& file_of(CLI::App* verb) { return flags_[verb].file; }

  int run(int argc, char** argv);

 private:
  struct Flags {
    std::string file;
    std::map<const config::Setting*, std::vector<std::string>> given;
  };
  void add_setting(CLI::App* verb, const config::Setting& setting);
  config::Loaded load(CLI::App* verb);
  int complain(const CLI::ParseError& error);

  cli::Wire& wire_;
  CLI::App app_;
  std::map<CLI::App*, Flags> flags_;
  int code_ = cli::Exit::ok;
};

}  // namespace due::app::verbs
