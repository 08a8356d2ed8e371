#include "stream/runtime/persist/lane.h"

#include "schemas/base/result.h"

namespace due::runtime {

ThreadLane::ThreadLane() : thread_([this] { serve(); }) {}

ThreadLane::~ThreadLane() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  moved_.notify_all();
  thread_.join();
}

void ThreadLane::start(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    check(!job_, "a lane is given a second job");
    job_ = std::move(job);
  }
  moved_.notify_all();
}

void ThreadLane::wait() {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [this] { return !job_; });
}

void ThreadLane::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    moved_.wait(lock, [this] { return stop_ || job_; });
    if (!job_) return;
    lock.unlock();
    job_();
    lock.lock();
    job_ = nullptr;
    moved_.notify_all();
  }
}

}  // namespace due::runtime
