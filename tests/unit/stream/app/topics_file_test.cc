#include "stream/app/config/topics_file.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "stream/app/wire.h"
#include "stream/cli/topics/start.h"

namespace due::app::config {
namespace {

using Lines = std::vector<std::string>;
using cli::topics::Role;

Lines complaints_about(const std::string& text) { return read_topics_text(text, "t.yaml").complaints; }

TEST(TopicsFile, IsCompiledInWithoutFaultAndCoversTheTopology) {
  const TopicsRead read = read_topics("");
  EXPECT_EQ(read.complaints, Lines{});
  EXPECT_EQ(read.plan.topics.size(), 23U);
  const auto wire = make_wire();
  for (const topology::Subtopology& s : wire->topology().subtopologies) {
    for (const std::string& input : s.inputs) {
      ASSERT_NE(read.plan.find(input), nullptr) << input << " is missing in deploy/topics.yaml";
      const Role role = read.plan.find(input)->role;
      EXPECT_TRUE(role == Role::input || role == Role::broadcast || role == Role::internal) << input;
    }
    for (const std::string& output : s.outputs) EXPECT_NE(read.plan.find(output), nullptr) << output << " is missing in deploy/topics.yaml";
  }
}

TEST(TopicsFile, ReplacesWhatItMentionsAndLeavesTheRest) {
  const TopicsRead read = read_topics_text(
      "roles:\n  input: {retention.ms: 604800000}\ntopics:\n  usage: {max.message.bytes: 5000000}\n  dead-letters: {max.message.bytes: "
      "5065536}\n",
      "t.yaml");
  EXPECT_EQ(read.complaints, Lines{});
  EXPECT_EQ(read.plan.find("invoices")->config.at("retention.ms"), "604800000");
  EXPECT_EQ(read.plan.find("invoices")->config.at("max.message.bytes"), "1048588");
  EXPECT_EQ(read.plan.find("usage")->config.at("max.message.bytes"), "5000000");
  EXPECT_EQ(read.plan.find("usage")->role, Role::input);
  EXPECT_EQ(read.plan.find("decisions")->config.at("retention.ms"), "-1");
}

TEST(TopicsFile, SaysWhatIsWrongAndWhatIsAllowed) {
  EXPECT_EQ(complaints_about("topics:\n  invocies: {partitions: 3}\n"),
            (Lines{"t.yaml:2: invocies is not a topic of duestream; the nearest is invoices"}));
  EXPECT_EQ(complaints_about("topics:\n  invoices: {retnetion.ms: 3}\n"),
            (Lines{"t.yaml:2: retnetion.ms is not a setting of a topic; the nearest is retention.ms"}));
  EXPECT_EQ(complaints_about("roles:\n  inputs: {partitions: 3}\n"), (Lines{"t.yaml:2: inputs is not a role; the nearest is input"}));
  EXPECT_EQ(complaints_about("topic:\n  invoices: {partitions: 3}\n"),
            (Lines{"t.yaml:1: topic is not a part of this file; the nearest is topics"}));
  EXPECT_EQ(complaints_about("topics:\n  invoices: {role: inptu}\n"),
            (Lines{"t.yaml:2: role = inptu: allowed is input, broadcast, internal, output, dead-letters or chronicle"}));
  EXPECT_EQ(complaints_about("topics:\n  invoices: {partitions: 0}\n"),
            (Lines{"t.yaml:2: partitions = 0: allowed is tasks, or a whole number from 1 to 1024"}));
  EXPECT_EQ(complaints_about("topics:\n  invoices: {retention.ms: a week}\n"),
            (Lines{"t.yaml:2: retention.ms = a week: allowed is milliseconds, or -1 for ever"}));
  EXPECT_EQ(complaints_about("topics:\n  invoices: {retention.ms: [1, 2]}\n"), (Lines{"t.yaml:2: retention.ms needs one value"}));
  EXPECT_EQ(complaints_about("topics:\n  invoices: 3\n"), (Lines{"t.yaml:2: needs settings: name: value"}));
  EXPECT_EQ(complaints_about("topics: {\n").size(), 1U);
  EXPECT_EQ(read_topics("/no/such/file.yaml").complaints, (Lines{"/no/such/file.yaml: the file cannot be read; check path and rights"}));
}

TEST(TopicsFile, CannotTalkARoleOutOfItsDemands) {
  EXPECT_EQ(complaints_about("topics:\n  invoices: {cleanup.policy: compact}\n"),
            (Lines{"t.yaml:2: topic invoices: cleanup.policy = compact; wanted is delete: a replay needs every record; what was compacted "
                   "away is gone"}));
  EXPECT_EQ(complaints_about("topics:\n  chronicle: {retention.ms: 1000}\n").size(), 1U);
  EXPECT_EQ(complaints_about("topics:\n  usage: {max.message.bytes: 5000000}\n").size(), 1U) << "the dead letters are too small then";
  EXPECT_EQ(complaints_about("topics:\n  controls: {partitions: 2}\n").size(), 1U);
}

}  // namespace
}  // namespace due::app::config
