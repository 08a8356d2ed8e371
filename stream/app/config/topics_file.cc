#include "stream/app/config/topics_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>

#include "stream/app/config/topics_compiled.h"
#include "stream/cli/text/nearest.h"

namespace due::app::config {
namespace {

using cli::topics::Plan;
using cli::topics::Topic;

constexpr char compiled_name[] = "deploy/topics.yaml";

// Kafka 4.1's topic settings.
constexpr std::array<std::string_view, 26> topic_settings = {"cleanup.policy",
                                                             "compression.gzip.level",
                                                             "compression.lz4.level",
                                                             "compression.type",
                                                             "compression.zstd.level",
                                                             "delete.retention.ms",
                                                             "file.delete.delay.ms",
                                                             "flush.messages",
                                                             "flush.ms",
                                                             "index.interval.bytes",
                                                             "local.retention.bytes",
                                                             "local.retention.ms",
                                                             "max.compaction.lag.ms",
                                                             "max.message.bytes",
                                                             "message.timestamp.after.max.ms",
                                                             "message.timestamp.before.max.ms",
                                                             "message.timestamp.type",
                                                             "min.insync.replicas",
                                                             "preallocate",
                                                             "remote.storage.enable",
                                                             "retention.bytes",
                                                             "retention.ms",
                                                             "segment.bytes",
                                                             "segment.jitter.ms",
                                                             "segment.ms",
                                                             "unclean.leader.election.enable"};

// What a role or a topic says, before it is put together.
struct Entry {
  std::map<std::string, std::string> words;  // role, key, what, partitions and Kafka's settings
  std::string at;                            // file:line
};

class TopicsReader {
 public:
  void read(const std::string& text, const std::string& name) {
    name_ = name;
    try {
      const YAML::Node root = YAML::Load(text);
      if (!root.IsMap()) return complain(name, "has neither roles nor topics");
      for (const auto& part : root) {
        const std::string word = part.first.as<std::string>();
        if (word == "roles") {
          read_entries(part.second, roles_, cli::topics::role_names());
        } else if (word == "topics") {
          read_entries(part.second, topics_, order_);
        } else {
          unknown(part.first, word, {"roles", "topics"}, "a part of this file", "roles and topics");
        }
      }
    } catch (const YAML::Exception& e) {
      complain(at(e.mark), e.msg + "; the file is YAML");
    }
  }

  TopicsRead finish() {
    TopicsRead done;
    for (const std::string& name : order_)
      if (const auto entry = topics_.find(name); entry != topics_.end()) done.plan.topics.push_back(topic_of(name, entry->second));
    if (complaints_.empty())
      for (const cli::topics::Difference& d : broken_demands(done.plan)) complain(topics_[d.topic].at, d.text());
    done.complaints = std::move(complaints_);
    return done;
  }

 private:
  using Entries = std::map<std::string, Entry>;

  // Over what is known already. The first file says which names there are; a second one may only speak of those.
  void read_entries(const YAML::Node& node, Entries& entries, std::vector<std::string>& names) {
    if (!node.IsMap()) return complain(at(node.Mark()), "is a list of names here, each with its settings");
    const bool first = names.empty();
    for (const auto& item : node) {
      const std::string name = item.first.as<std::string>();
      if (first) names.push_back(name);
      if (std::ranges::find(names, name) == names.end()) {
        unknown(item.first, name, names, &entries == &roles_ ? "a role" : "a topic of duestream", in_words(names));
      } else {
        read_words(item.second, entries[name], at(item.first.Mark()));
      }
    }
  }
  void read_entries(const YAML::Node& node, Entries& entries, std::vector<std::string>&& names) { read_entries(node, entries, names); }

  void read_words(const YAML::Node& node, Entry& entry, const std::string& where) {
    entry.at = where;
    if (!node.IsMap()) return complain(where, "needs settings: name: value");
    for (const auto& word : node) {
      const std::string name = word.first.as<std::string>();
      const std::string line = at(word.first.Mark());
      std::vector<std::string> known(topic_settings.begin(), topic_settings.end());
      known.insert(known.end(), {"role", "key", "what", "partitions"});
      if (std::ranges::find(known, name) == known.end()) {
        unknown(word.first, name, known, "a setting of a topic", "role, key, what, partitions, and Kafka's topic settings by their names");
      } else if (!word.second.IsScalar()) {
        complain(line, name + " needs one value");
      } else if (check(name, word.second.as<std::string>(), line)) {
        entry.words[name] = word.second.as<std::string>();
      }
    }
  }

  bool check(const std::string& name, const std::string& value, const std::string& line) {
    const auto refuse = [&](const std::string& allowed) {
      complain(line, name + " = " + value + ": allowed is " + allowed);
      return false;
    };
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = error == std::errc() && end == value.data() + value.size();
    if (name == "role" && !cli::topics::role_of(value)) return refuse("input, broadcast, internal, output, dead-letters or chronicle");
    if (name == "partitions" && value != "tasks" && !(whole && number >= 1 && number <= 1'024))
      return refuse("tasks, or a whole number from 1 to 1024");
    if (name == "cleanup.policy" && value != "delete" && value != "compact" && value != "compact,delete")
      return refuse("delete, compact or compact,delete");
    if (name == "message.timestamp.type" && value != "CreateTime" && value != "LogAppendTime") return refuse("CreateTime or LogAppendTime");
    if (name == "retention.ms" && !(whole && number >= -1)) return refuse("milliseconds, or -1 for ever");
    if (name == "max.message.bytes" && !(whole && number >= 1'024 && number <= 100'000'000))
      return refuse("a whole number from 1024 to 100000000");
    return true;
  }

  Topic topic_of(const std::string& name, const Entry& entry) {
    Topic topic;
    topic.name = name;
    const auto own_role = entry.words.find("role");
    if (own_role == entry.words.end()) {
      complain(entry.at, name + " has no role");
      return topic;
    }
    topic.role = *cli::topics::role_of(own_role->second);
    std::map<std::string, std::string> words = roles_[own_role->second].words;
    for (const auto& [word, value] : entry.words) words[word] = value;
    for (const auto& [word, value] : words) {
      if (word == "key") topic.key = value;
      if (word == "what") topic.what = value;
      if (word == "partitions") topic.partitions = value == "tasks" ? 0 : std::stoi(value);
      if (std::ranges::find(topic_settings, word) != topic_settings.end()) topic.config[word] = value;
    }
    return topic;
  }

  std::string at(const YAML::Mark& mark) const { return mark.is_null() ? name_ : name_ + ":" + std::to_string(mark.line + 1); }
  void complain(const std::string& where, const std::string& why) { complaints_.push_back(where + ": " + why); }
  void unknown(const YAML::Node& node, const std::string& word, const std::vector<std::string>& known, const std::string& what,
               const std::string& allowed) {
    const std::string hint = cli::nearest_hint(word, known);
    complain(at(node.Mark()), word + " is not " + what + (hint.empty() ? "; allowed are " + allowed : hint));
  }
  static std::string in_words(const std::vector<std::string>& names) {
    std::string line;
    for (const std::string& name : names) line += (line.empty() ? "" : ", ") + name;
    return line;
  }

  std::string name_;
  Entries roles_, topics_;
  std::vector<std::string> order_;  // of topics
  std::vector<std::string> complaints_;
};

TopicsReader over_compiled() {
  TopicsReader reader;
  reader.read(topics_compiled, compiled_name);
  return reader;
}

}  // namespace

TopicsRead read_topics_text(const std::string& text, const std::string& name) {
  TopicsReader reader = over_compiled();
  reader.read(text, name);
  return reader.finish();
}

TopicsRead read_topics(const std::string& file) {
  if (file.empty()) return over_compiled().finish();
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in) return read_topics_text(text, file);
  TopicsRead failed = over_compiled().finish();
  failed.complaints.push_back(file + ": the file cannot be read; check path and rights");
  return failed;
}

}  // namespace due::app::config
