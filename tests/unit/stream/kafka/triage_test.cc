#include "stream/kafka/triage.h"

#include <gtest/gtest.h>

#include <array>

using namespace due;
using namespace due::kafka;

namespace {

// A consumer whose only broker is nobody: it tells errors that pass by themselves.
ConsumerHandle lonely_consumer() {
  ConfHandle conf{rd_kafka_conf_new()};
  std::array<char, 256> why{};
  for (const auto& [name, value] : {std::pair{"bootstrap.servers", "127.0.0.1:1"}, {"group.id", "g"}, {"log_level", "0"}})
    EXPECT_EQ(rd_kafka_conf_set(conf.get(), name, value, why.data(), why.size()), RD_KAFKA_CONF_OK) << why.data();
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR);
  ConsumerHandle client{rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), why.data(), why.size())};
  if (client) (void)conf.release();
  return client;
}

}  // namespace

// A process that is fenced while it is busy finds an error that passes waiting before the fatal one. It must not take that for its end:
// "try again" for a client that has given up would leave it alive, without work, and for ever.
TEST(Triage, SaysStopOfAClientThatHasGivenUpWhateverErrorIsToldFirst) {
  const ConsumerHandle client = lonely_consumer();
  ASSERT_NE(client, nullptr);
  EXPECT_FALSE(given_up(client.get(), "membership"));
  const QueueHandle queue{rd_kafka_queue_get_main(client.get())};
  const EventHandle waiting{rd_kafka_queue_poll(queue.get(), 10'000)};
  ASSERT_NE(waiting, nullptr);
  EXPECT_EQ(triage(rd_kafka_event_error(waiting.get()), Speaker::other, "membership").remedy, Remedy::retry);

  ASSERT_EQ(rd_kafka_test_fatal_error(client.get(), RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "fenced"), RD_KAFKA_RESP_ERR_NO_ERROR);
  const auto fatal = given_up(client.get(), "membership");
  ASSERT_TRUE(fatal);
  EXPECT_EQ(fatal->remedy, Remedy::stop);
  EXPECT_NE(fatal->what.find("FENCED_INSTANCE_ID"), std::string::npos) << fatal->what;
}

// "Failed to query partition leaders": no leader is named while brokers are busy or just elect one. Asked again, there is one; a process
// that ended of it had to be started by somebody.
TEST(Triage, SaysRetryWhereNoLeaderWasNamed) {
  const Error error = triage(RD_KAFKA_RESP_ERR__NOENT, Speaker::other, "bounds of decisions-0", "Failed to query partition leaders");
  EXPECT_EQ(error.remedy, Remedy::retry) << error.what;
}
