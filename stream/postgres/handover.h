// stream/postgres/handover.h
// Batches from the thread that reads to the thread that writes: one waits, one is written, one is being filled. That bounds memory.
//
//   Threads  put() and has_room() in one, get() in another, close() in any
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "stream/postgres/ledger/batch.h"

namespace due::postgres {

class Handover {
 public:
  // Waits for room; false: closed, and nobody will take it.
  bool put(Batch batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_ || closed_; });
    if (closed_) return false;
    waiting_ = std::move(batch);
    changed_.notify_all();
    return true;
  }
  Batch get() {
    std::unique_lock lock(mutex_);
    idle_ = true;
    changed_.wait(lock, [this] { return waiting_.has_value(); });
    idle_ = false;
    Batch batch = std::move(*waiting_);
    waiting_.reset();
    changed_.notify_all();
    return batch;
  }
  // Is the writer waiting for work?
  bool idle() {
    const std::lock_guard lock(mutex_);
    return idle_ && !waiting_;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Batch> waiting_;
  bool idle_ = false, closed_ = false;
};

}  // namespace due::postgres
