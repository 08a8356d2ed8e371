// stream/app/config/draft.h
// A configuration while it is being put together: takes one setting at a time, from wherever, and keeps what is wrong with it.
//
//   Errors   in Loaded::complaints
//   Threads  none
#pragma once

#include <string>
#include <string_view>

#include "stream/app/config/load.h"

namespace due::app::config {

class Draft {
 public:
  void take(const Setting& setting, const std::string& value, const std::string& origin);
  // name = value of an open section.
  void take_entry(const Setting& setting, const std::string& name, const std::string& value, const std::string& origin);
  void refuse(const std::string& key, const std::string& value, const std::string& origin, const std::string& why);
  void unknown(const std::string& key, const std::string& origin, std::span<const std::string> known);
  void complain(std::string line) { loaded_.complaints.push_back(std::move(line)); }
  void read_from(const std::string& file) { loaded_.file = file; }

  Loaded finish() &&;  // checks what can only be checked together

 private:
  void read_secrets();
  void check_kafka();
  std::string origin_of(const std::string& key) const;

  Loaded loaded_;
};

std::vector<std::string> known_keys();  // of settings and sections

// Each reads one source into the draft.
void read_file(const std::string& path, Draft& draft);
void read_environment(const std::map<std::string, std::string>& environment, Draft& draft);

}  // namespace due::app::config
