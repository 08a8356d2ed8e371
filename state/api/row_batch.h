// state/api/row_batch.h
// Rows that become readable and durable together: collected in memory, findable there, then handed to a RowStore.
//
//   Shape    each key at most once, with its newest value or as erased; memory does not move
//   Units    bytes() counts everything the batch holds
//   Clock    none
//   Threads  filled by one thread; once filled, any number may read
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "schemas/base/hash.h"

namespace due::state {

class RowBatch {
 public:
  struct Row {
    const char* at = nullptr;  // the key, the value behind it
    std::uint64_t hash = 0;    // of the key
    std::uint32_t value_size = 0;
    std::uint8_t key_size = 0;
    bool erased = false;
    std::string_view key() const { return {at, key_size}; }
    std::string_view value() const { return {at + key_size, value_size}; }
  };

  // `hash` is hash64 of the key. Keys have at most 255 bytes.
  void put(std::string_view key, std::uint64_t hash, std::string_view value) { set(key, hash, value, false); }
  void erase(std::string_view key, std::uint64_t hash) { set(key, hash, {}, true); }
  void put(std::string_view key, std::string_view value) { put(key, hash64(key), value); }
  void erase(std::string_view key) { erase(key, hash64(key)); }

  const Row* find(std::string_view key, std::uint64_t hash) const {  // null: the batch says nothing of that key
    const std::uint32_t at = slots_.empty() ? 0 : slots_[slot_of(key, hash)];
    return at == 0 ? nullptr : &rows_[at - 1];
  }
  std::span<const Row> rows() const { return rows_; }
  std::size_t bytes() const { return bytes_ + rows_.capacity() * sizeof(Row) + slots_.capacity() * sizeof(std::uint32_t); }

 private:
  static constexpr std::size_t chunk = 256U << 10;

  std::size_t slot_of(std::string_view key, std::uint64_t hash) const {  // that holds the key, or a free one
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = hash & mask;
    while (slots_[i] != 0) {
      const Row& row = rows_[slots_[i] - 1];
      if (row.hash == hash && row.key() == key) break;
      i = (i + 1) & mask;
    }
    return i;
  }
  void set(std::string_view key, std::uint64_t hash, std::string_view value, bool erased) {
    if ((rows_.size() + 1) * 2 > slots_.size()) grow();
    const std::size_t slot = slot_of(key, hash);
    if (slots_[slot] == 0) {
      rows_.emplace_back();
      slots_[slot] = static_cast<std::uint32_t>(rows_.size());
    }
    char* const at = take(key.size() + value.size());
    std::memcpy(at, key.data(), key.size());
    if (!value.empty()) std::memcpy(at + key.size(), value.data(), value.size());
    rows_[slots_[slot] - 1] = {at, hash, static_cast<std::uint32_t>(value.size()), static_cast<std::uint8_t>(key.size()), erased};
  }
  void grow() {
    const std::size_t size = std::max<std::size_t>(256, slots_.size() * 2);
    std::vector<std::uint32_t> old(size, 0);
    old.swap(slots_);
    for (const std::uint32_t at : old) {
      if (at == 0) continue;
      std::size_t i = rows_[at - 1].hash & (size - 1);
      while (slots_[i] != 0) i = (i + 1) & (size - 1);
      slots_[i] = at;
    }
  }
  char* take(std::size_t n) {
    if (n > left_) {
      left_ = std::max(chunk, n);
      at_ = chunks_.emplace_back(std::make_unique_for_overwrite<char[]>(left_)).get();
      bytes_ += left_;
    }
    char* const r = at_;
    at_ += n;
    left_ -= n;
    return r;
  }

  std::vector<Row> rows_;              // in order of first mention
  std::vector<std::uint32_t> slots_;  // open addressing, linear probing, at most half full: index into rows_ plus one, 0: free
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* at_ = nullptr;
  std::size_t left_ = 0, bytes_ = 0;
};

}  // namespace due::state
