// tests/simulator/engine/dice.h
// Seeded random numbers, the same on every machine: splitmix64 to seed, xoshiro256** to draw.
//
//   Shape    one stream per component, derived from the run's seed and a name: drawing more in one moves nothing in another
//   Units    intervals are closed at both ends, except below(n): [0, n)
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace due::sim {

inline std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed, std::string_view stream = {}) {
    for (const char c : stream) seed = mixed(seed ^ static_cast<unsigned char>(c));
    for (std::uint64_t& s : state_) s = seed = mixed(seed);
  }
  std::uint64_t draw() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  std::uint64_t below(std::uint64_t n) { return draw() % n; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  bool chance(double p) { return static_cast<double>(draw() >> 11) * 0x1.0p-53 < p; }
  // Small values as likely as large ones: each power of two between the ends is.
  std::int64_t spread(std::int64_t low, std::int64_t high) {
    int steps = 0;
    while (low << (steps + 1) <= high) ++steps;
    const std::int64_t from = low << below(static_cast<std::uint64_t>(steps) + 1);
    return between(from, from * 2 < high ? from * 2 : high);
  }
  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items[below(items.size())];
  }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace due::sim
