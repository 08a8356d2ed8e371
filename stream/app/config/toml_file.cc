// The file: TOML, read by toml++. Every node is a setting, an entry of an open section, or unknown.
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "stream/app/config/draft.h"

namespace due::app::config {
namespace {

class FileReader {
 public:
  FileReader(std::string path, Draft& draft) : path_(std::move(path)), draft_(draft) {}

  void read_table(const toml::table& table, const std::string& path) {
    for (const auto& [name, node] : in_order(table)) read_node(*node, path.empty() ? name : path + "." + name);
  }

 private:
  using Child = std::pair<std::string, const toml::node*>;

  // As they are in the file, so that complaints are, too.
  static std::vector<Child> in_order(const toml::table& table) {
    std::vector<Child> children;
    for (const auto& [name, node] : table) children.emplace_back(std::string(name.str()), &node);
    std::ranges::stable_sort(children, {}, [](const Child& child) { return child.second->source().begin.line; });
    return children;
  }

  void read_node(const toml::node& node, const std::string& key) {
    const toml::table* table = node.as_table();
    if (const Setting* setting = find_setting(key)) {
      if (table != nullptr && setting->open()) return read_entries(*setting, *table, "");
      if (table == nullptr && !setting->open()) return read_value(*setting, "", node);
      return draft_.refuse(
          key, table == nullptr ? text_of(node) : "[table]", at(node),
          setting->open() ? "a section: write [" + key + "] and below it NAME = \"VALUE\"" : "allowed is " + setting->allowed);
    }
    if (table != nullptr && begins_a_key(key)) return read_table(*table, key);
    draft_.unknown(table == nullptr ? key : "[" + key + "]", at(node), table == nullptr ? known_keys() : known_sections());
  }

  // sasl.username = "x" without quotes around its name is a table in a table.
  void read_entries(const Setting& setting, const toml::table& table, const std::string& path) {
    for (const auto& [part, node] : in_order(table)) {
      const std::string name = path.empty() ? part : path + "." + part;
      if (const toml::table* deeper = node->as_table()) {
        read_entries(setting, *deeper, name);
      } else {
        read_value(setting, name, *node);
      }
    }
  }

  void read_value(const Setting& setting, const std::string& name, const toml::node& node) {
    if (node.is_array()) {
      draft_.refuse(name.empty() ? setting.key : setting.key + "." + name, text_of(node), at(node),
                    "one value, not a list; allowed is " + setting.allowed);
    } else if (setting.open()) {
      draft_.take_entry(setting, name, text_of(node), at(node));
    } else {
      draft_.take(setting, text_of(node), at(node));
    }
  }

  static bool begins_a_key(const std::string& section) {
    for (const Setting& s : settings())
      if (s.key.starts_with(section + ".")) return true;
    return false;
  }
  static std::vector<std::string> known_sections() {
    std::vector<std::string> names;
    for (const Section& s : sections()) names.push_back("[" + s.name + "]");
    return names;
  }
  static std::string text_of(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) return *text;
    std::ostringstream out;
    node.visit([&](const auto& value) { out << value; });
    return out.str();
  }
  std::string at(const toml::node& node) const { return path_ + ":" + std::to_string(node.source().begin.line); }

  const std::string path_;
  Draft& draft_;
};

}  // namespace

void read_file(const std::string& path, Draft& draft) {
  draft.read_from(path);
  try {
    const toml::table table = toml::parse_file(path);
    FileReader(path, draft).read_table(table, "");
  } catch (const toml::parse_error& e) {
    const auto line = e.source().begin.line;
    draft.complain(path + (line > 0 ? ":" + std::to_string(line) : "") + ": " + std::string(e.description()) +
                   (line > 0 ? "; the file is TOML: name = \"text\", name = 7, [section]" : "; check path and rights"));
  }
}

}  // namespace due::app::config
