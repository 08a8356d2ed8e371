// stream/runtime/task_factory.h
// Makes the task of a partition: names its topics, checks that they are what it can rest on, opens its rows.
//
//   Errors   Remedy::stop: a topic is missing or set up wrongly, with the setting to change; the rows cannot be opened
//   Threads  owned by one worker
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stream/runtime/worker_options.h"

namespace due::runtime {

class TaskFactory {
 public:
  TaskFactory(log::Log& log, const WorkerOptions& options);

  Result<std::unique_ptr<Task>> make(std::int32_t partition);

  const std::vector<std::string>& writer_topics() const { return writer_topics_; }  // outputs in their order, then the chronicle
  const std::string& spine() const { return input_topics_.front(); }
  const std::string& chronicle() const { return writer_topics_.back(); }

 private:
  Result<Genesis> genesis(const std::string& task, std::int32_t partition);
  Status check_input(const log::TopicInfo& topic, bool broadcast, std::int32_t partitions) const;
  Status check_chronicle(const log::TopicInfo& chronicle, std::int32_t tasks) const;

  log::Log& log_;
  const WorkerOptions& options_;
  std::vector<std::string> input_topics_;  // the first is the spine; behind the co-partitioned ones the broadcast ones
  std::vector<std::string> writer_topics_;
};

}  // namespace due::runtime
