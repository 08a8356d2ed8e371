// stream/log/embedded/reader.h
// Reads partitions by explicit positions. Records are views into stored blocks; a poll allocates per batch, not per record.
//
//   Errors   Remedy::stop: an absent partition, a tag used twice, a position outside the bounds, bytes that fail their check
//   Threads  one; the broker's mutex is held only to look at the ends, not to read or decode
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "stream/log/embedded/broker.h"
#include "stream/log/log.h"

namespace due::log::embedded {

class StoredBatch final : public Batch {
 public:
  std::span<const Record> records() const override { return records_; }
  std::span<const Progress> progress() const override { return progress_; }

  void reserve(std::size_t records) { records_.reserve(records); }
  std::size_t size() const { return records_.size(); }
  bool empty() const { return records_.empty() && progress_.empty(); }
  void keep(const std::shared_ptr<const void>& owner);
  void add(InputTag input, const store::Frame& frame);
  void moved(Progress progress) { progress_.push_back(progress); }
  void finish();  // headers stay where they are from now on

 private:
  std::vector<Record> records_;
  std::vector<Progress> progress_;
  std::vector<Header> headers_;
  std::vector<std::size_t> with_headers_;  // indices of the records that have any, in order
  std::vector<std::uint16_t> header_counts_;
  std::vector<std::shared_ptr<const void>> owners_;
};

class LogReader final : public Reader {
 public:
  LogReader(std::shared_ptr<Broker> broker, Isolation isolation) : broker_(std::move(broker)), isolation_(isolation) {}
  Status add(std::span<const Assignment> inputs) override;
  void remove(std::span<const InputTag> inputs) override;
  Result<std::unique_ptr<Batch>> poll(std::size_t records_max, Duration deadline) override;
  void pause(InputTag input) override;
  void resume(InputTag input) override;

 private:
  struct Input {
    TopicPartition partition;
    store::PartitionLog* log = nullptr;
    Offset next;
    bool placed = false;  // `position` is known
    bool paused = false;
    bool end_told = false;
    std::int64_t position = 0;  // of the next frame to look at
    store::Block block;         // what was read and not yet looked at; its bytes begin at `position`
    // As it was looked at under the mutex:
    Offset limit;
    std::int64_t stored = 0;
    std::vector<store::Aborted> aborted;
  };
  Result<std::uint64_t> look();  // Broker::announced as of then
  Status look(Input& input);
  Status fill(StoredBatch& batch, std::size_t records_max);
  Status take(InputTag tag, Input& input, std::size_t records_max, StoredBatch& batch);
  Result<bool> next_frame(Input& input, store::Frame& frame, StoredBatch& batch);
  bool visible(const Input& input, const store::FrameHead& head) const;

  std::shared_ptr<Broker> broker_;
  Isolation isolation_;
  std::map<InputTag, Input> inputs_;
  InputTag first_;  // the input that the next poll begins with
};

}  // namespace due::log::embedded
