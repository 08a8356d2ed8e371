#include "stream/kafka/settings.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "stream/kafka/triage.h"

namespace due::kafka {
namespace {

constexpr std::size_t reason_size = 512;

constexpr int warning = 4, info = 6;  // of syslog

void print(const ClientLine& line) {
  if (line.severity > warning) return;
  std::fprintf(stderr, "kafka: %s: %s: %s\n", line.client, line.facility, line.text);
}

// Of the process: librdkafka's callback knows the client alone, and clients use their opaque pointer for other things.
struct ClientLog {
  std::mutex mutex;
  std::function<void(const ClientLine&)> write = print;
};
ClientLog& client_log() {
  static ClientLog log;
  return log;
}

// One set of properties serves producers and consumers, so librdkafka warns of each that the other kind does not use. And it warns
// where a producer waits for a coordinator that is loading, as after each start of a broker: that is no news unless it lasts.
void take_line(const rd_kafka_t* client, int severity, const char* facility, const char* text) noexcept {
  if (std::strcmp(facility, "CONFWARN") == 0) return;
  ClientLog& log = client_log();
  const std::lock_guard lock(log.mutex);
  const bool waits = std::strcmp(facility, "GETPID") == 0 && std::string_view(text).ends_with("retrying");
  log.write({waits ? info : severity, rd_kafka_name(client), facility, text});
}

Status set(rd_kafka_conf_t& conf, const std::string& name, const std::string& value) {
  std::array<char, reason_size> why{};
  if (rd_kafka_conf_set(&conf, name.c_str(), value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK) return Done{};
  return Error{Remedy::stop, "Kafka property " + name + " = " + value + " was refused: " + why.data() + "; correct it there."};
}

template <class Client>
Result<Client> new_client(rd_kafka_type_t type, ConfHandle conf, std::string_view purpose) {
  std::array<char, reason_size> why{};
  Client client{rd_kafka_new(type, conf.get(), why.data(), why.size())};
  if (!client) return Error{Remedy::stop, "No Kafka client for " + std::string{purpose} + ": " + why.data()};
  (void)conf.release();  // On success rd_kafka_new owns it; on failure it is still ours.
  return client;
}

}  // namespace

void write_client_log(std::function<void(const ClientLine&)> write) {
  ClientLog& log = client_log();
  const std::lock_guard lock(log.mutex);
  log.write = std::move(write);
}

Result<ConfHandle> configure(const Settings& settings, const Layers& layers) {
  ConfHandle conf{rd_kafka_conf_new()};
  rd_kafka_conf_set_log_cb(conf.get(), take_line);
  std::vector<std::pair<std::string, std::string>> all = {
      {"bootstrap.servers", settings.bootstrap},
      {"client.id", settings.client_id},
      {"log_level", "4"},  // warnings; the property `debug` raises it
      {"enable.metrics.push", "false"},  // nobody asked for it, and a client that pushes takes a second to close
      {"socket.nagle.disable", "true"},
      {"reconnect.backoff.ms", "20"},  // doubles with each failure up to the maximum
      {"reconnect.backoff.max.ms", "1000"},
      {"allow.auto.create.topics", "false"},
      {"topic.metadata.refresh.fast.interval.ms", "20"},
  };
  all.insert(all.end(), layers.choices.begin(), layers.choices.end());
  all.insert(all.end(), settings.properties.begin(), settings.properties.end());
  all.insert(all.end(), layers.fixed.begin(), layers.fixed.end());
  for (const auto& [name, value] : all) {
    if (const Status done = set(*conf, name, value); !done) return done.error();
  }
  return conf;
}

Result<ProducerHandle> new_producer(ConfHandle conf, std::string_view purpose) {
  return new_client<ProducerHandle>(RD_KAFKA_PRODUCER, std::move(conf), purpose);
}
Result<ConsumerHandle> new_consumer(ConfHandle conf, std::string_view purpose) {
  return new_client<ConsumerHandle>(RD_KAFKA_CONSUMER, std::move(conf), purpose);
}

int Deadline::left_ms() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 86'400'000));
}

Status learn_leaders(rd_kafka_t* client, std::string_view subject, std::chrono::milliseconds wait) {
  const rd_kafka_metadata_t* borrowed = nullptr;
  const auto code = rd_kafka_metadata(client, 0, nullptr, &borrowed, static_cast<int>(wait.count()));
  const MetadataHandle metadata{borrowed};
  if (meaning_of(code) != Meaning::none) return triage(code, Speaker::other, subject, "metadata");
  for (const auto& topic : std::span(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt))) {
    if (meaning_of(topic.err) != Meaning::none) return triage(topic.err, Speaker::other, subject, std::string{"topic "} + topic.topic);
  }
  return Done{};
}

std::string guessed_delivery(const rd_kafka_message_t& message) {
  return std::string{"whether a record for "} + rd_kafka_topic_name(message.rkt) + "-" + std::to_string(message.partition) +
         " is stored was inferred, not said";
}

HeadersHandle headers_of(std::span<const log::Header> headers) {
  if (headers.empty()) return nullptr;
  HeadersHandle list{rd_kafka_headers_new(headers.size())};
  for (const log::Header& h : headers) {
    (void)rd_kafka_header_add(list.get(), bytes_of(h.name), static_cast<ssize_t>(h.name.size()), bytes_of(h.value),
                              static_cast<ssize_t>(h.value.size()));
  }
  return list;
}

}  // namespace due::kafka
