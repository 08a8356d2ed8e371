// stream/runtime/reading/feed.h
// The worker's one reader: what it fetches goes into the queues of the tasks, live, recovering or replaying alike.
//
//   Limits   an input whose queue holds more than `queue_bytes_max` is paused until a quarter of that is left
//   Threads  owned by one worker
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stream/log/log.h"
#include "stream/runtime/task/task.h"

namespace due::runtime {

class Feed {
 public:
  Feed(std::unique_ptr<log::Reader> reader, std::size_t queue_bytes_max);

  Status add(Task& task, const std::vector<std::string>& input_topics);  // from where its queues stand
  void remove(Task& task);
  Status pump(std::size_t records_max, log::Duration deadline);  // one poll, delivered
  void balance();                                                // pauses and resumes by the queues' sizes
  std::uint64_t delivered() const { return delivered_; }

 private:
  struct Target {
    Task* task = nullptr;  // null: removed
    std::size_t input = 0;
    bool paused = false;
  };
  std::unique_ptr<log::Reader> reader_;
  std::size_t queue_bytes_max_;
  std::vector<Target> targets_;  // by tag
  std::uint64_t delivered_ = 0;
};

}  // namespace due::runtime
