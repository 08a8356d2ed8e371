// Bad input through Apache Kafka, and what only a broker can show. Needs one: eval "$(deploy/local/stack.sh env)".
#include <chrono>
#include <cstdlib>

#include "tests/integration/bad_input/shop.h"

namespace due::test::bad_input {
namespace {

std::string why_unavailable() {
  if (std::getenv("DUESTREAM_KAFKA") != nullptr) return {};
  return "no broker: run deploy/local/stack.sh up, then eval \"$(deploy/local/stack.sh env)\", which sets DUESTREAM_KAFKA=host:port";
}

Place on_the_broker() {
  static const auto start = std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds{1};
  static int count = 0;
  return {std::string("kafka:") + std::getenv("DUESTREAM_KAFKA"), "bad" + std::to_string(start) + "-" + std::to_string(++count) + ".", {}};
}

const auto broker = testing::Values(PlaceFactory{"Broker", on_the_broker, why_unavailable()});
INSTANTIATE_TEST_SUITE_P(Log, BadInputOnALog, broker, place_name);
INSTANTIATE_TEST_SUITE_P(Log, RedriveOnALog, broker, place_name);

// A broker compares what is compressed with its limit: such a record can be larger than the dead letters take.
class BadInputOnABroker : public Shop {};

TEST_P(BadInputOnABroker, IsNamedInTheDeadLettersWhereItsValueIsTooLargeForThem) {
  Record large{.topic = "payments", .key = "C1", .value = "{" + std::string(5'000'000, ' '), .headers = {{"a", "b"}}};
  const auto places = send({large});
  EXPECT_EQ(run().documents.dead_letters, 1);
  const auto letters = this->letters();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].origin(), places[0]);
  EXPECT_EQ(letters[0].value, std::nullopt);
  EXPECT_NE(letters[0].header("x-err.truncated"), "");
  EXPECT_EQ(letters[0].header("x-err.code"), "NOT_JSON");
}

INSTANTIATE_TEST_SUITE_P(Log, BadInputOnABroker, broker, place_name);

}  // namespace
}  // namespace due::test::bad_input
