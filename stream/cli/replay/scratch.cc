#include "stream/cli/replay/scratch.h"

#include <stdlib.h>

#include <filesystem>

#include "stream/checkpoint/store.h"

namespace due::cli {
namespace {

namespace fs = std::filesystem;

Result<std::string> make_directory(const std::string& named) {
  std::error_code error;
  if (named.empty()) {
    std::string path = fs::temp_directory_path(error).string() + "/duestream-replay.XXXXXX";
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

Result<Scratch> Scratch::open(Wire& wire, Options options) {
  auto directory = make_directory(options.directory);
  if (!directory) return directory.error();
  options.directory = *directory;
  auto rows = wire.open_state({options.directory, options.memory_bytes, {}}, options.owner,
                              runtime::Report(runtime::Level::error, [](auto...) {}));
  if (!rows) return rows.error();
  return Scratch(std::move(options), std::move(*rows));
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
