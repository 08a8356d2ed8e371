// stream/runtime/reading/feed.h
// The worker's one reader: what it fetches goes into the queues of the tasks, live, recovering or replaying alike.
//
//   Shape    an input of one task is read from where its queue stands. A broadcast input is read once and handed to every task: from
//            the lowest position that any of them needs, and what a task has had already is left out for it
//   Limits   an input whose queue holds more than `queue_bytes_max` is paused until a quarter of that is left; and likewise where it holds
//            more than its part of `queued_bytes_max`, which those share that hold anything. Of a broadcast input nobody else waits: the
//            task falls behind, and the input is read again from there once there is room
//   Threads  owned by one worker
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "stream/log/log.h"
#include "stream/runtime/task/task.h"

namespace due::runtime {

class Feed {
 public:
  Feed(std::unique_ptr<log::Reader> reader, std::size_t queue_bytes_max, std::size_t queued_bytes_max = SIZE_MAX);

  Status add(Task& task);  // from where its queues stand
  void remove(Task& task);
  Status pump(std::size_t records_max, log::Duration deadline);  // one poll, delivered
  Status balance();                                              // pauses and resumes by the queues' sizes

 private:
  struct Receiver {
    Task* task = nullptr;
    std::size_t input = 0;
    bool behind = false;  // of a broadcast input: its queue was full, so it misses what is read until it is read again
  };
  // What one tag is read for.
  struct Source {
    log::TopicPartition partition;
    std::int64_t next = 0;            // how far it has been read
    std::vector<Receiver> receivers;  // none: removed
    bool broadcast = false;
    bool paused = false;
  };
  Source& open_source(log::TopicPartition partition, std::int64_t from, std::vector<log::Assignment>& assignments);
  void subscribe(Task& task, std::size_t input, std::vector<log::Assignment>& assignments);
  void read_again(std::uint32_t tag, std::int64_t from, std::vector<log::Assignment>& assignments);
  std::size_t input_bytes_max() const;
  void balance_own(std::uint32_t tag, std::size_t bytes_max);
  void balance_broadcast(std::uint32_t tag, std::vector<log::Assignment>& assignments);
  static void deliver(Source& source, const std::shared_ptr<const log::Batch>& batch, std::span<const log::Record> records);

  std::unique_ptr<log::Reader> reader_;
  std::size_t queue_bytes_max_, queued_bytes_max_;
  std::vector<Source> sources_;  // by tag
  std::map<log::TopicPartition, std::uint32_t> broadcast_;  // tag of each that is read
};

}  // namespace due::runtime
