#include "stream/kafka/triage.h"

#include <array>

namespace due::kafka {
namespace {

std::string sentence(std::string_view subject, std::string_view cause) {
  std::string what{subject};
  what += ": ";
  what += cause;
  return what;
}

bool is_refusal(Meaning meaning) {
  return meaning == Meaning::unauthenticated || meaning == Meaning::insecure || meaning == Meaning::group_forbidden ||
         meaning == Meaning::forbidden;
}

// What to do about a missing right: nobody else can know it where the error is met.
std::string advice(Meaning meaning) {
  if (meaning != Meaning::group_forbidden && meaning != Meaning::forbidden) return "";
  return "; this user lacks a right: duestream topics acls prints the commands that give it";
}

Remedy remedy_of(Meaning meaning, Speaker speaker) {
  if (is_refusal(meaning)) return Remedy::stop;  // opening again does not give a right
  if (meaning == Meaning::timed_out || meaning == Meaning::passing || meaning == Meaning::unstable) return Remedy::retry;
  return speaker == Speaker::producer ? Remedy::reopen_producer : Remedy::stop;
}

}  // namespace

Meaning meaning_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR: return Meaning::none;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: return Meaning::end_of_partition;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return Meaning::out_of_range;
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: return Meaning::assign;
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS: return Meaning::revoke;
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED: return Meaning::expelled;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL: return Meaning::buffer_full;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT: return Meaning::timed_out;
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT: return Meaning::unstable;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: return Meaning::absent_topic;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return Meaning::existing_topic;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE: return Meaning::unauthenticated;
    case RD_KAFKA_RESP_ERR__SSL: return Meaning::insecure;
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED: return Meaning::group_forbidden;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED: return Meaning::forbidden;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR__NOENT:  // "Failed to query partition leaders": of an admin request, where a broker names none yet
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED: return Meaning::passing;
    default: return Meaning::other;
  }
}

Meaning meaning_of(const rd_kafka_error_t& error) { return meaning_of(rd_kafka_error_code(&error)); }

Error triage(rd_kafka_resp_err_t code, Speaker speaker, std::string_view subject, std::string_view detail) {
  const std::string cause = detail.empty() ? describe(code) : std::string{detail} + ": " + describe(code);
  return {remedy_of(meaning_of(code), speaker), sentence(subject, cause)};
}

Error triage(const rd_kafka_error_t& error, Speaker speaker, std::string_view subject) {
  const bool final = rd_kafka_error_is_fatal(&error) != 0 || rd_kafka_error_txn_requires_abort(&error) != 0;
  Remedy remedy = remedy_of(final && !is_refusal(meaning_of(error)) ? Meaning::other : meaning_of(error), speaker);
  if (!final && rd_kafka_error_is_retriable(&error) != 0) remedy = Remedy::retry;
  return {remedy, sentence(subject, describe(error))};
}

std::optional<Error> given_up(rd_kafka_t* client, std::string_view subject) {
  std::array<char, 512> why{};
  const auto code = rd_kafka_fatal_error(client, why.data(), why.size());
  if (meaning_of(code) == Meaning::none) return std::nullopt;
  const std::string cause = std::string{why.data()} + " (" + rd_kafka_err2name(code) + ")";
  return Error{Remedy::stop, sentence(subject, cause + "; start the process again, and no other of its slot")};
}

std::string describe(rd_kafka_resp_err_t code) {
  return std::string{rd_kafka_err2str(code)} + " (" + rd_kafka_err2name(code) + ")" + advice(meaning_of(code));
}

std::string describe(const rd_kafka_error_t& error) {
  return std::string{rd_kafka_error_string(&error)} + " (" + rd_kafka_error_name(&error) + ")" + advice(meaning_of(error));
}

}  // namespace due::kafka
