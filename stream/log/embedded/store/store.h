// stream/log/embedded/store/store.h
// Bytes that only grow at their end: chunks in memory, or one file. Frames are never split between two blocks.
//
//   Units    positions are bytes from the beginning, [0, size)
//   Errors   Remedy::stop with the system's words and the path
//   Threads  read() may be called while another thread appends; appends are the caller's to order
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/base/result.h"
#include "stream/log/embedded/store/frame.h"

namespace due::log::embedded::store {

// Bytes that stay where they are while `owner` lives.
struct Block {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

class Store {
 public:
  virtual ~Store() = default;
  virtual Status append(std::string_view frames) = 0;  // whole frames
  // What lies at `position`, where a frame begins: at least that frame, at most the bytes before `end`.
  virtual Result<Block> read(std::int64_t position, std::int64_t end) const = 0;
  virtual std::int64_t size() const = 0;
  virtual bool checked() const = 0;  // frames carry a check, to be compared when they are read
  virtual Status sync() = 0;
};

class MemoryStore final : public Store {
 public:
  Status append(std::string_view frames) override;
  Result<Block> read(std::int64_t position, std::int64_t end) const override;
  std::int64_t size() const override;
  bool checked() const override { return false; }
  Status sync() override { return Done{}; }

 private:
  struct Chunk {
    std::int64_t from;
    std::size_t used, capacity;
    std::shared_ptr<char[]> bytes;
  };
  void grow(std::size_t needed);

  mutable std::mutex mutex_;  // guards everything below
  std::vector<Chunk> chunks_;
  std::int64_t size_ = 0;
};

enum class Access { read_write, read_only };

// A file descriptor and who closes it.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File();
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

class FileStore final : public Store {
 public:
  // Read-only: an absent file is an empty one.
  static Result<std::unique_ptr<FileStore>> open(const std::string& path, Access access);
  Status append(std::string_view frames) override;
  Result<Block> read(std::int64_t position, std::int64_t end) const override;
  std::int64_t size() const override { return size_; }
  bool checked() const override { return true; }
  Status sync() override;
  // Forgets what lies at and behind `size`; a read-only file is left as it is.
  Status cut(std::int64_t size);
  const std::string& path() const { return path_; }

 private:
  FileStore(std::string path, File file, Access access, std::int64_t size)
      : path_(std::move(path)), file_(std::move(file)), access_(access), size_(size) {}

  std::string path_;
  File file_;
  Access access_;
  std::int64_t size_;
};

// Reads every frame of a file, and cuts off a torn last one. A bad frame with good ones behind it is corruption: an error.
Status scan(FileStore& file, const std::function<Status(const Frame&, std::int64_t position)>& on_frame);

// "what path: the system's words" as an error, from errno.
Error system_error(const std::string& what, const std::string& path);

}  // namespace due::log::embedded::store
