// stream/log/embedded/store/partition_log.h
// The records of one partition and what a reader must know about them: ends, open transactions, aborted stretches.
//
//   Shape    a Store of frames; a sparse index, 16 bytes for every 16 KiB stored; 24 bytes per aborted transaction
//   Units    offsets; a stretch is [first, marker]
//   Errors   those of the Store
//   Clock    none
//   Threads  guarded by the broker's mutex, except store().read()
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/log/embedded/store/store.h"

namespace due::log::embedded::store {

// The records of one producer from `first` to its abort marker are void.
struct Aborted {
  std::int64_t producer;
  Offset first, marker;
};

// Where reading an offset begins: at a frame whose offset is not above it.
struct Place {
  std::int64_t position = 0;
  Offset offset;
};

class PartitionLog {
 public:
  explicit PartitionLog(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  struct Writer {  // below 0: not transactional
    std::int64_t producer = -1;
    std::int32_t epoch = -1;
  };
  struct Range {
    Offset first, last;
  };
  // Stamps the frames (in place) and appends them. `frames` is not empty.
  Result<Range> append(std::string& frames, Writer writer, std::optional<EventTime> log_time);
  Status mark(Writer writer, FrameKind marker, EventTime at);

  // A frame that the store holds already, in order, while a directory is opened.
  void recover(const Frame& frame, std::int64_t position);
  // A marker that a read-only directory cannot get is taken as written.
  void assume_marked(std::int64_t producer, FrameKind marker);

  Offset start() const { return start_; }
  Offset end() const { return end_; }
  Offset stable_end() const;  // the last stable offset: what read_committed may see lies before it
  const std::map<std::int64_t, Offset>& open_transactions() const { return open_; }  // producer -> first offset
  Place place_of(Offset offset) const;
  // The aborted stretches that reach into [from, until), in the order of their markers.
  void aborted_within(Offset from, Offset until, std::vector<Aborted>& out) const;
  // What lies before `start` may not be read any more; as retention does, in memory alone.
  void move_start(Offset start) { start_ = start; }
  // Its topic was deleted: who still has it open is told so.
  void retire() { retired_ = true; }
  bool retired() const { return retired_; }
  Store& store() { return *store_; }
  const Store& store() const { return *store_; }

 private:
  void index(std::int64_t position, Offset offset);
  void index_frames(const std::string& frames, std::int64_t position);
  void close(std::int64_t producer, FrameKind marker, Offset at);

  std::unique_ptr<Store> store_;
  Offset start_, end_;
  bool retired_ = false;
  std::map<std::int64_t, Offset> open_;
  std::vector<Aborted> aborted_;         // by marker
  std::vector<Place> index_;             // by offset, and so by position
};

}  // namespace due::log::embedded::store
