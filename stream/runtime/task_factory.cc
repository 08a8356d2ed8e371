#include "stream/runtime/task_factory.h"

#include <algorithm>

namespace due::runtime {

TaskFactory::TaskFactory(log::Log& log, const WorkerOptions& options) : log_(log), options_(options) {
  for (const auto* inputs : {&options_.subtopology->inputs, &options_.subtopology->broadcast})
    for (const std::string& t : *inputs) input_topics_.push_back(options_.topic_prefix + t);
  for (const std::string& t : options_.subtopology->outputs) writer_topics_.push_back(options_.topic_prefix + t);
  writer_topics_.push_back(options_.topic_prefix + "chronicle");
}

Status TaskFactory::check_input(const log::TopicInfo& topic, bool broadcast, std::int32_t partitions) const {
  if (broadcast && topic.partitions != 1)
    return Error{Remedy::stop, "topic " + topic.name + " has " + std::to_string(topic.partitions) +
                                   " partitions; every task reads it whole and in order, so it needs exactly one"};
  if (!broadcast && topic.partitions != partitions)
    return Error{Remedy::stop, "topic " + topic.name + " has " + std::to_string(topic.partitions) + " partitions, " + spine() + " has " +
                                   std::to_string(partitions) + "; inputs that are joined by customer need the same number"};
  return Done{};
}

Status TaskFactory::check_chronicle(const log::TopicInfo& chronicle, std::int32_t tasks) const {
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

Result<Genesis> TaskFactory::genesis(const std::string& task, std::int32_t partition) {
  std::vector<std::string> names = input_topics_;
  names.insert(names.end(), writer_topics_.begin(), writer_topics_.end());
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
  g.task = task;
  g.partitioner = "murmur2";
  g.partitions = find(input_topics_[0])->partitions;
  for (std::size_t i = 0; i < input_topics_.size(); ++i) {
    const log::TopicInfo& t = *find(input_topics_[i]);
    const bool broadcast = i >= options_.subtopology->inputs.size();
    if (Status good = check_input(t, broadcast, g.partitions); !good) return good.error();
    auto bounds = log_.bounds({t.name, broadcast ? 0 : partition}, log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    g.inputs.push_back({t.name, t.id, bounds->start.value});
  }
  for (std::size_t i = 0; i + 1 < writer_topics_.size(); ++i) {
    const log::TopicInfo& t = *find(writer_topics_[i]);
    g.outputs.push_back({t.name, t.partitions, t.message_bytes_max});
  }
  if (Status good = check_chronicle(*find(chronicle()), g.partitions); !good) return good.error();
  return g;
}

Result<std::unique_ptr<Task>> TaskFactory::make(std::int32_t partition) {
  Task::Options o;
  const std::string name = options_.subtopology->name + "-" + std::to_string(partition);
  auto origin = genesis(name, partition);
  if (!origin) return origin.error();
  o.genesis = std::move(*origin);
  o.machine.identity = {name, partition, o.genesis.partitions, {}, options_.logic_version};
  for (const auto* inputs : {&options_.subtopology->inputs, &options_.subtopology->broadcast})
    o.machine.identity.input_topics.insert(o.machine.identity.input_topics.end(), inputs->begin(), inputs->end());
  o.machine.subtopology = options_.subtopology;
  o.machine.logic = options_.logic;
  o.machine.outputs = o.genesis.outputs;
  o.transactional_id = options_.instance;
  o.spine = {spine(), partition};
  o.chronicle_topic = static_cast<std::uint16_t>(writer_topics_.size() - 1);
  o.cache_bytes_max = options_.cache_bytes_max / static_cast<std::size_t>(std::max(1, o.genesis.partitions));
  o.limits = options_.limits;
  auto rows = options_.open_rows(name);
  if (!rows) return rows.error();
  return std::make_unique<Task>(std::move(o), std::move(*rows));
}

}  // namespace due::runtime
