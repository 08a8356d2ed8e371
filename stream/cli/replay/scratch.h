// stream/cli/replay/scratch.h
// A state of one's own to fold into: a folder that goes again, with a task's rows in it, which begin empty or with a checkpoint. What a
// process left that was interrupted or killed, the next one removes.
//
//   Errors   stop: the folder cannot be made or is somebody's already; no checkpoint is far enough back, or none is whole
//   Threads  the caller's
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "stream/cli/wire.h"

namespace due::cli {

// The descriptor of a file that is locked while its folder is in use; the lock ends with the process, however that ends.
class FolderLock {
 public:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}  // -1: none
  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();
  bool take() const;  // false: it is another's, or there is no file

 private:
  int descriptor_;
};

class Scratch {
 public:
  struct Options {
    std::string directory;  // empty: a new one below TMPDIR, or /tmp
    bool keep = false;
    std::size_t memory_bytes = 256U << 20;
    StateOwner owner;
  };
  static Result<Scratch> open(Wire& wire, Options options);
  ~Scratch();
  Scratch(Scratch&& other) noexcept : options_(std::move(other.options_)), rows_(std::move(other.rows_)), lock_(std::move(other.lock_)) {
    other.options_.directory.clear();
  }
  Scratch& operator=(Scratch&&) = delete;

  // The rows of `task` will begin with its newest checkpoint, or the newest at or before a batch.
  Status begin_with_checkpoint(const std::string& checkpoints, const std::string& task, std::optional<std::int64_t> at_or_before) const;
  Result<std::unique_ptr<state::RowStore>> rows(const std::string& task) { return rows_->open(task); }
  void forget(const std::string& task) const;  // its rows, which are closed; unless they are to be kept
  const std::string& directory() const { return options_.directory; }

 private:
  Scratch(Options options, FolderLock lock) : options_(std::move(options)), lock_(std::move(lock)) {}
  Options options_;
  std::unique_ptr<RowsFactory> rows_;
  FolderLock lock_;  // none: the folder is somebody's, or is kept
};

}  // namespace due::cli
