// tests/integration/kafka_log_test.cc
// The log's suite over Apache Kafka, and what only a broker can show. Needs one: eval "$(deploy/local/stack.sh env)".
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>

#include "stream/kafka/kafka_log.h"
#include "tests/integration/log_suite.h"

namespace due::log::suite {
namespace {

const char* broker() { return std::getenv("DUESTREAM_KAFKA"); }

std::string why_unavailable() {
  if (broker() != nullptr) return {};
  return "no broker: run deploy/local/stack.sh up, then eval \"$(deploy/local/stack.sh env)\", which sets DUESTREAM_KAFKA=host:port";
}

// Names that no earlier run on the same broker has used.
std::string fresh_prefix() {
  static const auto start = std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds{1};
  static std::atomic<int> count{0};
  std::string prefix{"t"};
  return prefix.append(std::to_string(start)).append("-").append(std::to_string(++count)).append(".");
}

constexpr Duration session{3'000};

kafka::Settings settings() {
  // The shortest that librdkafka grants: the suite waits until a member that does not poll is expelled.
  return {.bootstrap = broker(), .client_id = "suite", .properties = {{"max.poll.interval.ms", std::to_string(session.count())}}};
}

class Broker final : public LogUnderTest {
 public:
  explicit Broker(std::unique_ptr<kafka::KafkaLog> log) : log_(std::move(log)) {}
  Log& log() override { return *log_; }
  std::string prefix() override { return prefix_; }
  Duration patience() override { return Duration{30'000}; }
  Duration session_timeout() override { return session; }

 private:
  const std::unique_ptr<kafka::KafkaLog> log_;
  const std::string prefix_ = fresh_prefix();
};

std::unique_ptr<LogUnderTest> make_broker() {
  auto log = kafka::KafkaLog::open(settings());
  EXPECT_TRUE(log) << log.error().what;
  return std::make_unique<Broker>(std::move(*log));
}

const LogFactory factory{.name = "Broker", .make = make_broker, .unavailable = why_unavailable()};

INSTANTIATE_TEST_SUITE_P(Kafka, LogSuite, testing::Values(factory), factory_name);
INSTANTIATE_TEST_SUITE_P(Kafka, CommitSuite, testing::Values(factory), factory_name);
INSTANTIATE_TEST_SUITE_P(Kafka, MembershipSuite, testing::Values(factory), factory_name);

}  // namespace
}  // namespace due::log::suite
