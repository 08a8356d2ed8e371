#include "stream/checkpoint/keeper.h"

#include <filesystem>

#include "state/api/rows.h"

namespace due::checkpoint {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::int64_t millis_since(Clock::time_point from) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - from).count();
}

Status check_owner(const Store& store, const Keeper::Options& options) {
  for (const std::string& task : store.tasks())
    for (const std::int64_t seq : store.sequences(task)) {
      auto manifest = store.read(task, seq);
      if (!manifest) continue;  // told where it is needed
      if (manifest->application == options.application) return Done{};
      return Error{Remedy::stop, "checkpoint.to = " + options.directory + " holds checkpoints of " + manifest->application +
                                     "; this is " + options.application + ": name another directory with --checkpoints"};
    }
  return Done{};
}

}  // namespace

Keeper::Keeper(Options options, runtime::Report report)
    : options_(std::move(options)), report_(std::move(report)), store_(options_.directory), thread_([this] { work(); }) {}

Result<std::unique_ptr<Keeper>> Keeper::open(Options options, runtime::Report report) {
  std::error_code error;
  fs::create_directories(options.directory, error);
  if (error)
    return Error{Remedy::stop,
                 "checkpoint.to = " + options.directory + " cannot be created: " + error.message() + "; check rights and space"};
  if (Status ours = check_owner(Store(options.directory), options); !ours) return ours.error();
  return std::unique_ptr<Keeper>(new Keeper(std::move(options), std::move(report)));
}

Keeper::~Keeper() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Keeper::restore(const std::string& task, const std::string& directory) {
  std::error_code error;
  if (fs::exists(directory + "/CURRENT", error)) return;
  for (const std::int64_t seq : store_.sequences(task)) {
    const auto began = Clock::now();
    auto manifest = store_.read(task, seq);
    Status fetched = manifest ? store_.fetch(*manifest, directory) : Status(manifest.error());
    if (fetched) {
      report_(runtime::Level::info, "checkpoint.restored",
              {{"task", task}, {"seq", seq}, {"bytes", manifest->bytes()}, {"ms", millis_since(began)}});
      return;
    }
    report_(runtime::Level::warning, "checkpoint.unusable", {{"task", task}, {"seq", seq}, {"why", fetched.error().what}});
  }
}

void Keeper::follow(const std::string& task, const std::string& directory, Take take) {
  auto followed = std::make_shared<Followed>();
  followed->directory = directory;
  followed->take = std::move(take);
  if (const auto known = store_.sequences(task); !known.empty()) followed->saved = known.front();
  const std::lock_guard lock(mutex_);
  followed_[task] = std::move(followed);
}

void Keeper::finish() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_all();
  thread_.join();
  save_all(Round::last);
}

void Keeper::work() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, options_.every, [this] { return over_; })) {
    lock.unlock();
    save_all(Round::running);
    lock.lock();
  }
}

void Keeper::save_all(Round round) {
  std::map<std::string, std::shared_ptr<Followed>> all;
  {
    const std::lock_guard lock(mutex_);
    all = followed_;
  }
  for (auto& [task, followed] : all)
    if (Status saved = save(task, *followed, round); !saved)
      report_(runtime::Level::warning, "checkpoint.failed", {{"task", task}, {"why", saved.error().what}});
}

Status Keeper::save(const std::string& task, Followed& followed, Round round) {
  const auto began = Clock::now();
  const std::string snapshot = followed.directory + ".snapshot";
  std::error_code error;
  fs::remove_all(snapshot, error);
  struct Removed {
    const std::string& path;
    ~Removed() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  } const removed{snapshot};
  try {
    auto mark = followed.take(snapshot, round);
    if (!mark) return mark.error();
    if (!*mark || (*mark)->seq <= followed.saved) return Done{};
    auto saved = store_.save({task, (*mark)->seq, (*mark)->state_digest, options_.application, {}}, snapshot, followed.known);
    if (!saved) return saved.error();
    followed.saved = (*mark)->seq;
    report_(runtime::Level::info, "checkpoint.saved",
            {{"task", task},
             {"seq", followed.saved},
             {"bytes", saved->bytes},
             {"bytes_new", saved->bytes_new},
             {"ms", millis_since(began)}});
  } catch (const state::StoreFailure& failure) {
    return Error{Remedy::stop, failure.what()};
  }
  return store_.prune(task, options_.keep);
}

}  // namespace due::checkpoint
