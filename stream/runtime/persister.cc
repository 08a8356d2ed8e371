#include "stream/runtime/persister.h"

namespace due::runtime {

Persister::Persister() : thread_([this] { work(); }) {}

Persister::~Persister() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  moved_.notify_all();
  thread_.join();
}

void Persister::start(std::vector<Job> jobs) {
  const std::lock_guard lock(mutex_);
  check(stage_ == Stage::idle, "a persist round begins before the last one is taken");
  jobs_ = std::move(jobs);
  stage_ = Stage::writing;
  written_taken_ = false;
  moved_.notify_all();
}

Persister::Stage Persister::stage() {
  const std::lock_guard lock(mutex_);
  return stage_;
}

bool Persister::take_written() {
  const std::lock_guard lock(mutex_);
  if (written_taken_ || stage_ == Stage::idle || stage_ == Stage::writing) return false;
  return written_taken_ = true;
}

Result<std::vector<Persister::Job>> Persister::take_done() {
  const std::lock_guard lock(mutex_);
  check(stage_ == Stage::done, "a persist round is taken before it is done");
  stage_ = Stage::idle;
  if (error_) return *error_;
  return std::move(jobs_);
}

void Persister::wait_done() {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [this] { return stage_ == Stage::idle || stage_ == Stage::done; });
}

void Persister::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    moved_.wait(lock, [this] { return stop_ || stage_ == Stage::writing; });
    if (stage_ != Stage::writing) return;
    lock.unlock();
    std::optional<Error> error;
    try {
      for (Job& j : jobs_) {
        j.rows->write(*j.persist.batch);
        j.persist.batch.reset();
      }
      lock.lock();
      stage_ = Stage::flushing;
      lock.unlock();
      for (Job& j : jobs_) j.rows->flush();
    } catch (const state::StoreFailure& failure) {
      error = Error{Remedy::stop, std::string(failure.what()) + "; free space or repair the disk, then start again"};
    }
    lock.lock();
    error_ = error;
    stage_ = Stage::done;
    moved_.notify_all();
  }
}

}  // namespace due::runtime
