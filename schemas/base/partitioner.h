// schemas/base/partitioner.h
// Kafka's default partitioner: murmur2 of the key, sign bit off, modulo the number of partitions.
//
//   Source   org.apache.kafka.clients.producer.internals.BuiltInPartitioner; librdkafka's murmur2 agrees
#pragma once

#include <cstdint>
#include <string_view>

namespace due {

std::uint32_t murmur2(std::string_view key);

inline std::int32_t partition_of(std::string_view key, std::int32_t partitions) {
  return static_cast<std::int32_t>((murmur2(key) & 0x7fffffffU) % static_cast<std::uint32_t>(partitions));
}

}  // namespace due
