#include "stream/cli/topics/plan.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace due::cli::topics {
namespace {

struct RoleName {
  Role role;
  std::string_view name;
};
constexpr std::array<RoleName, 6> roles = {{{Role::input, "input"},
                                            {Role::broadcast, "broadcast"},
                                            {Role::internal, "internal"},
                                            {Role::output, "output"},
                                            {Role::dead_letters, "dead-letters"},
                                            {Role::chronicle, "chronicle"}}};

constexpr std::int64_t dead_letter_room = 65'536;       // for the reasons beside an input's largest record
constexpr std::int64_t chronicle_record_max = 327'680;  // a record of at most 256 KiB, and what surrounds it

std::int64_t number(const std::map<std::string, std::string>& config, const std::string& name, std::int64_t otherwise) {
  const auto found = config.find(name);
  std::int64_t value = 0;
  if (found == config.end()) return otherwise;
  const std::string& text = found->second;
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc() ? value : otherwise;
}

std::string text(const std::map<std::string, std::string>& config, const std::string& name) {
  const auto found = config.find(name);
  return found == config.end() ? "" : found->second;
}

// One topic of a log, held against what its role demands.
class Examined {
 public:
  Examined(const Topic& topic, const log::TopicInfo& info, const Place& place, std::vector<Difference>& found)
      : topic_(topic), info_(info), place_(place), found_(found) {}

  void demand_config(const std::string& property, bool holds, const std::string& wanted, const std::string& why) {
    if (holds) return;
    const std::string mend = place_.admin.empty() ? anew
                                                  : "kafka-configs.sh " + place_.admin + " --alter --entity-type topics --entity-name " +
                                                        info_.name + " --add-config " + property + "=" + wanted;
    found_.push_back({info_.name, property, text(info_.config, property), wanted, why, mend});
  }
  void demand_partitions(std::int32_t wanted, const std::string& why) {
    if (info_.partitions == wanted) return;
    const std::string tool = "kafka-topics.sh " + place_.admin;
    const std::string more = tool + " --alter --topic " + info_.name + " --partitions " + std::to_string(wanted) +
                             " (only while it is empty: more partitions move customers)";
    const std::string fewer = tool + " --delete --topic " + info_.name + " (only while it is empty), then duestream topics create";
    found_.push_back({info_.name, "partitions", std::to_string(info_.partitions), std::to_string(wanted), why,
                      place_.admin.empty()        ? anew
                      : info_.partitions < wanted ? more
                                                  : fewer});
  }
  void demand_of_role(std::int32_t tasks, std::int64_t largest_input);

 private:
  static constexpr char anew[] = "an embedded log's topics stay as they were created: name another directory";
  const Topic& topic_;
  const log::TopicInfo& info_;
  const Place& place_;
  std::vector<Difference>& found_;
};

void Examined::demand_of_role(std::int32_t tasks, std::int64_t largest_input) {
  const Role role = topic_.role;
  const bool read_again = role != Role::output && role != Role::dead_letters;
  if (read_again)
    demand_config("cleanup.policy", text(info_.config, "cleanup.policy").find("compact") == std::string::npos, "delete",
                  "a replay needs every record; what was compacted away is gone");
  if (role == Role::input || role == Role::internal || role == Role::chronicle)
    demand_partitions(tasks, role == Role::chronicle ? "it has one per task" : "topics that are joined by key need the same number");
  if (role == Role::broadcast) demand_partitions(1, "every task reads all of it");
  if (role == Role::output || role == Role::dead_letters || role == Role::chronicle)
    demand_config("message.timestamp.type", text(info_.config, "message.timestamp.type") == "LogAppendTime", "LogAppendTime",
                  "business dates as timestamps would fall to retention");
  if (role == Role::dead_letters)
    demand_config("max.message.bytes", number(info_.config, "max.message.bytes", 0) >= largest_input + dead_letter_room,
                  std::to_string(largest_input + dead_letter_room), "an input's largest record must fit, with its reasons");
  if (role == Role::chronicle) {
    constexpr char whole[] = "everything can be derived from the chronicle, as long as it is whole";
    demand_config("retention.ms", number(info_.config, "retention.ms", -1) < 0, "-1", whole);
    demand_config("retention.bytes", number(info_.config, "retention.bytes", -1) < 0, "-1", whole);
    demand_config("max.message.bytes", number(info_.config, "max.message.bytes", chronicle_record_max) >= chronicle_record_max,
                  std::to_string(chronicle_record_max), "its records are up to 256 KiB");
  }
}

bool is_input(const Topic& topic) { return topic.role == Role::input || topic.role == Role::broadcast || topic.role == Role::internal; }

bool same_value(const std::string& property, const std::string& a, const std::string& b) {
  const bool unlimited = property.starts_with("retention.") && a.starts_with('-') && b.starts_with('-');
  return a == b || unlimited;
}

}  // namespace

std::string name_of(Role role) { return std::string(std::ranges::find(roles, role, &RoleName::role)->name); }

std::optional<Role> role_of(std::string_view name) {
  const auto found = std::ranges::find(roles, name, &RoleName::name);
  return found == roles.end() ? std::nullopt : std::optional(found->role);
}

std::vector<std::string> role_names() {
  std::vector<std::string> names;
  for (const RoleName& r : roles) names.emplace_back(r.name);
  return names;
}

const Topic* Plan::find(std::string_view name) const {
  const auto found = std::ranges::find(topics, name, &Topic::name);
  return found == topics.end() ? nullptr : &*found;
}

Plan Plan::only(std::span<const std::string> names) const {
  Plan some;
  std::ranges::copy_if(topics, std::back_inserter(some.topics),
                       [&](const Topic& t) { return std::ranges::find(names, t.name) != names.end(); });
  return some;
}

const log::TopicInfo* find(const Infos& infos, std::string_view name) {
  const auto found = std::ranges::find(infos, name, &log::TopicInfo::name);
  return found == infos.end() ? nullptr : &*found;
}

std::vector<std::string> names_of(const Plan& plan, const Place& place) {
  std::vector<std::string> names;
  for (const Topic& t : plan.topics) names.push_back(place.prefix + t.name);
  return names;
}

std::int32_t tasks_of(const Plan& plan, const Infos& infos, const Place& place) {
  if (place.tasks > 0) return place.tasks;
  for (const Topic& t : plan.topics)
    if (t.role == Role::input && t.partitions == 0)
      if (const log::TopicInfo* there = find(infos, place.prefix + t.name)) return there->partitions;
  return tasks_otherwise;
}

log::TopicSpec spec_of(const Topic& topic, const Place& place, std::int32_t tasks) {
  return {place.prefix + topic.name, topic.partitions > 0 ? topic.partitions : tasks, topic.config, place.replicas};
}

std::string Difference::text() const {
  if (property == "exists") return "topic " + topic + " does not exist; mend: " + mend;
  return "topic " + topic + ": " + property + " = " + value + "; wanted is " + wanted + ": " + why +
         (mend.empty() ? "" : "; mend: " + mend);
}

std::vector<Difference> broken_demands(const Plan& plan, const Infos& infos, const Place& place) {
  std::vector<Difference> found;
  const std::int32_t tasks = tasks_of(plan, infos, place);
  std::int64_t largest_input = 0;
  for (const Topic& t : plan.topics)
    if (const log::TopicInfo* info = find(infos, place.prefix + t.name); info != nullptr && is_input(t))
      largest_input = std::max(largest_input, number(info->config, "max.message.bytes", 0));
  for (const Topic& t : plan.topics)
    if (const log::TopicInfo* info = find(infos, place.prefix + t.name))
      Examined(t, *info, place, found).demand_of_role(tasks, largest_input);
  return found;
}

std::vector<Difference> broken_demands(const Plan& plan) {
  Infos infos;
  for (const Topic& t : plan.topics) {
    const log::TopicSpec spec = spec_of(t, {}, tasks_otherwise);
    infos.push_back({.name = spec.name, .id = {}, .partitions = spec.partitions, .config = spec.config});
  }
  std::vector<Difference> found = broken_demands(plan, infos, {.prefix = {}, .tasks = tasks_otherwise, .replicas = -1, .admin = {}});
  for (Difference& d : found) d.mend.clear();
  return found;
}

std::vector<Difference> missing(const Plan& plan, const Infos& infos, const Place& place) {
  std::vector<Difference> found;
  for (const Topic& t : plan.topics)
    if (const std::string name = place.prefix + t.name; find(infos, name) == nullptr)
      found.push_back({name, "exists", "no", "yes", "", "duestream topics create"});
  return found;
}

std::vector<Difference> differences(const Plan& plan, const Infos& infos, const Place& place) {
  std::vector<Difference> all = missing(plan, infos, place);
  std::ranges::move(broken_demands(plan, infos, place), std::back_inserter(all));
  const std::int32_t tasks = tasks_of(plan, infos, place);
  for (const Topic& t : plan.topics) {
    const log::TopicInfo* info = find(infos, place.prefix + t.name);
    if (info == nullptr) continue;
    const log::TopicSpec spec = spec_of(t, place, tasks);
    std::vector<Difference> more;
    Examined examined(t, *info, place, more);
    examined.demand_partitions(spec.partitions, "the plan says so");
    for (const auto& [property, wanted] : spec.config)
      if (const auto is = info->config.find(property); is != info->config.end())
        examined.demand_config(property, same_value(property, is->second, wanted), wanted, "the plan says so");
    if (place.replicas > 0 && info->replicas != place.replicas)
      more.push_back({info->name, "replication.factor", std::to_string(info->replicas), std::to_string(place.replicas), "the plan says so",
                      "kafka-reassign-partitions.sh " + place.admin + " --execute with a file that names the replicas"});
    for (Difference& d : more)
      if (std::ranges::none_of(all, [&](const Difference& a) { return a.topic == d.topic && a.property == d.property; }))
        all.push_back(std::move(d));
  }
  return all;
}

}  // namespace due::cli::topics
