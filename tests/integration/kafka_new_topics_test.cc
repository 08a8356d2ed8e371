// tests/integration/kafka_new_topics_test.cc
// Topics that come into being while they are written to: a broker may name their leader before that takes records.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <string>
#include <vector>

#include "stream/kafka/kafka_log.h"
#include "tests/integration/log_scene.h"

namespace due::log::suite {
namespace {

constexpr std::int32_t partitions = 16;
constexpr std::size_t records_per_partition = 6;
constexpr int rounds = 20;  // without what is tested here, one in seven loses a record

class NewTopics : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("DUESTREAM_KAFKA") == nullptr)
      GTEST_SKIP() << "no broker: run deploy/local/stack.sh up, then eval \"$(deploy/local/stack.sh env)\"";
    log_ = open();
    creating_ = open();
    const auto start = std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds{1};
    scene_ = std::make_unique<Scene>(Scene::Options{log_.get(), "new" + std::to_string(start) + ".", Duration{30'000}, Duration{6'000}});
  }
  // Every record is a request of its own, so that several are on their way when the first one is refused.
  static std::unique_ptr<kafka::KafkaLog> open() {
    auto log = kafka::KafkaLog::open({.bootstrap = std::getenv("DUESTREAM_KAFKA"),
                                      .client_id = "new-topics",
                                      .properties = {{"batch.num.messages", "1"}, {"linger.ms", "0"}}});
    EXPECT_TRUE(log) << log.error().what;
    return std::move(*log);
  }
  // Returns as soon as the topic is heard of, while it is still being created.
  std::string topic_in_the_making(int round) {
    const std::string name = scene_->name("topic" + std::to_string(round));
    created_ = std::async(std::launch::async, [this, name] {
      const TopicSpec spec{name, partitions, {}};
      return creating_->create({&spec, 1});
    });
    const std::string names[] = {name};
    for (auto found = log_->describe(names); !found || found->empty();) found = log_->describe(names);
    return name;
  }
  std::size_t stored(const std::string& topic) {
    EXPECT_TRUE(created_.get());
    std::size_t records = 0;
    for (std::int32_t p = 0; p < partitions; ++p) records += scene_->read_all({topic, p}).size();
    return records;
  }

  std::unique_ptr<kafka::KafkaLog> log_, creating_;
  std::future<Status> created_;
  std::unique_ptr<Scene> scene_;
};

TEST_F(NewTopics, TakeEveryRecordThatAPublisherSays) {
  for (int round = 0; round < rounds; ++round) {
    const std::string topic = topic_in_the_making(round);
    auto publisher = log_->publisher();
    ASSERT_TRUE(publisher) << publisher.error().what;
    for (std::size_t n = 0; n < records_per_partition; ++n)
      for (std::int32_t p = 0; p < partitions; ++p) {
        const Status sent = (*publisher)->send({topic, p, "key", "value", {}, {}});
        ASSERT_TRUE(sent) << sent.error().what;
      }
    const Status flushed = (*publisher)->flush();
    ASSERT_TRUE(flushed) << flushed.error().what;
    EXPECT_EQ(stored(topic), partitions * records_per_partition) << "in round " << round;
  }
}

TEST_F(NewTopics, TakeEveryRecordOfATransactionThatCountsAsCommitted) {
  const std::string spine = scene_->topic("spine"), group = scene_->name("group");
  auto member = scene_->sole_member(group, {spine});
  std::vector<OutputRecord> records;
  for (std::size_t n = 0; n < records_per_partition; ++n)
    for (std::int32_t p = 0; p < partitions; ++p) records.push_back(output(0, p, "value"));
  for (int round = 0; round < rounds; ++round) {
    const std::string topic = topic_in_the_making(round);
    const std::string name = "batch " + std::to_string(round);
    auto writer = scene_->committer(scene_->name("writer"), {topic});
    member->poll(Duration{0});
    const Committed done = scene_->commit(*writer, records, at({spine, 0}, round + 1, name), member->identity());
    if (done.outcome == Outcome::doubtful) {  // opening the id again ends what is open
      writer.reset();
      writer = scene_->committer(scene_->name("writer"), {topic});
    }
    const auto position = scene_->position(group, {spine, 0});
    const bool committed = position && position->metadata == name;
    EXPECT_TRUE(committed || done.outcome == Outcome::doubtful) << done.why;
    EXPECT_EQ(stored(topic), committed ? records.size() : 0) << "in round " << round << ": " << done.why;
  }
}

}  // namespace
}  // namespace due::log::suite
