#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "stream/app/config/show.h"
#include "stream/kafka/properties.h"

namespace due::app::config {
namespace {

TEST(Settings, HaveNamesOfTheirOwnInEverySource) {
  std::set<std::string> keys, flags, variables, section_names;
  for (const Section& s : sections()) section_names.insert(s.name);
  for (const Setting& s : settings()) {
    EXPECT_TRUE(keys.insert(s.key).second) << s.key;
    EXPECT_TRUE(flags.insert(s.flag).second) << s.flag;
    EXPECT_TRUE(variables.insert(s.environment()).second) << s.environment();
    EXPECT_TRUE(section_names.contains(s.open() ? s.key : s.section())) << s.key << " is in no section";
    EXPECT_FALSE(s.doc.empty() || s.doc.ends_with('.')) << s.key;
    EXPECT_FALSE(s.allowed.empty()) << s.key;
  }
}

TEST(Settings, AllowTheirOwnDefaults) {
  for (const Setting& s : settings()) {
    if (s.open() || s.key == "log.uri" || s.key == "sink.to") continue;  // have no default: where things are must be said
    Config config;
    const std::string value = s.get(config);
    EXPECT_TRUE(s.set(config, value)) << s.key << " = " << value;
    EXPECT_EQ(s.get(config), value) << s.key;
  }
}

struct Row {
  const char *key, *given, *becomes;  // becomes: null if it is refused
};

TEST(Settings, TakeWhatIsAllowedAndNothingElse) {
  const Row rows[] = {
      {"run.workers", "1", "1"},
      {"run.workers", "256", "256"},
      {"run.workers", "0", nullptr},
      {"run.workers", "257", nullptr},
      {"run.workers", "4.0", nullptr},
      {"run.workers", "four", nullptr},
      {"run.workers", "", nullptr},
      {"run.workers", "-1", nullptr},
      {"run.workers", "99999999999999999999", nullptr},
      {"run.session_timeout", "10s", "10s"},
      {"run.session_timeout", "10 s", "10s"},
      {"run.session_timeout", "2min", "2min"},
      {"run.session_timeout", "1500", "1500ms"},
      {"run.session_timeout", "999ms", nullptr},
      {"run.session_timeout", "301s", nullptr},
      {"run.session_timeout", "1h", nullptr},
      {"run.session_timeout", "s", nullptr},
      {"run.merge_wait", "0", "0ms"},
      {"run.cache_bytes", "64MB", "64MiB"},
      {"run.cache_bytes", "64 MiB", "64MiB"},
      {"run.cache_bytes", "1048576", "1MiB"},
      {"run.cache_bytes", "1048575", nullptr},
      {"run.cache_bytes", "0", "0"},
      {"run.cache_bytes", "0MiB", nullptr},
      {"run.memory_bytes", "2GiB", "2GiB"},
      {"run.memory_bytes", "384MiB", "384MiB"},
      {"run.memory_bytes", "383MiB", nullptr},
      {"run.memory_bytes", "0", nullptr},
      {"run.cache_bytes", "9000000TiB", nullptr},
      {"run.cache_bytes", "99999999999999TiB", nullptr},
      {"topics.create", "true", "true"},
      {"topics.create", "yes", nullptr},
      {"app.log_level", "debug", "debug"},
      {"app.log_level", "Debug", nullptr},
      {"app.name", "risk-eu.1_a", "risk-eu.1_a"},
      {"app.name", "", nullptr},
      {"app.name", "a b", nullptr},
      {"app.name", "-a", nullptr},
      {"log.prefix", "", ""},
      {"log.prefix", "prod.", "prod."},
      {"log.prefix", "--log", nullptr},
      {"log.prefix", "a/b", nullptr},
      {"log.uri", "kafka:b1:9092,b2:9092", "kafka:b1:9092,b2:9092"},
      {"log.uri", "kafka:[::1]:9092", "kafka:[::1]:9092"},
      {"log.uri", "embedded:d", "embedded:d"},
      {"log.uri", "embedded:", nullptr},
      {"log.uri", "kafka:", nullptr},
      {"log.uri", "kafka:b1", nullptr},
      {"log.uri", "kafka:b1:0", nullptr},
      {"log.uri", "kafka:b1:65536", nullptr},
      {"log.uri", "kafka:b1:9092,", nullptr},
      {"log.uri", "kafka://b1:9092", nullptr},
      {"log.uri", "b1:9092", nullptr},
      {"log.uri", "kafka:::1:9092", nullptr},
      {"log.uri", "", nullptr},
  };
  for (const Row& row : rows) {
    Config config;
    const Setting& s = *find_setting(row.key);
    const bool taken = s.set(config, row.given);
    EXPECT_EQ(taken, row.becomes != nullptr) << row.key << " = " << row.given;
    if (taken && row.becomes != nullptr) {
      EXPECT_EQ(s.get(config), row.becomes) << row.key << " = " << row.given;
    }
  }
}

// The file that `config default` prints: every setting commented in, it is the default.
TEST(DefaultFile, IsTheDefaultAgainWhenItIsRead) {
  std::istringstream lines(default_file());
  std::string path = (std::filesystem::temp_directory_path() / "duestream-config-XXXXXX").string();
  close(mkstemp(path.data()));
  std::ofstream out(path);
  std::size_t commented_in = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool setting = line.starts_with("#") && !line.starts_with("# ") && line.find(" = ") != line.npos;
    // Of open sections, and of what has no default.
    const bool example = line.starts_with("#\"") || line == "#uri = \"\"" || line == "#to = \"\"";
    if (setting) ++commented_in;
    out << (setting && !example ? line.substr(1) : line) << "\n";
  }
  out.close();
  const Loaded loaded = load({path, {}, {}});
  EXPECT_EQ(loaded.complaints, std::vector<std::string>{});
  EXPECT_EQ(commented_in, settings().size());
  EXPECT_EQ(loaded.origins.size(), settings().size() - 5);
  for (const Setting& s : settings()) {
    if (s.open()) continue;
    EXPECT_EQ(s.get(loaded.config), s.get(Config{})) << s.key;
  }
  std::filesystem::remove(path);
}

TEST(Reference, IsWhatTheDocumentationHolds) {
  std::ifstream in(DUE_SOURCE_DIR "/docs/configuration.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(page, reference()) << "write it anew: build/release/bin/duestream config reference > docs/configuration.md";
}

TEST(Shown, IsNoPasswordOfADatabase) {
  for (const char* to : {"postgresql://sink:hunter2@host:5432/x", "host=x password=hunter2 user=y",
                         "postgresql://host/x?password=hunter2&user=y"}) {
    Loaded loaded;
    loaded.config.sink.to = to;
    EXPECT_EQ(effective(loaded).find("hunter2"), std::string::npos) << to;
    EXPECT_EQ(effective_json(loaded).find("hunter2"), std::string::npos) << to;
    EXPECT_NE(effective(loaded).find("host"), std::string::npos) << to;
  }
}

TEST(KafkaProperties, WhichAreOwnedOrSecretExistInThisLibrdkafka) {
  for (const auto& [name, why] : kafka::owned_properties()) EXPECT_TRUE(kafka::is_known_property(name)) << name;
  EXPECT_TRUE(kafka::is_secret_property("sasl.password"));
  EXPECT_FALSE(kafka::is_secret_property("sasl.username"));
  EXPECT_FALSE(kafka::is_known_property("sasl.pasword"));
}

}  // namespace
}  // namespace due::app::config
