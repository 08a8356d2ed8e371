// schemas/base/hash.h
// XXH3-128: payload hashes, chronicle chain, state digest. The only file that includes xxhash.
//
//   Shape    128 bits; as text 32 lower-case hex digits, high half first
//   Clock    none
#pragma once

// Most of what is hashed has 17 to 40 bytes: calling the shared library costs more than the hash.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace due {

struct Hash128 {
  std::uint64_t high = 0, low = 0;
  bool operator==(const Hash128&) const = default;
  bool zero() const { return high == 0 && low == 0; }
  // Additive digests: sums modulo 2^128, so that order does not matter and a row can be taken out again.
  Hash128 plus(Hash128 o) const {
    Hash128 r{high + o.high, low + o.low};
    if (r.low < low) ++r.high;
    return r;
  }
  Hash128 minus(Hash128 o) const { return {high - o.high - (low < o.low ? 1U : 0U), low - o.low}; }
  std::string hex() const {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text(32, '0');
    for (unsigned i = 0; i < 16; ++i) {
      text[15 - i] = digits[high >> (4 * i) & 15];
      text[31 - i] = digits[low >> (4 * i) & 15];
    }
    return text;
  }
};

inline Hash128 hash128(std::string_view bytes, std::uint64_t seed = 0) {
  const XXH128_hash_t h = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {h.high64, h.low64};
}
inline std::uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

// What hashing a stream of byte strings, each with its length, comes to: h = H(h, length, bytes).
class RunningHash {
 public:
  RunningHash() = default;
  explicit RunningHash(Hash128 from) : state_(from) {}
  void add(std::string_view bytes) {
    const Hash128 h = hash128(bytes, state_.low);
    const std::uint64_t mix[4] = {state_.high, h.high, h.low, bytes.size()};
    state_ = hash128({reinterpret_cast<const char*>(mix), sizeof mix});
  }
  Hash128 value() const { return state_; }

 private:
  Hash128 state_;
};

}  // namespace due
