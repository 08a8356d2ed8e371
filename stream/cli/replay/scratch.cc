#include "stream/cli/replay/scratch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "stream/checkpoint/store.h"

namespace due::cli {
namespace {

namespace fs = std::filesystem;

constexpr char beginning[] = "duestream-replay.";  // of the folders' names
constexpr char lock_name[] = "/lock";

// Whoever made it was killed or interrupted: the lock, which ends with a process however it ends, is free. A folder without one is to be
// kept, or is being made.
void remove_what_the_dead_left(const fs::path& place) {
  std::error_code ignored;
  for (fs::directory_iterator at(place, ignored), end; at != end; at.increment(ignored)) {
    if (ignored) return;
    if (!at->path().filename().string().starts_with(beginning)) continue;
    const FolderLock lock(::open((at->path().string() + lock_name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (lock.take()) fs::remove_all(at->path(), ignored);
  }
}

// The lock gets its name when it is held: nobody ever finds it free while the folder is in use. Without one nothing is removed.
FolderLock hold(const std::string& directory) {
  const std::string fresh = directory + lock_name + ".new";
  FolderLock lock(::open(fresh.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.take()) (void)std::rename(fresh.c_str(), (directory + lock_name).c_str());
  return lock;
}

Result<std::string> make_directory(const std::string& named) {
  std::error_code error;
  if (named.empty()) {
    const fs::path place = fs::temp_directory_path(error);
    std::string path = place.string() + "/" + beginning + "XXXXXX";
    if (!error) remove_what_the_dead_left(place);
    if (error || mkdtemp(path.data()) == nullptr)
      return Error{Remedy::stop, "no folder for the state can be made at " + path + "; name one with --work, or set TMPDIR"};
    return path;
  }
  if (fs::exists(named, error) && !fs::is_empty(named, error))
    return Error{Remedy::stop, "--work " + named + " is not empty: it would be removed in the end; name a folder that does not exist yet"};
  fs::create_directories(named, error);
  if (error) return Error{Remedy::stop, "--work " + named + " cannot be created: " + error.message()};
  return named;
}

}  // namespace

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool FolderLock::take() const { return descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

Result<Scratch> Scratch::open(Wire& wire, Options options) {
  const bool ours = options.directory.empty();
  auto directory = make_directory(options.directory);
  if (!directory) return directory.error();
  options.directory = *directory;
  FolderLock lock = ours && !options.keep ? hold(*directory) : FolderLock(-1);
  auto rows = wire.open_state({options.directory, options.memory_bytes / 2, {}}, options.owner,
                              runtime::Report(runtime::Level::error, [](auto...) {}));
  Scratch scratch(std::move(options), std::move(lock));
  if (!rows) return rows.error();
  scratch.rows_ = std::move(*rows);
  return scratch;
}

Scratch::~Scratch() {
  rows_.reset();
  std::error_code ignored;  // there is nobody to tell, and nothing is lost
  if (!options_.directory.empty() && !options_.keep) fs::remove_all(options_.directory, ignored);
}

void Scratch::forget(const std::string& task) const {
  std::error_code ignored;
  if (!options_.keep) fs::remove_all(options_.directory + "/" + task, ignored);
}

Status Scratch::begin_with_checkpoint(const std::string& checkpoints, const std::string& task,
                                      std::optional<std::int64_t> at_or_before) const {
  const checkpoint::Store store(checkpoints);
  std::string why;
  for (const std::int64_t seq : store.sequences(task)) {
    if (at_or_before && seq > *at_or_before) continue;
    auto manifest = store.read(task, seq);
    const Status fetched = manifest ? store.fetch(*manifest, options_.directory + "/" + task) : Status(manifest.error());
    if (fetched) return fetched;
    if (why.empty()) why = ": " + fetched.error().what;
  }
  return Error{Remedy::stop, checkpoints + " holds no whole checkpoint of task " + task +
                                 (at_or_before ? " at or before batch " + std::to_string(*at_or_before) : "") + why +
                                 "; `duestream checkpoints` lists them, --from beginning needs none"};
}

}  // namespace due::cli
