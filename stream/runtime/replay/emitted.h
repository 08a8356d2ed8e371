// stream/runtime/replay/emitted.h
// What was emitted: output partitions, read committed, each in its order, as one task's replay asks for them.
//
//   Shape    a partition is read from the first record of the task that is asked for, to where it ends now
//   Units    offsets; numbers as the header of outputs counts them (schemas/codec/output/output_mark.h)
//   Errors   Remedy::stop: what is asked for is kept no longer, or nothing can be read
//   Limits   a partition whose queue exceeds `queue_bytes_max` is paused
//   Threads  owned by one
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/log/log.h"

namespace due::runtime {

class Emitted {
 public:
  // One partition, as far as it was read.
  struct Source {
    struct Chunk {
      std::shared_ptr<const log::Batch> batch;
      std::span<const log::Record> records;
    };
    log::TopicPartition partition;
    log::InputTag tag;
    std::deque<Chunk> chunks;
    std::size_t at = 0;     // index into the first chunk
    std::size_t bytes = 0;  // queued
    std::int64_t next = 0;  // to be fetched
    std::int64_t start = 0, end = 0;  // bounds when it was opened, or looked at later
    bool paused = false;
    bool of_task = false;  // a record of the task was seen
  };

  static Result<Emitted> open(log::Log& log, std::string task, std::size_t queue_bytes_max);

  // Opens a partition at the task's record with this number, or the first behind it.
  Result<Source*> at(const log::TopicPartition& partition, std::int64_t number);
  Result<const log::Record*> head(Source& source);  // null: there is no further one
  void take(Source& source);

 private:
  Emitted(log::Log& log, std::string task, std::size_t queue_bytes_max, std::unique_ptr<log::Reader> reader)
      : log_(&log), task_(std::move(task)), queue_bytes_max_(queue_bytes_max), reader_(std::move(reader)) {}
  Result<std::int64_t> search(Source& source, std::int64_t number);
  Result<std::optional<std::int64_t>> first_number(log::Reader& reader, const log::TopicPartition& partition, std::int64_t from,
                                                   std::int64_t to);
  Result<bool> ended(Source& source);
  Status pump();

  log::Log* log_;
  std::string task_;
  std::size_t queue_bytes_max_;
  std::unique_ptr<log::Reader> reader_;
  std::map<log::TopicPartition, std::unique_ptr<Source>> sources_;
  std::vector<Source*> by_tag_;
  std::uint32_t probes_ = 0;  // tags of searches
};

}  // namespace due::runtime
