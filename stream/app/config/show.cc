#include "stream/app/config/show.h"

#include <algorithm>
#include <regex>

#include "schemas/codec/json_writer.h"
#include "stream/kafka/properties.h"

namespace due::app::config {
namespace {

constexpr char masked[] = "********";

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

std::string toml_value(const Setting& s, const std::string& value) { return s.quoted ? quoted(value) : value; }

// The password of a connection string, of a URI or as name=value, is nobody's to read here.
std::string without_password(std::string text) {
  static const std::regex in_uri("(://[^:/@]*:)[^@]*@"), named("(password=)('[^']*'|[^ &]*)");
  text = std::regex_replace(text, in_uri, std::string("$1") + masked + "@");
  return std::regex_replace(text, named, std::string("$1") + masked);
}

struct Line {
  std::string key, value, toml, origin;
};

// Every setting, and every entry of an open section.
std::vector<Line> lines_of(const Loaded& loaded) {
  std::vector<Line> lines;
  Config config = loaded.config;
  const auto origin = [&](const std::string& key) {
    const auto found = loaded.origins.find(key);
    return found == loaded.origins.end() ? std::string(default_origin) : found->second;
  };
  for (const Setting& s : settings()) {
    if (!s.open()) {
      const std::string value = s.key == "sink.to" ? without_password(s.get(config)) : s.get(config);
      lines.push_back({s.key, value, toml_value(s, value), origin(s.key)});
      continue;
    }
    for (const auto& [name, value] : s.entries(config)) {
      const bool hide = s.key == "kafka.properties" && kafka::is_secret_property(name);
      lines.push_back({s.key + "." + name, hide ? masked : value, hide ? masked : quoted(value), origin(s.key + "." + name)});
    }
  }
  return lines;
}

// An entry of an open section, as an example.
std::string example_of(const Setting& s) {
  return s.key == "kafka.secrets" ? "\"sasl.password\" = \"/run/secrets/kafka-password\"" : "\"security.protocol\" = \"sasl_ssl\"";
}

std::string default_of(const Setting& s) {
  const std::string value = s.open() ? "" : s.get(Config{});
  return value.empty() ? "-" : "`" + value + "`";
}

}  // namespace

std::string default_file() {
  std::string out =
      "# duestream's configuration: every setting, with its default. A line without # changes one.\n"
      "# The environment (DUESTREAM_SECTION_NAME) replaces the file; flags replace both. Named by --config FILE or DUESTREAM_CONFIG.\n"
      "# duestream config check FILE says whether it is right, duestream config show what counts and where it comes from.\n";
  for (const Section& section : sections()) {
    out += "\n# " + section.doc + ".\n[" + section.name + "]\n";
    for (const Setting& s : settings()) {
      if ((s.open() ? s.key : s.section()) != section.name) continue;
      out += "# " + s.doc + "\n#   " + s.allowed + "; " + s.flag + ", " + s.environment() + (s.open() ? "..." : "") + "\n";
      out += "#" + (s.open() ? example_of(s) : s.name() + " = " + toml_value(s, s.get(Config{}))) + "\n";
    }
  }
  return out;
}

std::string effective(const Loaded& loaded) {
  const std::vector<Line> lines = lines_of(loaded);
  std::size_t key_width = 0, value_width = 0;
  for (const Line& l : lines) {
    key_width = std::max(key_width, l.key.size());
    value_width = std::max(value_width, std::min<std::size_t>(l.toml.size(), 40));
  }
  std::string out;
  for (const Line& l : lines) {
    std::string line = l.key + std::string(key_width - l.key.size(), ' ') + " = " + l.toml;
    line.append(line.size() < key_width + 3 + value_width ? key_width + 3 + value_width - line.size() : 0, ' ');
    out += line + "  # " + l.origin + "\n";
  }
  return out;
}

std::string effective_json(const Loaded& loaded) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_array();
  for (const Line& l : lines_of(loaded))
    json.begin_object().key("key").value(l.key).key("value").value(l.value).key("origin").value(l.origin).end_object();
  json.end_array();
  return out + "\n";
}

std::string reference() {
  std::string out =
      "# Configuration\n\n"
      "One TOML file, named by `--config FILE` or `DUESTREAM_CONFIG`. The environment replaces the file, flags replace both, setting by\n"
      "setting. `duestream config default` prints a commented file, `config check FILE` says whether one is right, `config show` prints\n"
      "what counts and where it comes from. A wrong key or value stops every verb at the start with exit code 2, before anything is done.\n"
      "An empty variable counts as not set. This page is printed by `duestream config reference`.\n";
  for (const Section& section : sections()) {
    out += "\n## [" + section.name + "]\n" + section.doc +
           ".\n\n| key | what | allowed | default | flag | environment |\n|---|---|---|---|---|---|\n";
    for (const Setting& s : settings()) {
      if ((s.open() ? s.key : s.section()) != section.name) continue;
      out += "| " + (s.open() ? "any" : "`" + s.name() + "`") + " | " + s.doc + " | " + s.allowed + " | " + default_of(s) + " | `" +
             s.flag + "` | `" + s.environment() + (s.open() ? "...`" : "`") + " |\n";
    }
    if (section.name == "kafka.properties") {
      out +=
          "\nIn the environment a name's dots are underscores, and an underscore is two: `DUESTREAM_KAFKA_PROPERTIES_SASL_USERNAME`.\n"
          "A client of one kind ignores what is meant for another. These are refused, because the runtime owns them:\n\n| property | why "
          "|\n|---|---|\n";
      for (const auto& [name, why] : kafka::owned_properties()) out += "| `" + name + "` | " + why + " |\n";
    }
  }
  return out;
}

}  // namespace due::app::config
