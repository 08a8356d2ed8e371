#include "stream/runtime/persist/persister.h"

#include "schemas/simulated/crash_point.h"
#include "schemas/simulated/plant.h"

namespace due::runtime {

void Persister::start(std::vector<Job> jobs) {
  {
    const std::lock_guard lock(mutex_);
    check(stage_ == Stage::idle, "a persist round begins before the last one is taken");
    stage_ = Stage::writing;
    written_taken_ = false;
  }
  jobs_ = std::move(jobs);
  error_.reset();
  lane_->start([this] { work(); });
}

Persister::Stage Persister::stage() {
  const std::lock_guard lock(mutex_);
  return stage_;
}

bool Persister::take_written() {
  const std::lock_guard lock(mutex_);
  if (written_taken_ || stage_ == Stage::idle || (stage_ == Stage::writing && !planted("written-too-early"))) return false;
  return written_taken_ = true;
}

Result<std::vector<Persister::Job>> Persister::take_done() {
  lane_->wait();
  const std::lock_guard lock(mutex_);
  check(stage_ == Stage::done, "a persist round is taken before it is done");
  stage_ = Stage::idle;
  if (error_) return *error_;
  return std::move(jobs_);
}

void Persister::reach(Stage stage) {
  const std::lock_guard lock(mutex_);
  stage_ = stage;
}

void Persister::work() {
  try {
    crash_point("persist.writing");
    for (Job& j : jobs_) {
      j.rows->write(*j.persist.batch);
      j.persist.batch.reset();
    }
    reach(Stage::flushing);
    crash_point("persist.written");
    for (Job& j : jobs_) {
      j.rows->flush();
      crash_point("persist.flushed");
    }
  } catch (const state::StoreFailure& failure) {
    error_ = Error{Remedy::stop, std::string(failure.what()) + "; free space or repair the disk, then start again"};
  }
  reach(Stage::done);
}

}  // namespace due::runtime
