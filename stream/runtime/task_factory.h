// stream/runtime/task_factory.h
// Makes the task of a spine partition: names its topics, checks that they are what it can rest on, opens its rows.
//
//   Errors   Remedy::stop: a topic is missing or set up wrongly, with the setting to change; the rows cannot be opened
//   Threads  owned by one worker
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stream/runtime/worker_options.h"

namespace due::runtime {

class TaskFactory {
 public:
  TaskFactory(log::Log& log, const WorkerOptions& options);

  Result<std::unique_ptr<Task>> make(const log::TopicPartition& spine);
  std::string name_of(const log::TopicPartition& spine) const;  // of the task: account-0

  // Of every subtopology its outputs in their order, then its chronicle.
  const std::vector<std::string>& writer_topics() const { return writer_topics_; }
  // The group assigns the partitions of the first subtopology's spine. With each go the tasks of that number of all subtopologies: their
  // work is alike in every process, which the group, left to itself, does not see to (docs/decisions/0015).
  const std::string& assigned_topic() const { return parts_.front().spine(); }
  std::vector<log::TopicPartition> spines_of(const std::vector<log::TopicPartition>& assigned) const;
  Result<std::vector<log::TopicPartition>> all_tasks();  // by their spine partitions
  bool is_internal(const std::string& topic) const { return topology::is_internal(*options_.topology, topic); }  // without prefix

 private:
  // A subtopology with the names that its topics have in the log.
  struct Part {
    const topology::Subtopology* subtopology = nullptr;
    std::vector<std::string> inputs;  // the first is the spine; behind the co-partitioned ones the broadcast ones
    std::vector<std::string> outputs;
    std::string chronicle;
    std::size_t first_output = 0;  // place of the first output among writer_topics_
    const std::string& spine() const { return inputs.front(); }
  };
  Part part_of(const topology::Subtopology& subtopology);
  const Part& part_of(const log::TopicPartition& spine) const;
  Result<Genesis> genesis(const Part& part, const log::TopicPartition& spine);
  Status check_together(const Part& part, std::int32_t partitions);
  static Status check_input(const Part& part, const log::TopicInfo& topic, bool broadcast, std::int32_t partitions);
  static Status check_chronicle(const log::TopicInfo& chronicle, std::int32_t tasks);
  // Of what the worker has, what one of its tasks may take.
  std::size_t share(std::size_t bytes, const Part& part, std::int32_t tasks) const;

  log::Log& log_;
  const WorkerOptions& options_;
  std::vector<std::string> writer_topics_;
  std::vector<Part> parts_;
};

}  // namespace due::runtime
