#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "stream/log/embedded/store/store.h"

namespace due::log::embedded::store {
namespace {

constexpr std::int64_t block_bytes = 256 * 1024;
// Above what one write leaves torn; a longer stretch without a good frame is corruption.
constexpr std::int64_t torn_bytes_max = 64 * 1024 * 1024;

Result<std::size_t> read_fully(int descriptor, char* into, std::size_t size, std::int64_t position, const std::string& path) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::pread(descriptor, into + got, size - got, position + static_cast<std::int64_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("reading", path);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

// Where a good frame lies, if one does: at 0 it is one that does not belong here, behind it one with a later offset.
std::optional<std::size_t> later_frame(std::string_view bytes, std::int64_t expected) {
  Frame frame;
  const auto offsets = static_cast<std::int64_t>(bytes.size() / sizeof(FrameHead) + 1);
  for (std::size_t at = 0; at + sizeof(FrameHead) <= bytes.size(); ++at) {
    std::int64_t offset = 0;  // compared first: a check costs a hash over what may be any number of bytes
    std::memcpy(&offset, bytes.data() + at + offsetof(FrameHead, offset), sizeof offset);
    if (at > 0 && (offset <= expected || offset > expected + offsets)) continue;
    if (split_frame(bytes.substr(at), true, frame) == FrameState::whole) return at;
  }
  return std::nullopt;
}

// Nothing good begins at `position`: cut there if it is a torn tail.
Status end_scan(FileStore& file, std::int64_t position, std::int64_t expected) {
  const std::int64_t left = file.size() - position;
  const std::string where = file.path() + " at byte " + std::to_string(position) + " (offset " + std::to_string(expected) + ")";
  if (left > torn_bytes_max) {
    return Error{Remedy::stop, where + " is corrupt: " + std::to_string(left) + " bytes behind it are unreadable; restore a copy"};
  }
  std::string tail(static_cast<std::size_t>(left), '\0');
  for (std::size_t got = 0; got < tail.size();) {
    auto block = file.read(position + static_cast<std::int64_t>(got), file.size());
    if (!block) return block.error();
    if (block->bytes.empty()) break;
    std::memcpy(tail.data() + got, block->bytes.data(), block->bytes.size());
    got += block->bytes.size();
  }
  if (const auto good = later_frame(tail, expected)) {
    return Error{Remedy::stop, where + " is corrupt, for a good record follows " + std::to_string(*good) +
                                   " bytes behind it; restore the directory from a copy"};
  }
  return file.cut(position);
}

}  // namespace

Error system_error(const std::string& what, const std::string& path) {
  return {Remedy::stop, what + " " + path + ": " + std::strerror(errno)};
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::unique_ptr<FileStore>> FileStore::open(const std::string& path, Access access) {
  const int flags = access == Access::read_only ? O_RDONLY : O_RDWR | O_CREAT;
  File file{::open(path.c_str(), flags | O_CLOEXEC, 0644)};
  if (file.get() < 0 && access == Access::read_only && errno == ENOENT) {
    return std::unique_ptr<FileStore>{new FileStore{path, std::move(file), access, 0}};
  }
  if (file.get() < 0) return system_error("opening", path);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return system_error("measuring", path);
  return std::unique_ptr<FileStore>{new FileStore{path, std::move(file), access, facts.st_size}};
}

Status FileStore::append(std::string_view frames) {
  check(access_ == Access::read_write, "append to a file that was opened for reading");
  std::size_t done = 0;
  while (done < frames.size()) {
    const ssize_t n = ::pwrite(file_.get(), frames.data() + done, frames.size() - done, size_ + static_cast<std::int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("writing", path_);
    done += static_cast<std::size_t>(n);
  }
  size_ += static_cast<std::int64_t>(done);
  return Done{};
}

Result<Block> FileStore::read(std::int64_t position, std::int64_t end) const {
  if (position >= end) return Block{};
  auto wanted = static_cast<std::size_t>(std::min(end - position, block_bytes));
  for (;;) {
    std::shared_ptr<char[]> bytes{new char[wanted]};
    const auto got = read_fully(file_.get(), bytes.get(), wanted, position, path_);
    if (!got) return got.error();
    std::uint32_t size = 0;
    if (*got >= sizeof size) std::memcpy(&size, bytes.get(), sizeof size);
    const auto room = static_cast<std::size_t>(end - position);
    if (size <= wanted || size > room) return Block{bytes, {bytes.get(), *got}};
    wanted = size;  // the first frame is larger than a block
  }
}

Status FileStore::sync() {
  if (::fdatasync(file_.get()) != 0) return system_error("syncing", path_);
  return Done{};
}

Status FileStore::cut(std::int64_t size) {
  if (access_ == Access::read_write && ::ftruncate(file_.get(), size) != 0) return system_error("cutting", path_);
  size_ = size;
  return Done{};
}

Status scan(FileStore& file, const std::function<Status(const Frame&, std::int64_t position)>& on_frame) {
  std::int64_t position = 0, expected = 0;
  while (position < file.size()) {
    const auto block = file.read(position, file.size());
    if (!block) return block.error();
    std::string_view left = block.value().bytes;
    Frame frame;
    while (split_frame(left, true, frame) == FrameState::whole && frame.head.offset == expected) {
      if (Status taken = on_frame(frame, position); !taken) return taken;
      left.remove_prefix(frame.head.size);
      position += frame.head.size;
      ++expected;
    }
    // A cut frame begins the next block; one that begins this block is whole there or nowhere.
    if (left.size() == block.value().bytes.size()) return end_scan(file, position, expected);
  }
  return Done{};
}

}  // namespace due::log::embedded::store
