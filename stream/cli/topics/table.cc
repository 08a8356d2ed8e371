#include "stream/cli/topics/table.h"

#include <algorithm>

#include "schemas/codec/json_writer.h"
#include "stream/cli/text/table.h"

namespace due::cli::topics {
namespace {

std::string at(const log::TopicSpec& spec, const std::string& property) {
  const auto found = spec.config.find(property);
  return found == spec.config.end() ? "default" : found->second;
}

std::vector<Difference> of_topic(const std::vector<Difference>& all, const std::string& topic) {
  std::vector<Difference> some;
  std::ranges::copy_if(all, std::back_inserter(some), [&](const Difference& d) { return d.topic == topic; });
  return some;
}

// "create", "as planned", or what differs.
std::string now(const std::vector<Difference>& differences) {
  if (differences.empty()) return "as planned";
  if (differences.front().property == "exists") return "create";
  std::string text = "differs:";
  for (const Difference& d : differences) text += " " + d.property + "=" + d.value;
  return text;
}

std::string retention(const std::string& ms) {
  constexpr std::int64_t day = 86'400'000;
  if (ms.starts_with('-')) return "for ever";
  if (ms == "default" || std::stoll(ms) % day != 0) return ms + (ms == "default" ? "" : " ms");
  return std::to_string(std::stoll(ms) / day) + " days";
}

}  // namespace

std::string as_table(const Plan& plan, const Infos& infos, const Place& place) {
  const std::vector<Difference> all = differences(plan, infos, place);
  const std::int32_t tasks = tasks_of(plan, infos, place);
  const auto right = Table::Align::right;
  Table table({{"topic"},
               {"role"},
               {"partitions", right},
               {"copies", right},
               {"cleanup"},
               {"retention"},
               {"timestamps"},
               {"largest record", right},
               {"now"}},
              Colours::off);
  for (const Topic& t : plan.topics) {
    const log::TopicSpec spec = spec_of(t, place, tasks);
    table.row({spec.name, name_of(t.role), std::to_string(spec.partitions), spec.replicas > 0 ? std::to_string(spec.replicas) : "default",
               at(spec, "cleanup.policy"), retention(at(spec, "retention.ms")), at(spec, "message.timestamp.type"),
               at(spec, "max.message.bytes"), now(of_topic(all, spec.name))});
  }
  return table.take();
}

std::string as_json(const Plan& plan, const Infos& infos, const Place& place) {
  const std::vector<Difference> all = differences(plan, infos, place);
  const std::int32_t tasks = tasks_of(plan, infos, place);
  std::string out;
  codec::JsonWriter json(out);
  json.begin_array();
  for (const Topic& t : plan.topics) {
    const log::TopicSpec spec = spec_of(t, place, tasks);
    json.begin_object().key("topic").value(spec.name).key("role").value(name_of(t.role)).key("key").value(t.key).key("what").value(t.what);
    json.key("partitions").value(std::int64_t{spec.partitions}).key("replication").value(std::int64_t{spec.replicas});
    json.key("config").begin_object();
    for (const auto& [name, value] : spec.config) json.key(name).value(value);
    json.end_object().key("exists").value(find(infos, spec.name) != nullptr ? "yes" : "no").key("differences").begin_array();
    for (const Difference& d : of_topic(all, spec.name))
      json.begin_object()
          .key("property")
          .value(d.property)
          .key("value")
          .value(d.value)
          .key("wanted")
          .value(d.wanted)
          .key("why")
          .value(d.why)
          .key("mend")
          .value(d.mend)
          .end_object();
    json.end_array().end_object();
  }
  json.end_array();
  return out + "\n";
}

}  // namespace due::cli::topics
