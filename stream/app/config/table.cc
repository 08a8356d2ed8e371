// Every setting there is, in the order in which people read them. A new one is a row here and a member in a verb's arguments.
#include <algorithm>
#include <array>

#include "stream/app/config/setting.h"

namespace due::app::config {
namespace {

// Part of topic names, group and transactional ids: what Kafka allows in a topic's name.
bool kafka_name(std::string_view given) {
  return given.size() <= 100 && !given.starts_with('-') &&
         given.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == given.npos;
}
bool full_kafka_name(std::string_view given) { return !given.empty() && kafka_name(given); }

bool host_and_port(std::string_view given) {
  const std::size_t colon = given.rfind(':');
  if (colon == given.npos || colon == 0) return false;
  const std::string_view host = given.substr(0, colon), port = given.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos) return false;
  const int number = std::stoi(std::string(port));
  const bool bare = host.find_first_of(":/ ") == host.npos;  // an IPv6 address is in brackets
  return number >= 1 && number <= 65'535 && (bare || (host.front() == '[' && host.back() == ']'));
}

bool listen_address(std::string_view given) {
  const bool any_port = given.ends_with(":0") && given.size() > 2 && given.find(' ') == given.npos;
  return given.empty() || given == "off" || host_and_port(given) || any_port;
}

bool log_uri(std::string_view given) {
  if (given.starts_with("embedded:")) return given.size() > 9;
  if (!given.starts_with("kafka:")) return false;
  for (std::string_view rest = given.substr(6);;) {
    const std::size_t comma = rest.find(',');
    if (!host_and_port(rest.substr(0, comma))) return false;
    if (comma == rest.npos) return true;
    rest.remove_prefix(comma + 1);
  }
}

bool standby(std::string_view given) {
  if (given == "off" || given == "all") return true;
  return !given.empty() && given.size() <= 6 && given.find_first_not_of("0123456789") == given.npos && given.front() != '0' &&
         std::stoi(std::string(given)) <= 100'000;
}
bool not_empty(std::string_view given) { return !given.empty(); }

std::vector<Setting> log_settings() {
  const std::string name_allowed = "at most 100 of the characters a-z A-Z 0-9 . _ -, not - at the beginning";
  return {
      text(
          {"log.uri", "--log", "where the events are; embedded is a log in this process, to try things without a server"},
          [](Config& c) -> auto& { return c.log.uri; }, "kafka:HOST:PORT[,HOST:PORT...] or embedded:DIRECTORY", log_uri),
      text(
          {"log.prefix", "--prefix", "before every topic's name, \"prod.\" for example"}, [](Config& c) -> auto& { return c.log.prefix; },
          name_allowed, kafka_name),
      milliseconds({"log.connect_timeout", "--connect-timeout", "how long to try to reach a broker at the start"},
                   [](Config& c) -> auto& { return c.log.connect_timeout_ms; }, {100, 600'000}),
      open_section(
          {"kafka.properties", "-X", "any property of librdkafka (TLS, SASL, timeouts), except those that exactly-once rests on"},
          [](Config& c) -> auto& { return c.log.kafka_properties; }, "NAME=VALUE", "NAME=VALUE, with a name that librdkafka knows"),
      open_section(
          {"kafka.secrets", "--kafka-secret", "a property of librdkafka and the file that holds its value, sasl.password for example"},
          [](Config& c) -> auto& { return c.log.kafka_secret_files; }, "NAME=FILE", "NAME=FILE, a readable file of one line"),
      switched({"topics.create", "--create-topics", "create missing topics at the start; an embedded log always does"},
               [](Config& c) -> auto& { return c.log.create_topics; }),
      integer({"topics.partitions", "--partitions",
               "of topics that are created, and with that the number of tasks; 0: as those that are there, or 4"},
              [](Config& c) -> auto& { return c.log.partitions; }, {0, 1'024}),
      integer({"topics.replication", "--replication", "copies of each topic that is created; 0: the cluster's own default"},
              [](Config& c) -> auto& { return c.log.replicas; }, {0, 32}),
      text(
          {"topics.file", "--topics", "YAML like deploy/topics.yaml, which is compiled in: what it mentions is replaced"},
          [](Config& c) -> auto& { return c.log.topics_file; }, "a readable file, or nothing", [](std::string_view) { return true; }),
      text(
          {"app.name", "--app", "the application: its consumer group and the beginning of its transactional ids"},
          [](Config& c) -> auto& { return c.app.name; }, "1 to 100 of the characters a-z A-Z 0-9 . _ -, not - at the beginning",
          full_kafka_name),
      text(
          {"app.slot", "--slot", "this process within the application; stable over restarts, unique among living processes"},
          [](Config& c) -> auto& { return c.app.slot; }, "1 to 100 of the characters a-z A-Z 0-9 . _ -, not - at the beginning",
          full_kafka_name),
      choice({"app.log_level", "--log-level", "what goes to stderr"}, [](Config& c) -> auto& { return c.app.log_level; },
             {"debug", "info", "warning", "error"}),
      choice({"app.log_format", "--log-format", "how: lines for people, or one JSON object a line"},
             [](Config& c) -> auto& { return c.app.log_format; }, {"text", "json"}),
      text(
          {"http.listen", "--listen",
           "where metrics and health are answered; nothing: 127.0.0.1:9464, for a sink 9465, if free and not --until-caught-up"},
          [](Config& c) -> auto& { return c.app.listen; }, "HOST:PORT, off, or nothing; port 0 is any that is free", listen_address),
  };
}

std::vector<Setting> run_settings() {
  return {
      integer({"run.workers", "--workers", "threads that decide"}, [](Config& c) -> auto& { return c.run.workers; }, {1, 256}),
      text(
          {"run.state", "--state", "directory of the state; may be deleted: it is rebuilt from the log"},
          [](Config& c) -> auto& { return c.run.state_directory; }, "a directory, which is created", not_empty),
      text(
          {"checkpoint.to", "--checkpoints", "directory of checkpoints, on another disk; a task without a state begins with its newest"},
          [](Config& c) -> auto& { return c.run.checkpoints.to; }, "a directory, which is created; or nothing: none are taken",
          [](std::string_view) { return true; }),
      milliseconds({"checkpoint.every", "--checkpoint-every", "time between two of a task; one more at an orderly end"},
                   [](Config& c) -> auto& { return c.run.checkpoints.every_ms; }, {1'000, 86'400'000}),
      integer({"checkpoint.keep", "--checkpoints-kept", "of each task, the newest"},
              [](Config& c) -> auto& { return c.run.checkpoints.keep; }, {1, 1'000}),
      bytes({"run.memory_bytes", "--memory-bytes", "memory of the process, all in all; what each part of it may take follows"},
            [](Config& c) -> auto& { return c.run.memory_bytes; }, {384 << 20, std::int64_t{1} << 40}),
      bytes_or_zero({"run.cache_bytes", "--cache-bytes", "of it, what decoded state may take; 0: as much as fits, 448MiB of 1GiB"},
                    [](Config& c) -> auto& { return c.run.cache_bytes; }, {1 << 20, std::int64_t{1} << 40}),
      milliseconds({"run.session_timeout", "--session-timeout", "how long without a sign of life until the group gives our tasks away"},
                   [](Config& c) -> auto& { return c.run.session_timeout_ms; }, {1'000, 300'000}),
      milliseconds({"run.commit_interval", "--commit-interval", "time between commits, at most; adapts below that"},
                   [](Config& c) -> auto& { return c.run.commit_max_ms; }, {1, 10'000}),
      milliseconds({"run.merge_wait", "--merge-wait", "how long to wait for an input that is known to hold more"},
                   [](Config& c) -> auto& { return c.run.merge_wait_ms; }, {0, 600'000}),
      milliseconds(
          {"run.recovery_budget", "--recovery-budget", "how long recovery in place may take; state is persisted as rarely as that allows"},
          [](Config& c) -> auto& { return c.run.recovery_budget_ms; }, {100, 600'000}),
      text(
          {"run.standby", "--standby", "tasks of other processes to fold here too, ready to be taken over; needs run.workers = 1"},
          [](Config& c) -> auto& { return c.run.standby; }, "off, all, or a whole number from 1 to 100000", standby),
      integer({"run.batch_records", "--batch-records", "outputs of one batch of a task, at most"},
              [](Config& c) -> auto& { return c.run.batch_records; }, {1, 1'000'000}),
      integer({"rules.delay_days_max", "--delay-days-max", "baseline rule: an average delay above it, in days, is HIGH"},
              [](Config& c) -> auto& { return c.run.logic.delay_days_max; }, {0, 3'650}),
      integer({"rules.unpaid_max", "--unpaid-max", "baseline rule: a balance above it, in whole units of the account's currency, is HIGH"},
              [](Config& c) -> auto& { return c.run.logic.unpaid_units_max; }, {0, 1'000'000'000'000}),
  };
}

bool topic_list(std::string_view given) {
  return given.find_first_not_of("abcdefghijklmnopqrstuvwxyz-,") == given.npos && !given.starts_with(',') && !given.ends_with(',') &&
         given.find(",,") == given.npos;
}

std::vector<Setting> sink_settings() {
  return {
      text(
          {"sink.to", "--to", "the database, as libpq takes it; the password in PGPASSWORD or ~/.pgpass, not here"},
          [](Config& c) -> auto& { return c.sink.to; }, "postgresql://USER@HOST:PORT/DATABASE, or NAME=VALUE of libpq", not_empty),
      text(
          {"sink.name", "--name", "of this sink: who goes on where it stopped; of two with one name the later start wins"},
          [](Config& c) -> auto& { return c.sink.name; }, "1 to 40 of the characters a-z A-Z 0-9 . _ -, not - at the beginning",
          [](std::string_view given) { return given.size() <= 40 && full_kafka_name(given); }),
      text(
          {"sink.topics", "--only", "what to write; nothing: every topic that has a table and exists"},
          [](Config& c) -> auto& { return c.sink.topics; }, "topics without prefix, comma-separated", topic_list),
      choice({"sink.migrate", "--migrate", "what becomes of a schema that lacks something: auto extends it, never stops"},
             [](Config& c) -> auto& { return c.sink.migrate; }, {"auto", "never"}),
      bytes({"sink.batch_bytes", "--batch-bytes", "rows of one transaction, at most; three times that is held in memory"},
            [](Config& c) -> auto& { return c.sink.batch_bytes; }, {64 << 10, std::int64_t{1} << 30}),
      milliseconds({"sink.linger", "--linger", "how long a row waits for more, at most, where the database is free"},
                   [](Config& c) -> auto& { return c.sink.linger_ms; }, {1, 60'000}),
  };
}

}  // namespace

std::span<const Setting> settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> rows = log_settings();
    std::ranges::move(run_settings(), std::back_inserter(rows));
    std::ranges::move(sink_settings(), std::back_inserter(rows));
    return rows;
  }();
  return all;
}

std::span<const Section> sections() {
  static const std::array<Section, 10> all = {{
      {"log", "Which log is read and written"},
      {"kafka.properties", "librdkafka's own names and values, of every client of this process"},
      {"kafka.secrets", "The same, for what nobody should read here: property = file"},
      {"topics", "How topics are created; what each must look like is in deploy/topics.yaml"},
      {"app", "Who this process is"},
      {"http", "What a process answers to operators (docs/metrics.md); anybody who reaches the address may read it"},
      {"run", "duestream run"},
      {"checkpoint", "Copies of the state, from which a task that has none begins"},
      {"rules", "What decides. A change is another logic version: it starts only from a sealed state"},
      {"sink", "duestream sink, and what else works with its database"},
  }};
  return all;
}

const Setting* find_setting(std::string_view key) {
  const auto all = settings();
  const auto found = std::ranges::find(all, key, &Setting::key);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace due::app::config
