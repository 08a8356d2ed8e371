#include "stream/app/config/load.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>

#include "stream/app/config/draft.h"

namespace due::app::config {
namespace {

constexpr char file_variable[] = "DUESTREAM_CONFIG";

// Variables of this project's own scripts and tests, which reach the binary although it does not read them.
constexpr std::array<std::string_view, 15> of_scripts = {
    "DUESTREAM_BIN",        "DUESTREAM_SHARED",     "DUESTREAM_DEPS",      "DUESTREAM_DEBIAN_URI",      "DUESTREAM_KAFKA",
    "DUESTREAM_KAFKA_SASL", "DUESTREAM_KAFKA_TLS",  "DUESTREAM_KAFKA_CA",  "DUESTREAM_KAFKA_PASSWORDS", "DUESTREAM_KAFKA_DIRECT",
    "DUESTREAM_KAFKA_JAVA", "DUESTREAM_POSTGRES",   "DUESTREAM_SEED",      "DUESTREAM_STACK",           "DUESTREAM_TEST_LOG"};

// Kubernetes gives every pod such variables for every service: DUESTREAM_SERVICE_HOST, DUESTREAM_PORT_80_TCP_ADDR.
bool of_kubernetes(const std::string& name) {
  static const std::regex service(
      "DUESTREAM_([A-Z0-9_]*_)?(SERVICE_(HOST|PORT|PORT_[A-Z0-9_]+)|PORT|PORT_[0-9]+_(TCP|UDP|SCTP)(_[A-Z]+)?)");
  return std::regex_match(name, service);
}

// DUESTREAM_KAFKA_PROPERTIES_SASL_USERNAME -> sasl.username; two underscores are one of the name.
std::string entry_name(std::string_view rest) {
  std::string name;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const bool doubled = rest.substr(i, 2) == "__";
    name.push_back(rest[i] != '_' ? static_cast<char>(std::tolower(static_cast<unsigned char>(rest[i]))) : doubled ? '_' : '.');
    i += doubled ? 1 : 0;
  }
  return name;
}

const Setting* setting_of(const std::string& variable) {
  for (const Setting& s : settings())
    if (s.open() ? variable.starts_with(s.environment()) : variable == s.environment()) return &s;
  return nullptr;
}

std::vector<std::string> known_variables() {
  std::vector<std::string> names{file_variable};
  for (const Setting& s : settings()) names.push_back(s.environment());
  return names;
}

void take_flag(const Setting& setting, const std::string& text, Draft& draft) {
  if (!setting.open()) return draft.take(setting, text, setting.flag);
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == text.npos) return draft.refuse(setting.key, text, setting.flag, "allowed is " + setting.allowed);
  draft.take_entry(setting, text.substr(0, equals), text.substr(equals + 1), setting.flag);
}

}  // namespace

void read_environment(const std::map<std::string, std::string>& environment, Draft& draft) {
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("DUESTREAM_") || name == file_variable || value.empty()) continue;
    if (const Setting* setting = setting_of(name)) {
      if (setting->open()) {
        draft.take_entry(*setting, entry_name(std::string_view(name).substr(setting->environment().size())), value, name);
      } else {
        draft.take(*setting, value, name);
      }
    } else if (std::ranges::find(of_scripts, name) == of_scripts.end() && !of_kubernetes(name)) {
      draft.unknown(name, "environment", known_variables());
    }
  }
}

Loaded load(const Given& given) {
  Draft draft;
  std::string file = given.file;
  if (const auto named = given.environment.find(file_variable); file.empty() && named != given.environment.end()) file = named->second;
  if (!file.empty()) read_file(file, draft);
  read_environment(given.environment, draft);
  for (const auto& [setting, text] : given.flags) take_flag(*setting, text, draft);
  return std::move(draft).finish();
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line{*entry};
    if (const std::size_t equals = line.find('='); equals != line.npos) all.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return all;
}

}  // namespace due::app::config
