// stream/app/config/show.h
// The table of settings as people read it: a commented file, the effective values with their origins, the reference page.
//
//   Errors   none
//   Threads  none
#pragma once

#include <string>

#include "stream/app/config/load.h"

namespace due::app::config {

std::string default_file();                   // TOML: every setting, commented out, with its default
std::string effective(const Loaded& loaded);  // one line per setting: key, value, origin. Secrets are masked
std::string effective_json(const Loaded& loaded);
std::string reference();  // docs/configuration.md

}  // namespace due::app::config
