#include "stream/app/config/draft.h"

#include <fstream>
#include <iterator>

#include "stream/app/config/topics_file.h"
#include "stream/cli/text/nearest.h"
#include "stream/kafka/properties.h"

namespace due::app::config {
namespace {

constexpr char properties_key[] = "kafka.properties", secrets_key[] = "kafka.secrets";

// Never a secret in a message: it may end in a log.
std::string shown(const std::string& key, const std::string& value) {
  const std::string prefix = std::string(properties_key) + ".";
  const bool secret = key.starts_with(prefix) && kafka::is_secret_property(key.substr(prefix.size()));
  return secret ? "********" : value.empty() ? "\"\"" : value;
}

}  // namespace

void Draft::take(const Setting& setting, const std::string& value, const std::string& origin) {
  loaded_.origins[setting.key] = origin;
  if (!setting.set(loaded_.config, value)) refuse(setting.key, value, origin, "allowed is " + setting.allowed);
}

void Draft::take_entry(const Setting& setting, const std::string& name, const std::string& value, const std::string& origin) {
  const std::string key = setting.key + "." + name;
  if (const auto reason = kafka::owned_property(name)) return refuse(key, value, origin, "not yours to set: " + *reason);
  if (!kafka::is_known_property(name))
    return complain(key + " (" + origin + ") is not a property of librdkafka" + cli::nearest_hint(name, kafka::property_names()));
  if (setting.key == properties_key && kafka::is_secret_property(name) && origin.starts_with("-"))
    return refuse(key, value, origin,
                  "a command line is visible to everyone on this machine; put it into a file and say --kafka-secret " + name + "=FILE");
  setting.entries(loaded_.config)[name] = value;
  loaded_.origins[key] = origin;
}

void Draft::refuse(const std::string& key, const std::string& value, const std::string& origin, const std::string& why) {
  complain(key + " = " + shown(key, value) + " (" + origin + "): " + why);
}

void Draft::unknown(const std::string& key, const std::string& origin, std::span<const std::string> known) {
  complain(key + " (" + origin + ") is not a setting" + cli::nearest_hint(key, known) + "; duestream config default lists all");
}

Loaded Draft::finish() && {
  read_secrets();
  check_kafka();
  TopicsRead topics = read_topics(loaded_.config.log.topics_file);
  loaded_.config.log.topics = std::move(topics.plan);
  for (std::string& line : topics.complaints) complain(std::move(line));
  return std::move(loaded_);
}

std::string Draft::origin_of(const std::string& key) const {
  const auto found = loaded_.origins.find(key);
  return found == loaded_.origins.end() ? default_origin : found->second;
}

void Draft::read_secrets() {
  cli::LogChoice& log = loaded_.config.log;
  for (const auto& [name, file] : log.kafka_secret_files) {
    const std::string key = std::string(secrets_key) + "." + name;
    std::ifstream in(file);
    std::string value{std::istreambuf_iterator<char>(in), {}};
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
    if (!in || value.empty()) {
      refuse(key, file, origin_of(key),
             in ? "the file is empty; write the value into it" : "the file cannot be read; check path and rights");
      continue;
    }
    log.kafka_secrets[name] = value;
    if (log.kafka_properties.contains(name))
      refuse(key, file, origin_of(key), "given twice: also as " + std::string(properties_key) + "." + name + "; leave one of them");
  }
}

void Draft::check_kafka() {
  const cli::LogChoice& log = loaded_.config.log;
  const std::size_t before = loaded_.complaints.size();
  const auto refuse_all = [&](const std::string& section, const auto& properties, const auto& shown_values) {
    for (const kafka::PropertyComplaint& c : kafka::check_properties(properties)) {
      const std::string key = section + "." + c.name;
      refuse(key, shown_values.at(c.name), origin_of(key), c.why);
    }
  };
  refuse_all(properties_key, log.kafka_properties, log.kafka_properties);
  refuse_all(secrets_key, log.kafka_secrets, log.kafka_secret_files);
  std::map<std::string, std::string> all = log.kafka_properties;
  all.insert(log.kafka_secrets.begin(), log.kafka_secrets.end());
  if (all.empty() || loaded_.complaints.size() > before) return;
  if (const auto why = kafka::check_together(all)) complain("kafka.properties and kafka.secrets do not go together: " + *why);
}

std::vector<std::string> known_keys() {
  std::vector<std::string> keys;
  for (const Setting& s : settings()) keys.push_back(s.key);
  return keys;
}

}  // namespace due::app::config
