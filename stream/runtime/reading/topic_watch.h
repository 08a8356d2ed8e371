// stream/runtime/reading/topic_watch.h
// Notices that an input was deleted and created again while it is read: the reader asks by name and offset, and where the new topic
// has filled up past its position meanwhile, nothing else would tell until the next start.
//
//   Shape    asks the log for its topics now and then, on a lane; what was decided upon since the last look stays decided
//   Errors   look(): Remedy::stop with the topic and what to do. A log that does not answer is asked again the next time
//   Clock    the log's Time
//   Threads  the question runs on the lane; the public functions belong to the worker
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stream/log/log.h"
#include "stream/runtime/persist/lane.h"
#include "stream/runtime/task/chronicle.h"

namespace due::runtime {

class TopicWatch {
 public:
  TopicWatch(log::Log& log, std::unique_ptr<Lane> lane) : log_(log), lane_(std::move(lane)) {}

  void expect(std::span<const InputOrigin> inputs);  // what a task's genesis names
  Status look();                                      // at least once per turn; costs a clock's reading

 private:
  Status judge() const;

  log::Log& log_;
  std::map<std::string, std::string> ids_;  // by name
  std::optional<Result<std::vector<log::TopicInfo>>> answer_;  // by the lane, once answered_
  std::vector<std::string> asked_;
  bool asking_ = false;
  std::atomic<bool> answered_{false};
  std::chrono::microseconds last_{0};  // monotonic
  std::unique_ptr<Lane> lane_;         // last: it waits for the question, which uses the others
};

}  // namespace due::runtime
