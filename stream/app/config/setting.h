// stream/app/config/setting.h
// One setting: how it is named in the file, on the command line and in the environment, what it may be, what it is for.
//
//   Shape    an ordinary setting has set() and get(); an open section (kafka.properties) has entries() instead, name = value
//   Errors   set() returns false for a text that is not allowed; `allowed` says what is
//   Threads  none
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stream/app/config/config.h"

namespace due::app::config {

struct Setting {
  std::string key;         // section.name
  std::string flag;        // --name
  std::string doc;         // one line, without a full stop
  std::string allowed;     // "a whole number from 1 to 256"
  std::string value_name;  // NUMBER, in --help
  bool is_switch = false;  // its flag takes no value
  bool quoted = true;      // in TOML
  std::function<bool(Config&, std::string_view)> set;
  std::function<std::string(Config)> get;  // as set() reads it; empty: nothing is set. A copy, because `at` names what may be changed
  std::function<std::map<std::string, std::string>&(Config&)> entries;

  bool open() const { return entries != nullptr; }
  std::string section() const { return key.substr(0, key.rfind('.')); }
  std::string name() const { return key.substr(key.rfind('.') + 1); }
  std::string environment() const;  // DUESTREAM_SECTION_NAME; of an open section: what each of its names begins with
};

struct Section {
  std::string name, doc;
};

std::span<const Setting> settings();  // in the order in which they are shown
std::span<const Section> sections();
const Setting* find_setting(std::string_view key);

// The kinds of setting. `at` names the member of a Config.
template <class T>
using At = std::function<T&(Config&)>;
struct Range {
  std::int64_t low, high;  // both included
};
struct Names {
  std::string key, flag, doc;
};
Setting text(Names names, At<std::string> at, std::string allowed, std::function<bool(std::string_view)> good);
Setting choice(Names names, At<std::string> at, std::vector<std::string> choices);
Setting switched(Names names, At<bool> at);
Setting integer(Names names, At<std::int64_t> at, Range range);
Setting integer(Names names, At<std::int32_t> at, Range range);
Setting integer(Names names, At<std::size_t> at, Range range);
Setting milliseconds(Names names, At<int> at, Range range);   // "10s", "250ms", "2min"; a bare number is milliseconds
Setting bytes(Names names, At<std::size_t> at, Range range);  // "512MiB", "4GiB"; a bare number is bytes; 1 kB is 1,024 bytes, too
Setting bytes_or_zero(Names names, At<std::size_t> at, Range range);  // the same; 0, too
Setting open_section(Names names, At<std::map<std::string, std::string>> at, std::string value_name, std::string allowed);

}  // namespace due::app::config
