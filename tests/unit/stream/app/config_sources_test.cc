#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "stream/app/config/show.h"

namespace due::app::config {
namespace {

// A folder with files of a test's own.
class Sources : public testing::Test {
 protected:
  Sources() {
    std::string pattern = (std::filesystem::temp_directory_path() / "duestream-sources-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Sources() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  // What is wrong with a file, without the folder's name.
  std::vector<std::string> complaints_about(const std::string& text) {
    return without_folder(load({file("c.toml", text), {}, {}}).complaints);
  }
  std::vector<std::string> without_folder(std::vector<std::string> lines) const {
    const std::string prefix = folder_.string() + "/";
    for (std::string& line : lines)
      for (std::size_t at; (at = line.find(prefix)) != line.npos;) line.erase(at, prefix.size());
    return lines;
  }

  std::filesystem::path folder_;
};

using Lines = std::vector<std::string>;

TEST_F(Sources, ReplaceEachOtherSettingBySetting) {
  const std::string path = file("c.toml", "[run]\nworkers = 2\nstate = 'a'\n[app]\nslot = 7\nname = 'f'\n");
  const Loaded loaded = load({path,
                              {{find_setting("run.workers"), "4"}},
                              {{"DUESTREAM_RUN_WORKERS", "3"}, {"DUESTREAM_RUN_STATE", "b"}, {"DUESTREAM_APP_NAME", ""}, {"HOME", "/"}}});
  EXPECT_EQ(loaded.complaints, Lines{});
  EXPECT_EQ(loaded.config.run.workers, 4);
  EXPECT_EQ(loaded.origins.at("run.workers"), "--workers");
  EXPECT_EQ(loaded.config.run.state_directory, "b");
  EXPECT_EQ(loaded.origins.at("run.state"), "DUESTREAM_RUN_STATE");
  EXPECT_EQ(loaded.config.app.slot, "7");
  EXPECT_EQ(loaded.origins.at("app.slot"), path + ":5");
  EXPECT_EQ(loaded.config.app.name, "f") << "an empty variable is none";
  EXPECT_FALSE(loaded.origins.contains("run.merge_wait"));
}

TEST_F(Sources, NameTheFileInTheEnvironmentToo) {
  const std::string path = file("c.toml", "[run]\nworkers = 2\n"), other = file("d.toml", "[run]\nworkers = 3\n");
  EXPECT_EQ(load({"", {}, {{"DUESTREAM_CONFIG", path}}}).config.run.workers, 2);
  EXPECT_EQ(load({other, {}, {{"DUESTREAM_CONFIG", path}}}).config.run.workers, 3);
}

TEST_F(Sources, SayEverythingThatIsWrongInOneGo) {
  EXPECT_EQ(complaints_about(
                "[log]\nuri = 'kafka:b'\nprefx = 'p'\n[rnu]\nworkers = 1\n[run]\nworkers = 0\nstate = ['a']\ncache_bytes = { a = 1 }\n"),
            (Lines{"log.uri = kafka:b (c.toml:2): allowed is kafka:HOST:PORT[,HOST:PORT...] or embedded:DIRECTORY",
                   "log.prefx (c.toml:3) is not a setting; the nearest is log.prefix; duestream config default lists all",
                   "[rnu] (c.toml:4) is not a setting; the nearest is [run]; duestream config default lists all",
                   "run.workers = 0 (c.toml:7): allowed is a whole number from 1 to 256",
                   "run.state = [ 'a' ] (c.toml:8): one value, not a list; allowed is a directory, which is created",
                   "run.cache_bytes = [table] (c.toml:9): allowed is 0, or a size from 1MiB to 1TiB (KiB, MiB, GiB; "
                   "without a unit: bytes)"}));
}

TEST_F(Sources, SayWhereAFileIsNoToml) {
  EXPECT_EQ(complaints_about("[run]\nworkers = \n").front().substr(0, 9), "c.toml:2:");
  EXPECT_EQ(complaints_about("[run]\nworkers = 1\nworkers = 2\n").front().substr(0, 9), "c.toml:3:");
  EXPECT_EQ(without_folder(load({(folder_ / "none.toml").string(), {}, {}}).complaints),
            (Lines{"none.toml: File could not be opened for reading; check path and rights"}));
}

TEST_F(Sources, PassEveryPropertyOfLibrdkafkaThrough) {
  const Loaded loaded = load({file("c.toml", "[kafka.properties]\n\"socket.timeout.ms\" = 3000\nsasl.username = 'me'\n"),
                              {{find_setting("kafka.properties"), "debug=broker"}},
                              {{"DUESTREAM_KAFKA_PROPERTIES_LOG__LEVEL", "7"}, {"DUESTREAM_KAFKA_PROPERTIES_CLIENT_ID", "x"}}});
  EXPECT_EQ(loaded.complaints, Lines{});
  const std::map<std::string, std::string> expected{
      {"client.id", "x"}, {"debug", "broker"}, {"log_level", "7"}, {"sasl.username", "me"}, {"socket.timeout.ms", "3000"}};
  EXPECT_EQ(loaded.config.log.kafka_properties, expected);
}

TEST_F(Sources, RefuseAPropertyThatIsUnknownOwnedOrWrong) {
  EXPECT_EQ(complaints_about("[kafka.properties]\nsasl.pasword = 'x'\ntransactional.id = 'x'\nbootstrap.servers = 'b'\n"
                             "\"socket.timeout.ms\" = 60000\nsecurity.protocol = 'tls'\n\"socket.keepalive.enable\" = 'maybe'\n"),
            (Lines{"kafka.properties.sasl.pasword (c.toml:2) is not a property of librdkafka; the nearest is sasl.password",
                   "kafka.properties.transactional.id = x (c.toml:3): not yours to set: it follows from app.name and app.slot",
                   "kafka.properties.bootstrap.servers = b (c.toml:4): not yours to set: set log.uri = kafka:HOST:PORT",
                   "kafka.properties.security.protocol = tls (c.toml:6): allowed is plaintext, ssl, sasl_plaintext, sasl_ssl",
                   "kafka.properties.socket.keepalive.enable = maybe (c.toml:7): allowed is true, false",
                   "kafka.properties.socket.timeout.ms = 60000 (c.toml:5): allowed is at most 15100, beside transactions that time out "
                   "after 15000 ms"}));
}

TEST_F(Sources, TryPropertiesTogetherBeforeABrokerIsAsked) {
  const Loaded loaded =
      load({file("c.toml", "[kafka.properties]\nsecurity.protocol = 'ssl'\nssl.ca.location = '/no/such/file'\n"), {}, {}});
  ASSERT_EQ(loaded.complaints.size(), 1U);
  EXPECT_TRUE(loaded.complaints[0].starts_with("kafka.properties and kafka.secrets do not go together: ssl.ca.location failed"))
      << loaded.complaints[0];
}

TEST_F(Sources, KeepSecretsOutOfCommandLinesMessagesAndWhatIsShown) {
  const Setting* properties = find_setting("kafka.properties");
  const Loaded refused = load({"", {{properties, "sasl.password=hunter2"}}, {}});
  EXPECT_EQ(refused.complaints,
            (Lines{"kafka.properties.sasl.password = ******** (-X): a command line is visible to everyone on this machine; "
                   "put it into a file and say --kafka-secret sasl.password=FILE"}));
  const std::string secret = file("password", "hunter2\n");
  const Loaded loaded = load({file("c.toml", "[kafka.secrets]\n\"ssl.key.password\" = '" + secret + "'\n"),
                              {},
                              {{"DUESTREAM_KAFKA_PROPERTIES_SASL_PASSWORD", "hunter2"}}});
  EXPECT_EQ(loaded.complaints, Lines{});
  EXPECT_EQ(loaded.config.log.kafka_secrets.at("ssl.key.password"), "hunter2");
  EXPECT_EQ(effective(loaded).find("hunter2"), std::string::npos);
  EXPECT_EQ(effective_json(loaded).find("hunter2"), std::string::npos);
  EXPECT_NE(effective(loaded).find("= ********"), std::string::npos);
}

TEST_F(Sources, WantSecretsInAFileThatCanBeReadAndOnlyOnce) {
  EXPECT_EQ(complaints_about("[kafka.secrets]\n\"sasl.password\" = '/no/such/file'\n"),
            (Lines{"kafka.secrets.sasl.password = /no/such/file (c.toml:2): the file cannot be read; check path and rights"}));
  EXPECT_EQ(complaints_about("[kafka.secrets]\n\"sasl.password\" = '" + file("empty", "\n") + "'\n"),
            (Lines{"kafka.secrets.sasl.password = empty (c.toml:2): the file is empty; write the value into it"}));
  EXPECT_EQ(complaints_about("[kafka.secrets]\n\"sasl.password\" = '" + file("p", "x\n") + "'\n[kafka.properties]\nsasl.password = 'x'\n"),
            (Lines{"kafka.secrets.sasl.password = p (c.toml:2): given twice: also as kafka.properties.sasl.password; leave one of them"}));
}

TEST_F(Sources, RefuseAVariableThatIsMeantForUsAndUnknown) {
  const auto said = [](const std::string& name) { return load({"", {}, {{name, "1"}}}).complaints; };
  EXPECT_EQ(said("DUESTREAM_RUN_WORKRES"),
            (Lines{"DUESTREAM_RUN_WORKRES (environment) is not a setting; the nearest is DUESTREAM_RUN_WORKERS; "
                   "duestream config default lists all"}));
  EXPECT_EQ(said("DUESTREAM_WORKERS").size(), 1U);
  for (const char* others : {"DUESTREAM_SERVICE_HOST", "DUESTREAM_SERVICE_PORT_HTTP", "DUESTREAM_PORT", "DUESTREAM_PORT_9090_TCP_ADDR",
                             "DUESTREAM_SINK_PORT_9090_TCP", "DUESTREAM_SINK_SERVICE_PORT", "DUESTREAM_BIN", "PATH"})
    EXPECT_EQ(said(others), Lines{}) << others;
}

TEST_F(Sources, ShowWhereEachValueComesFrom) {
  const Loaded loaded = load({file("c.toml", "[run]\nworkers = 2\n"), {{find_setting("app.slot"), "1"}}, {}});
  Lines lines;
  std::istringstream text(effective(loaded));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  lines = without_folder(lines);
  const auto has = [&](const std::string& line) { return std::ranges::find(lines, line) != lines.end(); };
  EXPECT_TRUE(has("run.workers          = 2            # c.toml:2")) << effective(loaded);
  EXPECT_TRUE(has("app.slot             = \"1\"          # --slot"));
  EXPECT_TRUE(has("run.recovery_budget  = \"2s\"         # default"));
}

}  // namespace
}  // namespace due::app::config
