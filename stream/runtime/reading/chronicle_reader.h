// stream/runtime/reading/chronicle_reader.h
// One chronicle partition, read from where one stands up to an end that was asked for, without ever waiting long.
//
//   Errors   as Reader::poll
//   Threads  owned by one worker
#pragma once

#include <memory>

#include "stream/log/log.h"

namespace due::runtime {

class ChronicleReader {
 public:
  // Records in [from, end).
  static Result<ChronicleReader> open(log::Log& log, log::Isolation isolation, const log::TopicPartition& partition, std::int64_t from,
                                      std::int64_t end);
  // The next record, valid until the next call; null: none has come yet, or at_end().
  Result<const log::Record*> next();
  bool at_end() const { return next_ >= end_; }
  std::int64_t position() const { return next_; }

 private:
  std::unique_ptr<log::Reader> reader_;  // null: there is nothing to read
  std::unique_ptr<log::Batch> batch_;
  std::size_t at_ = 0;  // index into the batch
  std::int64_t next_ = 0, end_ = 0;
};

}  // namespace due::runtime
