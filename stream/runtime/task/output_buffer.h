// stream/runtime/task/output_buffer.h
// The outputs of one batch, in memory that does not move until the batch is committed or dropped.
//
//   Threads  owned by one task; read by the committer once sealed
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "stream/log/log.h"

namespace due::runtime {

// Grows by chunks; what it handed out stays where it is.
class Arena {
 public:
  std::string_view copy(std::string_view s) {
    char* to = take(s.size());
    std::memcpy(to, s.data(), s.size());
    return {to, s.size()};
  }
  template <class T>
  std::span<T> array(std::size_t n) {
    const std::size_t misfit = (alignof(T) - reinterpret_cast<std::uintptr_t>(at_) % alignof(T)) % alignof(T);
    char* raw = take(n * sizeof(T) + misfit + alignof(T));
    const std::size_t shift = (alignof(T) - reinterpret_cast<std::uintptr_t>(raw) % alignof(T)) % alignof(T);
    return {new (raw + shift) T[n], n};
  }
  std::size_t bytes() const { return bytes_; }
  char* take(std::size_t n) {
    if (n > left_) {
      const std::size_t size = n > chunk ? n : chunk;
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
      at_ = chunks_.back().get();
      left_ = size;
      bytes_ += size;
    }
    char* r = at_;
    at_ += n;
    left_ -= n;
    return r;
  }

 private:
  static constexpr std::size_t chunk = 256U << 10;
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* at_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
};

struct OutputBuffer {
  Arena arena;
  std::vector<log::OutputRecord> records;
};

}  // namespace due::runtime
