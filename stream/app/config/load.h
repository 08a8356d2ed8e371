// stream/app/config/load.h
// From defaults, a file, the environment and the command line to a Config. Later ones replace earlier ones, setting by setting.
//
//   Source   one TOML file; variables DUESTREAM_SECTION_NAME; the flags of the table
//   Errors   every one that there is, each a line: key = value (where it comes from): what is allowed; what is nearest
//   Threads  none
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "stream/app/config/setting.h"

namespace due::app::config {

struct Given {
  std::string file;                                           // of --config; empty: DUESTREAM_CONFIG; neither: no file
  std::vector<std::pair<const Setting*, std::string>> flags;  // in the order of the command line
  std::map<std::string, std::string> environment;             // may hold other programs' variables, too
};

struct Loaded {
  Config config;
  std::string file;                            // the one that was read; empty: none
  std::map<std::string, std::string> origins;  // key -> "duestream.toml:7", "DUESTREAM_RUN_WORKERS", "--workers"; absent: the default
  std::vector<std::string> complaints;
};

Loaded load(const Given& given);
std::map<std::string, std::string> process_environment();

// What an origin says that has none.
inline constexpr char default_origin[] = "default";

}  // namespace due::app::config
