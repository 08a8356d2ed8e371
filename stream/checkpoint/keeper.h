// stream/checkpoint/keeper.h
// Takes checkpoints of the tasks of this process, from time to time and at its end; gives a task that has no state its newest one.
//
//   Source   DESIGN 3.5: cold takeover = download + tail
//   Errors   open(): stop, the directory is another application's; what fails later is told, and the run goes on without
//   Clock    steady, between two rounds
//   Threads  one of its own; follow() and restore() from those of the workers
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "stream/checkpoint/store.h"
#include "stream/runtime/telling/report.h"

namespace due::checkpoint {

class Keeper {
 public:
  struct Options {
    std::string directory;
    std::string application;  // cluster, application and topic prefix: whose states these are
    std::chrono::milliseconds every{300'000};
    std::size_t keep = 3;  // checkpoints of a task
  };
  // Where the state stands that a snapshot holds.
  struct Mark {
    std::int64_t seq = 0;
    std::string state_digest;
  };
  enum class Round { running, last };
  // Writes a snapshot of a task to `path`, which does not exist yet. Nothing: the task is not ours any more, or has no state yet.
  using Take = std::function<Result<std::optional<Mark>>(const std::string& path, Round round)>;

  static Result<std::unique_ptr<Keeper>> open(Options options, runtime::Report report);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // The newest checkpoint that is whole becomes `directory`, where there is none yet. What is damaged is told and passed over.
  void restore(const std::string& task, const std::string& directory);
  // From now on checkpoints are taken of it; `directory` is its state, beside which the snapshot is made.
  void follow(const std::string& task, const std::string& directory, Take take);
  // The last ones: of all that were followed, at once, after the workers.
  void finish();

 private:
  struct Followed {
    std::string directory;
    Take take;
    std::int64_t saved = -1;  // seq of the newest checkpoint
    KnownFiles known;
  };
  Keeper(Options options, runtime::Report report);
  void work();
  void save_all(Round round);
  Status save(const std::string& task, Followed& followed, Round round);

  Options options_;
  runtime::Report report_;
  Store store_;
  std::mutex mutex_;  // of the two below
  std::map<std::string, std::shared_ptr<Followed>> followed_;
  bool over_ = false;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace due::checkpoint
