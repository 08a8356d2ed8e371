// tests/simulator/oracle/origin.h
// Where an input record lies.
#pragma once

#include <cstdint>
#include <string>

namespace due::oracle {

struct Origin {
  std::string topic;
  int partition = 0;
  std::int64_t offset = 0;
  auto operator<=>(const Origin&) const = default;
};

inline std::string text(const Origin& o) { return o.topic + "/" + std::to_string(o.partition) + "/" + std::to_string(o.offset); }

}  // namespace due::oracle
