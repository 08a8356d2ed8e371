// stream/postgres/feeder.h
// From the log to batches: reads committed records at explicit offsets, makes rows of them, checks that no sequence number is
// missing, and extends the hash chains.
//
//   Errors   in the batch (Batch::failure), so that what was read before it is written first: a gap, a record that does not belong into its
//            topic, the log itself. All of them: stop
//   Threads  one
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/log/log.h"
#include "stream/postgres/ledger/batch.h"
#include "stream/postgres/rows/table.h"

namespace due::postgres {

class Feeder {
 public:
  struct Options {
    std::vector<const Table*> tables;
    std::vector<Target> targets;
    bool from_beginning = false;   // read again what is written already, as repeats
    bool until_caught_up = false;  // end where the log ended at the start
    std::size_t batch_bytes = 16U << 20;
    std::chrono::milliseconds linger{100};  // how long the first row of a batch waits for more, where the writer is free
  };
  static Result<std::unique_ptr<Feeder>> open(log::Log& log, Options options, const Attached& attached);

  // Blocks until a batch is full, has waited long enough while `free` said yes, or is the last one. Fills the memory of `spent`.
  Batch next(const std::function<bool()>& free, const std::atomic<bool>& stop, Batch spent = {});
  // Records that lie before the ends that were seen at the start. Another thread may ask.
  std::int64_t left() const { return left_; }

 private:
  struct Stream {
    ChainEnd end;
    std::optional<std::int64_t> read;  // its last sequence number in this reading
    bool moved = false;
  };
  struct Input {
    Target target;
    std::int64_t written = 0;  // next offset in the table; -1: none yet
    std::int64_t read = 0;     // next offset of the reading
    std::int64_t end = 0;      // of the log, at the start
    bool touched = false;
    std::vector<Stream> streams;
  };

  Feeder(Options options, std::unique_ptr<log::Reader> reader);
  Status start(log::Log& log, const Attached& attached);
  void take(const log::Batch& read, Batch& batch);
  std::optional<Error> take(const log::Record& record, Batch& batch);
  std::optional<Error> check_sequence(const Input& input, const Stream& stream, std::int64_t seq) const;
  Stream& stream_of(Input& input, std::string_view task);
  void begin(Batch& batch) const;
  void seal(Batch& batch);
  bool caught_up() const;

  const Options options_;
  std::unique_ptr<log::Reader> reader_;
  std::vector<Input> inputs_;  // by tag
  std::vector<std::unique_ptr<RowMapper>> mappers_;
  ChainHash hash_;
  std::atomic<std::int64_t> left_{0};
};

}  // namespace due::postgres
