#include "stream/kafka/properties.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "stream/kafka/handles.h"

namespace due::kafka {
namespace {

constexpr std::size_t reason_size = 512;

struct Owned {
  std::string_view name, reason;
};

constexpr std::string_view ours = "exactly-once rests on it";
constexpr std::string_view no_effect = "duestream names every position and partition itself";
constexpr Owned owned[] = {
    {"acks", ours},
    {"allow.auto.create.topics", "a topic that a broker makes up has the wrong settings; use duestream topics create"},
    {"auto.commit.enable", ours},
    {"auto.commit.interval.ms", ours},
    {"auto.offset.reset", "a silent jump loses events"},
    {"bootstrap.servers", "set log.uri = kafka:HOST:PORT"},
    {"builtin.features", "it only tells what librdkafka was built with"},
    {"delivery.report.only.error", "a commit counts what was delivered"},
    {"enable.auto.commit", ours},
    {"enable.auto.offset.store", ours},
    {"enable.idempotence", ours},
    {"enable.partition.eof", no_effect},
    {"group.id", "set app.name"},
    {"group.instance.id", "set app.slot"},
    {"group.protocol", "membership is the classic protocol's, whose fencing commits rest on"},
    {"group.protocol.type", ours},
    {"group.remote.assignor", "membership is the classic protocol's, whose fencing commits rest on"},
    {"heartbeat.interval.ms", "set run.session_timeout"},
    {"isolation.level", "what is not committed must not be decided upon"},
    {"max.poll.interval.ms", "set run.session_timeout"},
    {"metadata.broker.list", "set log.uri = kafka:HOST:PORT"},
    {"partition.assignment.strategy", ours},
    {"partitioner", no_effect},
    {"request.required.acks", ours},
    {"session.timeout.ms", "set run.session_timeout"},
    {"test.mock.broker.rtt", "it would replace the cluster by one in this process's memory"},
    {"test.mock.num.brokers", "it would replace the cluster by one in this process's memory"},
    {"topic.blacklist", no_effect},
    {"transaction.timeout.ms", "the waits of commit and recovery are built around its 15 s"},
    {"transactional.id", "it follows from app.name and app.slot"},
};

constexpr std::string_view secrets[] = {"sasl.password",
                                        "sasl.oauthbearer.client.secret",
                                        "sasl.oauthbearer.config",
                                        "ssl.key.password",
                                        "ssl.key.pem",
                                        "ssl.keystore.password",
                                        "sasl.oauthbearer.assertion.private.key.passphrase",
                                        "sasl.oauthbearer.assertion.private.key.pem"};

// What librdkafka refuses beside transaction.timeout.ms = 15000, said before a broker is asked.
struct Limit {
  std::string_view name;
  int max;
};
constexpr Limit limits[] = {{"socket.timeout.ms", 15'100}, {"message.timeout.ms", 15'000}, {"delivery.timeout.ms", 15'000}};

rd_kafka_conf_res_t set(rd_kafka_conf_t& conf, const std::string& name, const std::string& value, std::string& why) {
  std::array<char, reason_size> text{};
  const auto result = rd_kafka_conf_set(&conf, name.c_str(), value.c_str(), text.data(), text.size());
  why = text.data();
  while (!why.empty() && (why.back() == '\n' || why.back() == '.')) why.pop_back();
  return result;
}

std::optional<std::string> above_limit(const std::string& name, const std::string& value) {
  for (const Limit& limit : limits) {
    int number = 0;
    if (limit.name != name) continue;
    if (std::from_chars(value.data(), value.data() + value.size(), number).ec == std::errc() && number > limit.max)
      return "allowed is at most " + std::to_string(limit.max) + ", beside transactions that time out after 15000 ms";
  }
  return std::nullopt;
}

std::string trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(" \n"), to = text.find_last_not_of(" \n");
  return from == text.npos ? "" : text.substr(from, to - from + 1);
}

// "10 .. 300000" in words; a list of words stays as it is.
std::string in_words(std::string allowed) {
  const std::size_t dots = allowed.find(" .. ");
  return dots == allowed.npos ? allowed : "a number from " + allowed.substr(0, dots) + " to " + allowed.substr(dots + 4);
}

// librdkafka's own table of properties: name -> what is allowed, as that table says it. The only place where it tells both.
std::map<std::string, std::string> property_table() {
  char* text = nullptr;
  std::size_t size = 0;
  FILE* out = open_memstream(&text, &size);
  rd_kafka_conf_properties_show(out);
  std::fclose(out);
  const std::unique_ptr<char, decltype(&std::free)> owner{text, &std::free};
  std::istringstream lines(std::string(text, size));
  std::map<std::string, std::string> table;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream columns(line);
    std::string name, kinds, allowed;
    if (!std::getline(columns, name, '|') || !std::getline(columns, kinds, '|') || !std::getline(columns, allowed, '|')) continue;
    if (name = trimmed(name); !name.empty() && name != "Property" && name.find_first_of("- :") == name.npos)
      table[name] = in_words(trimmed(allowed));
  }
  return table;
}

}  // namespace

std::optional<std::string> owned_property(std::string_view name) {
  const auto row = std::ranges::find(owned, name, &Owned::name);
  if (row == std::end(owned)) return std::nullopt;
  return std::string(row->reason);
}

std::map<std::string, std::string> owned_properties() {
  std::map<std::string, std::string> all;
  for (const Owned& o : owned) all.emplace(o.name, o.reason);
  return all;
}

bool is_secret_property(std::string_view name) { return std::ranges::find(secrets, name) != std::end(secrets); }

bool is_known_property(std::string_view name) {
  const ConfHandle conf{rd_kafka_conf_new()};
  std::string why;
  return set(*conf, std::string(name), "", why) != RD_KAFKA_CONF_UNKNOWN;
}

std::vector<std::string> property_names() {
  std::vector<std::string> names;
  for (const auto& [name, allowed] : property_table())
    if (!name.ends_with("_cb") && !owned_property(name)) names.push_back(name);
  return names;
}

std::vector<PropertyComplaint> check_properties(const std::map<std::string, std::string>& properties) {
  std::vector<PropertyComplaint> complaints;
  ConfHandle conf{rd_kafka_conf_new()};
  std::string why;
  std::map<std::string, std::string> table;
  for (const auto& [name, value] : properties) {
    if (const auto limit = above_limit(name, value)) {
      complaints.push_back({name, *limit});
    } else if (set(*conf, name, value, why) != RD_KAFKA_CONF_OK) {
      if (table.empty()) table = property_table();
      const std::string& allowed = table[name];
      complaints.push_back({name, allowed.empty() ? why : "allowed is " + allowed});
    }
  }
  return complaints;
}

std::optional<std::string> check_together(const std::map<std::string, std::string>& properties) {
  ConfHandle conf{rd_kafka_conf_new()};
  std::string why;
  for (const auto& [name, value] : properties) (void)set(*conf, name, value, why);
  (void)set(*conf, "enable.idempotence", "true", why);
  (void)set(*conf, "debug", "", why);
  (void)set(*conf, "enable.metrics.push", "false", why);
  rd_kafka_conf_set_log_cb(conf.get(), [](const rd_kafka_t*, int, const char*, const char*) noexcept {});
  std::array<char, reason_size> text{};
  const ProducerHandle client{rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), text.data(), text.size())};
  if (!client) return text.data();
  (void)conf.release();  // rd_kafka_new owns it now
  return std::nullopt;
}

}  // namespace due::kafka
