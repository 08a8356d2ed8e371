// tests/simulator/oracle/chronicle_text.h
// The chronicle's record as docs/formats/chronicle.md writes it, read once more and apart from stream/runtime.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace due::oracle {

struct ChronicleRun {
  bool tick = false;
  std::size_t input = 0;
  std::int64_t first = 0, last = 0, count = 0;
  std::int64_t time = 0, wall = 0;  // of a tick
};

struct ChronicleOutputs {
  std::size_t topic = 0;
  int partition = 0;
  std::int64_t first = 0, count = 0;
};

struct ChronicleEntry {
  std::int64_t seq = -1, time = 0;
  std::string previous;  // 16 bytes
  bool genesis = false;
  std::vector<std::int64_t> starts;  // of a genesis: where each input begins
  std::vector<std::int64_t> positions;
  std::vector<ChronicleRun> runs;
  std::vector<ChronicleOutputs> outputs;
  std::string transactional_id;
};

std::optional<ChronicleEntry> read_chronicle(std::string_view bytes);  // nullopt: not of that form
std::string hash_of(std::string_view bytes);                           // XXH3-128, 16 bytes, big-endian
std::string hex(std::string_view bytes);

}  // namespace due::oracle
