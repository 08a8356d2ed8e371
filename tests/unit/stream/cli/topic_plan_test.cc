#include <gtest/gtest.h>

#include <algorithm>

#include "stream/cli/topics/acls.h"
#include "stream/cli/topics/plan.h"

namespace due::cli::topics {
namespace {

using Config = std::map<std::string, std::string>;
using Lines = std::vector<std::string>;

const Config kept{
    {"retention.ms", "-1"}, {"cleanup.policy", "delete"}, {"message.timestamp.type", "CreateTime"}, {"max.message.bytes", "1048588"}};

Config with(Config config, const std::string& name, const std::string& value) {
  config[name] = value;
  return config;
}

Topic topic(const std::string& name, Role role, std::int32_t partitions, Config config) {
  return {.name = name, .role = role, .key = "customer_id", .what = name, .partitions = partitions, .config = std::move(config)};
}

Plan sound_plan() {
  const Config output = with(kept, "message.timestamp.type", "LogAppendTime");
  return {{topic("invoices", Role::input, 0, kept), topic("usage", Role::input, 0, kept), topic("controls", Role::broadcast, 1, kept),
           topic("requests", Role::internal, 0, output), topic("decisions", Role::output, 0, output),
           topic("dead-letters", Role::dead_letters, 0, with(output, "max.message.bytes", "1114124")),
           topic("chronicle", Role::chronicle, 0, output)}};
}

const Place at_broker{.prefix = "p.", .tasks = 0, .replicas = -1, .admin = "--bootstrap-server b:9092"};

// The plan come true with so many tasks.
Infos as_planned(const Plan& plan, std::int32_t tasks) {
  Infos infos;
  for (const Topic& t : plan.topics) {
    const log::TopicSpec spec = spec_of(t, at_broker, tasks);
    infos.push_back({.name = spec.name, .id = "x", .partitions = spec.partitions, .config = spec.config});
  }
  return infos;
}

log::TopicInfo& of(Infos& infos, const std::string& name) { return *std::ranges::find(infos, name, &log::TopicInfo::name); }

Lines texts(const std::vector<Difference>& found) {
  Lines lines;
  for (const Difference& d : found) lines.push_back(d.text());
  return lines;
}

TEST(TopicPlan, FindsNothingWrongWithWhatItMade) {
  const Plan plan = sound_plan();
  EXPECT_EQ(texts(broken_demands(plan)), Lines{});
  for (const std::int32_t tasks : {1, 4, 12}) EXPECT_EQ(texts(differences(plan, as_planned(plan, tasks), at_broker)), Lines{}) << tasks;
}

TEST(TopicPlan, TakesTheNumberOfTasksFromTheFirstInputUnlessItIsGiven) {
  const Plan plan = sound_plan();
  EXPECT_EQ(tasks_of(plan, as_planned(plan, 7), at_broker), 7);
  EXPECT_EQ(tasks_of(plan, {}, at_broker), tasks_otherwise);
  EXPECT_EQ(tasks_of(plan, as_planned(plan, 7), {.prefix = "p.", .tasks = 3, .replicas = -1, .admin = {}}), 3);
}

TEST(TopicPlan, RefusesWhatARoleCannotDoWithout) {
  struct Row {
    const char *topic, *property, *value, *wanted;
  };
  const Row rows[] = {
      {"p.invoices", "cleanup.policy", "compact", "delete"},
      {"p.usage", "cleanup.policy", "compact,delete", "delete"},
      {"p.controls", "cleanup.policy", "compact", "delete"},
      {"p.requests", "cleanup.policy", "compact", "delete"},
      {"p.chronicle", "cleanup.policy", "compact", "delete"},
      {"p.decisions", "message.timestamp.type", "CreateTime", "LogAppendTime"},
      {"p.dead-letters", "message.timestamp.type", "CreateTime", "LogAppendTime"},
      {"p.chronicle", "message.timestamp.type", "CreateTime", "LogAppendTime"},
      {"p.chronicle", "retention.ms", "604800000", "-1"},
      {"p.chronicle", "retention.bytes", "1000000000", "-1"},
      {"p.chronicle", "max.message.bytes", "262144", "327680"},
      {"p.dead-letters", "max.message.bytes", "1114123", "1114124"},
  };
  const Plan plan = sound_plan();
  for (const Row& row : rows) {
    Infos infos = as_planned(plan, 4);
    of(infos, row.topic).config[row.property] = row.value;
    const auto found = broken_demands(plan, infos, at_broker);
    ASSERT_EQ(found.size(), 1U) << row.topic << " " << row.property;
    EXPECT_EQ(found[0].topic, row.topic);
    EXPECT_EQ(found[0].property, row.property);
    EXPECT_EQ(found[0].value, row.value);
    EXPECT_EQ(found[0].wanted, row.wanted);
    EXPECT_EQ(found[0].mend, std::string("kafka-configs.sh --bootstrap-server b:9092 --alter --entity-type topics --entity-name ") +
                                 row.topic + " --add-config " + row.property + "=" + row.wanted);
  }
}

TEST(TopicPlan, LeavesToTheOperatorWhatNoRoleDemands) {
  const Plan plan = sound_plan();
  Infos infos = as_planned(plan, 4);
  of(infos, "p.invoices").config["retention.ms"] = "604800000";
  of(infos, "p.decisions").config["retention.ms"] = "604800000";
  of(infos, "p.decisions").partitions = 9;
  EXPECT_EQ(texts(broken_demands(plan, infos, at_broker)), Lines{}) << "a run starts";
  EXPECT_EQ(differences(plan, infos, at_broker).size(), 3U) << "and a check tells";
}

TEST(TopicPlan, GrowsTheDeadLettersWithTheLargestInput) {
  const Plan plan = sound_plan();
  Infos infos = as_planned(plan, 4);
  of(infos, "p.controls").config["max.message.bytes"] = "2000000";
  const auto found = broken_demands(plan, infos, at_broker);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].wanted, "2065536");
}

TEST(TopicPlan, WantsEqualPartitionsAndSaysWhatMendsThem) {
  const Plan plan = sound_plan();
  Infos infos = as_planned(plan, 4);
  of(infos, "p.usage").partitions = 3;
  of(infos, "p.controls").partitions = 2;
  of(infos, "p.chronicle").partitions = 5;
  EXPECT_EQ(
      texts(broken_demands(plan, infos, at_broker)),
      (Lines{
          "topic p.usage: partitions = 3; wanted is 4: topics that are joined by key need the same number; mend: kafka-topics.sh "
          "--bootstrap-server b:9092 --alter --topic p.usage --partitions 4 (only while it is empty: more partitions move customers)",
          "topic p.controls: partitions = 2; wanted is 1: every task reads all of it; mend: kafka-topics.sh --bootstrap-server b:9092 "
          "--delete --topic p.controls (only while it is empty), then duestream topics create",
          "topic p.chronicle: partitions = 5; wanted is 4: it has one per task; mend: kafka-topics.sh --bootstrap-server b:9092 --delete "
          "--topic p.chronicle (only while it is empty), then duestream topics create"}));
}

TEST(TopicPlan, TellsMissingTopicsAndCopies) {
  const Plan plan = sound_plan();
  Infos infos = as_planned(plan, 4);
  infos.erase(infos.begin());
  Place place = at_broker;
  place.replicas = 1;
  EXPECT_EQ(texts(differences(plan, infos, place)), (Lines{"topic p.invoices does not exist; mend: duestream topics create"}));
  place.replicas = 3;
  EXPECT_EQ(differences(plan, infos, place).size(), 1U + infos.size());
}

TEST(Acls, GiveEachPrincipalWhatItNeedsAndNothingElse) {
  const auto all = grants(sound_plan(), at_broker, "risk", {});
  for (const Grant& g : all) {
    EXPECT_TRUE(g.command.starts_with("kafka-acls.sh --bootstrap-server b:9092 --add --allow-principal " + g.principal + " ")) << g.command;
    for (const char* never : {"--cluster", "--operation All", "--operation Alter", "--operation Delete", "IdempotentWrite", "'*'"})
      EXPECT_EQ(g.command.find(never), std::string::npos) << g.command;
    const bool writes = g.command.find("--operation Write") != std::string::npos;
    const bool may_write = g.principal == "User:duestream-processor" || g.principal == "User:duestream-producer";
    EXPECT_TRUE(!writes || may_write) << g.command;
    EXPECT_TRUE(g.principal != "User:duestream-producer" || g.command.find("p.decisions") == g.command.npos) << g.command;
    EXPECT_TRUE(g.principal != "User:duestream-sink" || g.command.find("p.chronicle") == g.command.npos) << g.command;
  }
  const auto has = [&](const std::string& part) {
    return std::ranges::any_of(all, [&](const Grant& g) { return g.command.find(part) != g.command.npos; });
  };
  EXPECT_TRUE(has("User:duestream-processor --operation Read --group risk"));
  EXPECT_TRUE(has("User:duestream-processor --operation Write --transactional-id risk- --resource-pattern-type prefixed"));
  EXPECT_TRUE(has("User:duestream-sink --operation Describe --group risk-sink"));
}

}  // namespace
}  // namespace due::cli::topics
