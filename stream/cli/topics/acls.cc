#include "stream/cli/topics/acls.h"

#include <algorithm>

namespace due::cli::topics {
namespace {

std::string repeated(const std::string& option, const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& v : values) text += " " + option + " " + v;
  return text;
}

class Granter {
 public:
  Granter(const Plan& plan, const Place& place) : plan_(plan), place_(place) {}

  std::vector<std::string> topics(std::initializer_list<Role> roles) const {
    std::vector<std::string> names;
    for (const Topic& t : plan_.topics)
      if (std::ranges::find(roles, t.role) != roles.end()) names.push_back(place_.prefix + t.name);
    return names;
  }
  void grant(const std::string& principal, const std::vector<std::string>& operations, const std::string& resources,
             const std::string& why) {
    grants.push_back(
        {principal, why,
         "kafka-acls.sh " + place_.admin + " --add --allow-principal " + principal + repeated("--operation", operations) + resources});
  }

  std::vector<Grant> grants;

 private:
  const Plan& plan_;
  const Place& place_;
};

}  // namespace

// Read and Write imply Describe. Topic settings are looked at when a process starts: DescribeConfigs.
std::vector<Grant> grants(const Plan& plan, const Place& place, const std::string& app, const Principals& who) {
  Granter g(plan, place);
  using enum Role;
  const auto topic = [](const std::vector<std::string>& names) { return repeated("--topic", names); };
  const std::string group = " --group " + app, sink_group = group + "-sink";
  const std::string transactions = " --transactional-id " + app + "- --resource-pattern-type prefixed";

  g.grant(who.processor, {"Read", "DescribeConfigs"}, topic(g.topics({input, broadcast})), "duestream run reads events");
  g.grant(who.processor, {"Read", "Write", "DescribeConfigs"}, topic(g.topics({internal, chronicle})),
          "reads and writes what tasks say to themselves");
  g.grant(who.processor, {"Write", "DescribeConfigs"}, topic(g.topics({output, dead_letters})), "writes what it decides");
  g.grant(who.processor, {"Read"}, group, "is a member of its group and commits positions");
  g.grant(who.processor, {"Write"}, transactions, "commits in transactions; whoever has this right can fence the processor");

  g.grant(who.sink, {"Read", "DescribeConfigs"}, topic(g.topics({input, broadcast, output, dead_letters})),
          "duestream sink reads events and outputs");
  g.grant(who.sink, {"Describe"}, sink_group, "is looked up by librdkafka; the sink joins none and keeps its positions in the database");

  g.grant(who.producer, {"Write", "DescribeConfigs"}, topic(g.topics({input, broadcast})),
          "connectors and duestream publish write events; give each its own principal and topic");

  g.grant(who.auditor, {"Read", "DescribeConfigs"}, topic(g.topics({input, broadcast, internal, output, dead_letters, chronicle})),
          "tail, report, replay and audit read everything and write nothing");

  const std::vector<std::string> all = names_of(plan, place);
  g.grant(who.deployer, {"Create", "Describe", "DescribeConfigs"}, topic(all), "duestream topics plan, create, check; never at run time");
  return std::move(g.grants);
}

}  // namespace due::cli::topics
