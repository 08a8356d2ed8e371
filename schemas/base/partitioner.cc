#include "schemas/base/partitioner.h"

#include <cstring>

namespace due {

std::uint32_t murmur2(std::string_view key) {
  constexpr std::uint32_t m = 0x5bd1e995;
  const auto* data = reinterpret_cast<const unsigned char*>(key.data());
  std::size_t left = key.size();
  std::uint32_t h = 0x9747b28cU ^ static_cast<std::uint32_t>(left);
  while (left >= 4) {
    std::uint32_t k = 0;
    std::memcpy(&k, data, 4);  // Kafka reads little-endian; so is every machine that we build for
    k *= m;
    k ^= k >> 24;
    k *= m;
    h *= m;
    h ^= k;
    data += 4;
    left -= 4;
  }
  if (left == 3) h ^= static_cast<std::uint32_t>(data[2]) << 16;
  if (left >= 2) h ^= static_cast<std::uint32_t>(data[1]) << 8;
  if (left >= 1) {
    h ^= data[0];
    h *= m;
  }
  h ^= h >> 13;
  h *= m;
  h ^= h >> 15;
  return h;
}

}  // namespace due
