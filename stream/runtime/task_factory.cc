#include "stream/runtime/task_factory.h"

#include <algorithm>

namespace due::runtime {

TaskFactory::TaskFactory(log::Log& log, const WorkerOptions& options) : log_(log), options_(options) {
  for (const topology::Subtopology& s : options_.topology->subtopologies) parts_.push_back(part_of(s));
}

TaskFactory::Part TaskFactory::part_of(const topology::Subtopology& subtopology) {
  Part p;
  p.subtopology = &subtopology;
  for (const auto* inputs : {&subtopology.inputs, &subtopology.broadcast})
    for (const std::string& t : *inputs) p.inputs.push_back(options_.topic_prefix + t);
  for (const std::string& t : subtopology.outputs) p.outputs.push_back(options_.topic_prefix + t);
  p.chronicle = options_.topic_prefix + subtopology.chronicle;
  p.first_output = writer_topics_.size();
  writer_topics_.insert(writer_topics_.end(), p.outputs.begin(), p.outputs.end());
  writer_topics_.push_back(p.chronicle);
  return p;
}

std::vector<log::TopicPartition> TaskFactory::spines_of(const std::vector<log::TopicPartition>& assigned) const {
  std::vector<log::TopicPartition> spines;
  for (const log::TopicPartition& a : assigned)
    for (const Part& p : parts_) spines.push_back({p.spine(), a.partition});
  return spines;
}

Status TaskFactory::check_together(const Part& part, std::int32_t partitions) {
  const std::string names[] = {assigned_topic()};
  auto infos = log_.describe(names);
  if (!infos) return infos.error();
  if (infos->size() == 1 && infos->front().partitions == partitions) return Done{};
  return Error{Remedy::stop, "topic " + part.spine() + " has " + std::to_string(partitions) + " partitions, " + assigned_topic() + " has " +
                                 (infos->empty() ? "none" : std::to_string(infos->front().partitions)) +
                                 "; tasks of one number are assigned together, so both need the same number"};
}

Result<std::vector<log::TopicPartition>> TaskFactory::all_tasks() {
  std::vector<std::string> names;
  for (const Part& p : parts_) names.push_back(p.spine());
  auto infos = log_.describe(names);
  if (!infos) return infos.error();
  std::vector<log::TopicPartition> all;
  for (const log::TopicInfo& i : *infos)
    for (std::int32_t p = 0; p < i.partitions; ++p) all.push_back({i.name, p});
  return all;
}

Status TaskFactory::check_input(const Part& part, const log::TopicInfo& topic, bool broadcast, std::int32_t partitions) {
  if (broadcast && topic.partitions != 1)
    return Error{Remedy::stop, "topic " + topic.name + " has " + std::to_string(topic.partitions) +
                                   " partitions; every task reads it whole and in order, so it needs exactly one"};
  if (!broadcast && topic.partitions != partitions)
    return Error{Remedy::stop, "topic " + topic.name + " has " + std::to_string(topic.partitions) + " partitions, " + part.spine() +
                                   " has " + std::to_string(partitions) + "; inputs that are joined by customer need the same number"};
  return Done{};
}

Status TaskFactory::check_chronicle(const log::TopicInfo& chronicle, std::int32_t tasks) {
  if (chronicle.partitions != tasks)
    return Error{Remedy::stop, "topic " + chronicle.name + " has " + std::to_string(chronicle.partitions) +
                                   " partitions; it needs one per task, " + std::to_string(tasks)};
  if (chronicle.retention_ms >= 0)
    return Error{Remedy::stop, "topic " + chronicle.name + " has retention.ms=" + std::to_string(chronicle.retention_ms) +
                                   "; the chronicle must keep everything: set retention.ms=-1"};
  if (!chronicle.log_append_time)
    return Error{Remedy::stop, "topic " + chronicle.name +
                                   " has message.timestamp.type=CreateTime; task time is checked against the broker's clock: set "
                                   "message.timestamp.type=LogAppendTime"};
  return Done{};
}

Result<Genesis> TaskFactory::genesis(const Part& part, const log::TopicPartition& spine) {
  std::vector<std::string> names = part.inputs;
  names.insert(names.end(), part.outputs.begin(), part.outputs.end());
  names.push_back(part.chronicle);
  auto infos = log_.describe(names);
  if (!infos) return infos.error();
  const auto find = [&](const std::string& name) -> const log::TopicInfo* {
    for (const log::TopicInfo& i : *infos)
      if (i.name == name) return &i;
    return nullptr;
  };
  for (const std::string& name : names)
    if (find(name) == nullptr) return Error{Remedy::stop, "topic " + name + " does not exist; create it, or start with --create-topics"};
  Genesis g;
  g.app = options_.app;
  g.task = name_of(spine);
  g.partitioner = "murmur2";
  g.partitions = find(part.spine())->partitions;
  if (Status good = check_together(part, g.partitions); !good) return good.error();
  for (std::size_t i = 0; i < part.inputs.size(); ++i) {
    const log::TopicInfo& t = *find(part.inputs[i]);
    const bool broadcast = i >= part.subtopology->inputs.size();
    if (Status good = check_input(part, t, broadcast, g.partitions); !good) return good.error();
    auto bounds = log_.bounds({t.name, broadcast ? 0 : spine.partition}, log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    g.inputs.push_back({t.name, t.id, bounds->start.value});
  }
  for (const std::string& name : part.outputs) {
    const log::TopicInfo& t = *find(name);
    g.outputs.push_back({t.name, t.partitions, t.message_bytes_max});
  }
  if (Status good = check_chronicle(*find(part.chronicle), g.partitions); !good) return good.error();
  return g;
}

std::size_t TaskFactory::share(std::size_t bytes, const Part& part, std::int32_t tasks) const {
  std::size_t parts = 0;
  for (const Part& p : parts_) parts += p.subtopology->cache_parts;
  return bytes / parts * part.subtopology->cache_parts / static_cast<std::size_t>(std::max(1, tasks));
}

const TaskFactory::Part& TaskFactory::part_of(const log::TopicPartition& spine) const {
  const auto found = std::find_if(parts_.begin(), parts_.end(), [&](const Part& p) { return p.spine() == spine.topic; });
  check(found != parts_.end(), "a partition is assigned of a topic that is no spine");
  return *found;
}

std::string TaskFactory::name_of(const log::TopicPartition& spine) const {
  return part_of(spine).subtopology->name + "-" + std::to_string(spine.partition);
}

Result<std::unique_ptr<Task>> TaskFactory::make(const log::TopicPartition& spine) {
  const Part& part = part_of(spine);
  const topology::Subtopology& subtopology = *part.subtopology;
  auto origin = genesis(part, spine);
  if (!origin) return origin.error();
  Task::Options o;
  o.genesis = std::move(*origin);
  o.machine.identity = {o.genesis.task, spine.partition, o.genesis.partitions, subtopology.inputs, options_.logic_version};
  o.machine.identity.input_topics.insert(o.machine.identity.input_topics.end(), subtopology.broadcast.begin(), subtopology.broadcast.end());
  o.machine.subtopology = part.subtopology;
  o.machine.logic = options_.logic;
  o.machine.outputs = o.genesis.outputs;
  o.machine.first_output = static_cast<std::uint16_t>(part.first_output);
  o.transactional_id = options_.instance;
  o.spine = spine;
  o.chronicle = {part.chronicle, spine.partition};
  o.chronicle_output = static_cast<std::uint16_t>(part.first_output + part.outputs.size());
  o.cache_bytes_max = share(options_.cache_bytes_max, part, o.genesis.partitions);
  o.limits = options_.limits;  // of one batch, while the one before it is on its way
  o.limits.batch_bytes_max = std::min(o.limits.batch_bytes_max, share(options_.output_bytes_max, part, o.genesis.partitions) / 2);
  auto rows = options_.open_rows(o.genesis.task);
  if (!rows) return rows.error();
  return std::make_unique<Task>(std::move(o), std::move(*rows));
}

}  // namespace due::runtime
