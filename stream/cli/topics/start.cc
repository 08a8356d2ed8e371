#include "stream/cli/topics/start.h"

#include "stream/cli/wire.h"

namespace due::cli::topics {
namespace {

void add_missing_rights(const Plan& plan, const Infos& infos, const Place& place, std::vector<std::string>& lines) {
  std::string unreadable, unwritable;
  for (const Topic& t : plan.topics) {
    const log::TopicInfo* info = find(infos, place.prefix + t.name);
    if (info == nullptr) continue;
    const bool reads = t.role != Role::output && t.role != Role::dead_letters;
    const bool writes = t.role != Role::input && t.role != Role::broadcast;
    if (reads && !info->readable) unreadable += (unreadable.empty() ? "" : ", ") + info->name;
    if (writes && !info->writable) unwritable += (unwritable.empty() ? "" : ", ") + info->name;
  }
  const std::string mend = "; duestream topics acls prints the commands that give the right";
  if (!unreadable.empty()) lines.push_back("this user may not read " + unreadable + mend);
  if (!unwritable.empty()) lines.push_back("this user may not write " + unwritable + mend);
}

}  // namespace

Place place_of(const LogChoice& choice) {
  Place place{.prefix = choice.prefix, .tasks = choice.partitions, .replicas = choice.replicas > 0 ? choice.replicas : -1, .admin = {}};
  if (!choice.uri.starts_with("kafka:")) return place;
  place.admin = "--bootstrap-server " + choice.uri.substr(6);
  if (choice.kafka_properties.contains("security.protocol")) place.admin += " --command-config admin.properties";
  return place;
}

Plan used_by(const topology::Description& topology, const Plan& plan) {
  std::vector<std::string> names;
  for (const topology::Subtopology& s : topology.subtopologies) {
    names.insert(names.end(), s.inputs.begin(), s.inputs.end());
    names.insert(names.end(), s.broadcast.begin(), s.broadcast.end());
    names.insert(names.end(), s.outputs.begin(), s.outputs.end());
    names.push_back(s.chronicle);
  }
  return plan.only(names);
}

Result<std::vector<std::string>> create_missing(log::Log& log, const Plan& plan, const Place& place) {
  auto infos = log.describe(names_of(plan, place));
  if (!infos) return infos.error();
  const std::int32_t tasks = tasks_of(plan, *infos, place);
  std::vector<log::TopicSpec> specs;
  std::vector<std::string> created;
  for (const Topic& t : plan.topics) {
    log::TopicSpec spec = spec_of(t, place, tasks);
    if (find(*infos, spec.name) != nullptr) continue;
    created.push_back(spec.name);
    specs.push_back(std::move(spec));
  }
  if (Status done = log.create(specs); !done) return done.error();
  return created;
}

Status create_if_wanted(log::Log& log, const LogChoice& choice, const topology::Description& topology, const std::string& also) {
  if (!choice.create_topics && !choice.uri.starts_with("embedded:")) return Done{};
  Plan plan = used_by(topology, choice.topics);
  if (const Topic* more = choice.topics.find(also); more != nullptr && plan.find(also) == nullptr) plan.topics.push_back(*more);
  const auto created = create_missing(log, plan, place_of(choice));
  if (!created) return created.error();
  return Done{};
}

Result<std::vector<std::string>> wrong_at_start(log::Log& log, const LogChoice& choice, const topology::Description& topology) {
  const Plan plan = used_by(topology, choice.topics);
  Place place = place_of(choice);
  place.tasks = 0;  // whatever they were created with
  auto infos = log.describe(names_of(plan, place));
  if (!infos) return infos.error();
  std::vector<std::string> lines;
  std::string absent;
  for (const Difference& d : missing(plan, *infos, place)) absent += (absent.empty() ? "" : ", ") + d.topic;
  if (!absent.empty())
    lines.push_back("log.prefix = \"" + choice.prefix + "\": these topics do not exist: " + absent +
                    "; correct the prefix, or create them: duestream topics create, or --create-topics");
  for (const Difference& d : broken_demands(plan, *infos, place)) lines.push_back(d.text());
  add_missing_rights(plan, *infos, place, lines);
  return lines;
}

}  // namespace due::cli::topics
