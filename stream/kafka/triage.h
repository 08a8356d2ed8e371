// stream/kafka/triage.h
// What an error of librdkafka means, and what to do next. The only place that inspects a Kafka error code.
//
//   Errors   retry: librdkafka calls it retriable, or it passes by itself (coordinator moving, leader election, a lost connection);
//            reopen_producer: anything else that a producer says; stop: a missing right, and anything else
//   Threads  none
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schemas/base/result.h"
#include "stream/kafka/handles.h"

namespace due::kafka {

// What a caller does differently for some errors, before they become an Error.
enum class Meaning {
  none,
  end_of_partition,
  out_of_range,       // below the log's start or behind its end
  assign, revoke,     // a rebalance
  expelled,           // max.poll.interval.ms has passed; a rebalance follows
  buffer_full,
  timed_out,
  passing,            // passes by itself
  unstable,           // a transaction that names this position is open
  absent_topic,
  existing_topic,
  unauthenticated,  // who we are was not believed
  insecure,         // TLS does not come about
  group_forbidden,  // the right on a group is missing
  forbidden,        // any other right is missing
  other,
};
Meaning meaning_of(rd_kafka_resp_err_t code);

enum class Speaker { producer, other };

// `subject` names the call and its ids: "open committer app/0/1".
Error triage(rd_kafka_resp_err_t code, Speaker speaker, std::string_view subject, std::string_view detail = {});
Error triage(const rd_kafka_error_t& error, Speaker speaker, std::string_view subject);

// A client that has given up for good says so here, whatever event comes just now: one that passes by itself may have waited before it.
std::optional<Error> given_up(rd_kafka_t* client, std::string_view subject);

std::string describe(rd_kafka_resp_err_t code);  // "Local: Timed out (_TIMED_OUT)"
std::string describe(const rd_kafka_error_t& error);
Meaning meaning_of(const rd_kafka_error_t& error);

}  // namespace due::kafka
