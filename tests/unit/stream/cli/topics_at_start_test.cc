#include <gtest/gtest.h>

#include "stream/cli/topics/start.h"
#include "stream/cli/wire.h"
#include "stream/log/embedded/embedded_log.h"

namespace due::cli::topics {
namespace {

using Lines = std::vector<std::string>;

// A topology of one input and one output, its plan, and a log in memory.
class AtStart : public testing::Test {
 protected:
  AtStart() : log_(open_log()) {
    topology_.subtopologies.push_back(
        {.name = "t", .inputs = {"in"}, .broadcast = {}, .outputs = {"out"}, .chronicle = "chronicle", .processors = {}, .make_logic = {}});
    const std::map<std::string, std::string> output{{"message.timestamp.type", "LogAppendTime"}, {"retention.ms", "-1"}};
    choice_.uri = "kafka:b:1";
    choice_.prefix = "p.";
    choice_.topics.topics = {
        {.name = "in", .role = Role::input, .key = {}, .what = {}, .partitions = 0, .config = {{"retention.ms", "-1"}}},
        {.name = "other", .role = Role::input, .key = {}, .what = {}, .partitions = 0, .config = {}},
        {.name = "out", .role = Role::output, .key = {}, .what = {}, .partitions = 0, .config = output},
        {.name = "chronicle", .role = Role::chronicle, .key = {}, .what = {}, .partitions = 0, .config = output}};
  }
  static std::unique_ptr<log::embedded::EmbeddedLog> open_log() {
    auto opened = log::embedded::EmbeddedLog::open({});
    return std::move(*opened);
  }
  Lines wrong() { return *wrong_at_start(*log_, choice_, topology_); }
  std::size_t topics_there() { return log_->describe(names_of(choice_.topics, place_of(choice_)))->size(); }

  std::unique_ptr<log::embedded::EmbeddedLog> log_;
  topology::Description topology_;
  LogChoice choice_;
};

TEST_F(AtStart, NamesAllMissingTopicsInOneLine) {
  EXPECT_EQ(wrong(), (Lines{"log.prefix = \"p.\": these topics do not exist: p.in, p.out, p.chronicle; correct the prefix, or create them: "
                            "duestream topics create, or --create-topics"}));
}

TEST_F(AtStart, CreatesOnlyWhatIsUsedAndOnlyWhenItIsWanted) {
  ASSERT_TRUE(create_if_wanted(*log_, choice_, topology_));
  EXPECT_EQ(topics_there(), 0U);
  choice_.create_topics = true;
  ASSERT_TRUE(create_if_wanted(*log_, choice_, topology_));
  EXPECT_EQ(topics_there(), 3U);
  EXPECT_EQ(wrong(), Lines{});
}

TEST_F(AtStart, CreatesWhatIsPublishedBesideWhatIsUsed) {
  choice_.create_topics = true;
  ASSERT_TRUE(create_if_wanted(*log_, choice_, topology_, "other"));
  EXPECT_EQ(topics_there(), 4U);
  EXPECT_EQ(log_->describe(std::vector<std::string>{"p.other"})->size(), 1U);
  ASSERT_TRUE(create_if_wanted(*log_, choice_, topology_, "no-such"));
  EXPECT_EQ(topics_there(), 4U);
}

TEST_F(AtStart, CreatesWhatIsMissingLikeWhatIsThere) {
  const log::TopicSpec spec{"p.in", 7, {}};
  ASSERT_TRUE(log_->create({&spec, 1}));
  choice_.create_topics = true;
  ASSERT_TRUE(create_if_wanted(*log_, choice_, topology_));
  EXPECT_EQ(wrong(), Lines{});
  EXPECT_EQ(log_->describe(std::vector<std::string>{"p.chronicle"})->front().partitions, 7);
}

TEST_F(AtStart, RefusesAChronicleThatForgets) {
  const log::TopicSpec spec{"p.chronicle", 4, {{"retention.ms", "86400000"}, {"message.timestamp.type", "LogAppendTime"}}};
  ASSERT_TRUE(log_->create({&spec, 1}));
  choice_.create_topics = true;
  ASSERT_TRUE(create_if_wanted(*log_, choice_, topology_));
  EXPECT_EQ(wrong(),
            (Lines{"topic p.chronicle: retention.ms = 86400000; wanted is -1: everything can be derived from the chronicle, as long as it "
                   "is whole; mend: kafka-configs.sh --bootstrap-server b:1 --alter --entity-type topics --entity-name p.chronicle "
                   "--add-config retention.ms=-1"}));
}

}  // namespace
}  // namespace due::cli::topics
