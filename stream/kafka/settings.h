// stream/kafka/settings.h
// From settings to a configured client. Three layers: our choices, what the caller's properties replace, and what must not be
// replaced because exactly-once rests on it.
//
//   Errors   stop: a property that librdkafka does not know, or a client that it refuses to build
//   Threads  none
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <span>
#include <utility>
#include <vector>

#include "schemas/base/result.h"
#include "stream/kafka/handles.h"
#include "stream/kafka/kafka_log.h"

namespace due::kafka {

struct Layers {
  std::vector<std::pair<std::string, std::string>> choices;  // replaced by Settings::properties
  std::vector<std::pair<std::string, std::string>> fixed;
};

Result<ConfHandle> configure(const Settings& settings, const Layers& layers);
Result<ProducerHandle> new_producer(ConfHandle conf, std::string_view purpose);
Result<ConsumerHandle> new_consumer(ConfHandle conf, std::string_view purpose);

// What a consumer that never joins its group must say about joining, so that no property meant for a member stops it.
inline const std::vector<std::pair<std::string, std::string>> never_joins = {
    {"session.timeout.ms", "45000"},
    {"heartbeat.interval.ms", "3000"},
    {"max.poll.interval.ms", "86400000"},
    {"enable.auto.commit", "false"}};

// A point in time after which waiting ends; librdkafka takes milliseconds as int.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds from_now) : end_(std::chrono::steady_clock::now() + from_now) {}
  int left_ms() const;  // 0 once it has passed
  bool passed() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

// librdkafka takes a null pointer for "null": an empty view may hold one.
inline const char* bytes_of(std::string_view view) { return view.data() == nullptr ? "" : view.data(); }

// Learns the leaders of every topic that the client holds a handle of, and says whether one is absent. Without it the first
// record to or from a topic waits up to a second (librdkafka #5032).
Status learn_leaders(rd_kafka_t* client, std::string_view subject, std::chrono::milliseconds wait = std::chrono::seconds{10});

// A delivery report without an error and without an offset: nobody said that the record is stored. librdkafka infers it, from a later
// record that was acknowledged or from an answer that calls it a repetition; and on a partition that has just come into being it is
// wrong: the first request is refused (no leader yet), the second one taken, since the broker knows no sequence to hold it against.
std::string guessed_delivery(const rd_kafka_message_t& message);

// Headers as librdkafka wants them; null if there are none.
HeadersHandle headers_of(std::span<const log::Header> headers);

}  // namespace due::kafka
