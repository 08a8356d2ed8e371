// stream/postgres/handover.h
// Batches from the thread that reads to the thread that writes: one waits, one is written, one is being filled. That bounds memory.
// What was written goes back, so that its memory is filled again instead of being asked of the system anew.
//
//   Threads  put() and spent() in one, get() and give_back() in another, idle() and close() in any
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

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
  void give_back(Batch batch) {
    const std::lock_guard lock(mutex_);
    spent_ = std::move(batch);
  }
  // One that was given back, or an empty one.
  Batch spent() {
    const std::lock_guard lock(mutex_);
    return std::exchange(spent_, {});
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
  Batch spent_;
  bool idle_ = false, closed_ = false;
};

}  // namespace due::postgres
