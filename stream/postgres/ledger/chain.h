// stream/postgres/ledger/chain.h
// Hash chains over rows: link(n) = SHA-256(link(n-1) ‖ tuple(n)), link(0) = SHA-256("duestream ledger chain 1\n" topic "/" partition
// "/" task). docs/formats/ledger-chain.md is the published definition.
//
//   Shape    one chain per (topic, partition, task); of an input topic per partition, with an empty task
//   Threads  a ChainHash belongs to one thread
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace due::postgres {

using Link = std::array<unsigned char, 32>;

inline constexpr std::int64_t rows_per_seal = 4096;

Link sha256(std::string_view bytes);
std::string hex(const Link& link);
Link link_of(std::string_view hex);

Link first_link(std::string_view topic, std::int32_t partition, std::string_view task);

class ChainHash {
 public:
  ChainHash();
  ~ChainHash();
  ChainHash(const ChainHash&) = delete;
  ChainHash& operator=(const ChainHash&) = delete;
  void extend(Link& link, std::string_view tuple);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace due::postgres
