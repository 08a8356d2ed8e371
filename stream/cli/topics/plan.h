// stream/cli/topics/plan.h
// What each topic must look like, and where a log differs from it.
//
//   Source   deploy/topics.yaml, read by stream/app/config/topics_file.h
//   Shape    demands: what a role cannot do without, whoever wrote the plan. Differences: from all that the plan says
//   Errors   each with topic, property, value, what is wanted, why, and the command that mends it
//   Threads  none
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stream/log/log.h"

namespace due::cli::topics {

enum class Role { input, broadcast, internal, output, dead_letters, chronicle };
std::string name_of(Role role);  // "dead-letters"
std::optional<Role> role_of(std::string_view name);
std::vector<std::string> role_names();

struct Topic {
  std::string name;  // without prefix
  Role role = Role::output;
  std::string key, what;
  std::int32_t partitions = 0;                // 0: as many as there are tasks
  std::map<std::string, std::string> config;  // Kafka's names
};

struct Plan {
  std::vector<Topic> topics;  // in the order in which people read them
  const Topic* find(std::string_view name) const;
  Plan only(std::span<const std::string> names) const;  // in the plan's order; names that it does not know are left out
};

// Where a plan is to come true.
struct Place {
  std::string prefix;
  std::int32_t tasks = 0;      // 0: as many as the first input has partitions; tasks_otherwise, if it does not exist
  std::int32_t replicas = -1;  // below 1: the log's own default
  std::string admin;           // how Kafka's tools reach the cluster: "--bootstrap-server b:9092"; empty: an embedded log
};
inline constexpr std::int32_t tasks_otherwise = 4;

using Infos = std::vector<log::TopicInfo>;
const log::TopicInfo* find(const Infos& infos, std::string_view name);
std::vector<std::string> names_of(const Plan& plan, const Place& place);
std::int32_t tasks_of(const Plan& plan, const Infos& infos, const Place& place);
log::TopicSpec spec_of(const Topic& topic, const Place& place, std::int32_t tasks);

struct Difference {
  std::string topic;     // with prefix
  std::string property;  // Kafka's name, or "partitions", "replication.factor", "exists"
  std::string value, wanted, why, mend;
  std::string text() const;  // one line
};

// Of topics that are there; absent ones are none.
std::vector<Difference> broken_demands(const Plan& plan, const Infos& infos, const Place& place);
std::vector<Difference> broken_demands(const Plan& plan);  // in itself, before any log is asked: without `mend`
std::vector<Difference> missing(const Plan& plan, const Infos& infos, const Place& place);
// Everything: missing ones, broken demands, and whatever else is not as the plan says.
std::vector<Difference> differences(const Plan& plan, const Infos& infos, const Place& place);

}  // namespace due::cli::topics
