#include <algorithm>
#include <cstring>

#include "stream/log/embedded/store/store.h"

namespace due::log::embedded::store {
namespace {

constexpr std::size_t chunk_bytes_min = 16 * 1024;
constexpr std::size_t chunk_bytes_max = 4 * 1024 * 1024;

std::size_t first_frame_bytes(std::string_view frames) {
  std::uint32_t size = 0;
  std::memcpy(&size, frames.data(), sizeof size);
  return size;
}

// As many whole frames as fit into `room`.
std::size_t fitting_bytes(std::string_view frames, std::size_t room) {
  if (frames.size() <= room) return frames.size();
  std::size_t fit = 0;
  while (fit < frames.size()) {
    const std::size_t next = first_frame_bytes(frames.substr(fit));
    if (fit + next > room) break;
    fit += next;
  }
  return fit;
}

}  // namespace

void MemoryStore::grow(std::size_t needed) {
  const std::size_t doubled = chunks_.empty() ? chunk_bytes_min : std::min(chunk_bytes_max, 2 * chunks_.back().capacity);
  const std::size_t capacity = std::max(doubled, needed);
  chunks_.push_back({size_, 0, capacity, std::shared_ptr<char[]>{new char[capacity]}});
}

Status MemoryStore::append(std::string_view frames) {
  const std::lock_guard lock{mutex_};
  while (!frames.empty()) {
    if (chunks_.empty()) grow(first_frame_bytes(frames));
    Chunk& last = chunks_.back();
    const std::size_t fit = fitting_bytes(frames, last.capacity - last.used);
    if (fit == 0) {
      grow(first_frame_bytes(frames));
      continue;
    }
    std::memcpy(last.bytes.get() + last.used, frames.data(), fit);
    last.used += fit;
    size_ += static_cast<std::int64_t>(fit);
    frames.remove_prefix(fit);
  }
  return Done{};
}

Result<Block> MemoryStore::read(std::int64_t position, std::int64_t end) const {
  const std::lock_guard lock{mutex_};
  const auto behind = std::upper_bound(chunks_.begin(), chunks_.end(), position,
                                       [](std::int64_t p, const Chunk& c) { return p < c.from; });
  if (behind == chunks_.begin() || position >= end) return Block{};
  const Chunk& chunk = *std::prev(behind);
  const auto from = static_cast<std::size_t>(position - chunk.from);
  const auto until = std::min(chunk.used, static_cast<std::size_t>(end - chunk.from));
  return Block{chunk.bytes, {chunk.bytes.get() + from, until - from}};
}

std::int64_t MemoryStore::size() const {
  const std::lock_guard lock{mutex_};
  return size_;
}

}  // namespace due::log::embedded::store
