// stream/log/batch_bytes.h
// The size of a record as Kafka compares it with max.message.bytes: a batch of this record alone, uncompressed.
//
//   Source   Kafka's record batch, magic 2
//   Units    bytes
//   Errors   none
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "schemas/base/header_view.h"

namespace due::log {

inline std::int64_t batch_bytes(std::optional<std::string_view> key, std::optional<std::string_view> value,
                                std::span<const HeaderView> headers) {
  constexpr std::int64_t batch_head = 61, fixed = 3;  // attributes and two deltas of zero, one byte each
  const auto with_length = [](std::size_t size) {     // behind its length, a zig-zag varint
    std::int64_t bytes = 1;
    for (std::uint64_t v = static_cast<std::uint64_t>(size) << 1; v >= 0x80; v >>= 7) ++bytes;
    return bytes + static_cast<std::int64_t>(size);
  };
  const auto count_bytes = with_length(headers.size()) - static_cast<std::int64_t>(headers.size());
  std::int64_t body = fixed + with_length(key ? key->size() : 0) + with_length(value ? value->size() : 0) + count_bytes;
  for (const HeaderView& h : headers) body += with_length(h.name.size()) + with_length(h.value.size());
  return batch_head + with_length(static_cast<std::size_t>(body));
}

}  // namespace due::log
