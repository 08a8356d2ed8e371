// tests/simulator/world/crash_points.h
// The named moments at which a process may die: those of the program's sources, and those of what stands in for its libraries.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "schemas/simulated/crash_point.h"

namespace due::sim {

inline constexpr std::array<std::string_view, 9> client_points = {
    "client.id-opened",         // the id's new epoch is known
    "client.partitions-named",  // AddPartitionsToTxn is answered
    "client.producing",         // some records are sent, some are not
    "client.group-named",       // AddOffsetsToTxn is answered
    "client.positions-sent",    // TxnOffsetCommit is answered
    "client.produced",          // every record is stored
    "client.ended",             // EndTxn is answered
    "disk.batch-written",       // and not flushed
    "disk.batch-flushed",       //
};
inline constexpr std::size_t point_count = crash_points.size() + client_points.size();

constexpr std::string_view point_name(std::size_t index) {
  return index < crash_points.size() ? crash_points[index] : client_points[index - crash_points.size()];
}

// A name of the second list.
struct ClientPoint {
  std::size_t index;
  consteval ClientPoint(const char* name) : index(place_of(name)) {}
  static constexpr std::size_t place_of(std::string_view name) {
    for (std::size_t i = 0; i < client_points.size(); ++i)
      if (client_points[i] == name) return crash_points.size() + i;
    return CrashPoint::unknown(name);
  }
};

// How likely a process is to die each time it comes to a point: seldom where it comes often, so that every point has its deaths.
double chance_of_death(std::size_t point);
// ... and to stand still there, which matters most where something was read that others may change meanwhile.
double chance_of_standing_still(std::size_t point);

struct PointCounts {
  std::vector<std::int64_t> reached = std::vector<std::int64_t>(point_count), died = std::vector<std::int64_t>(point_count);
  void add(const PointCounts& other) {
    for (std::size_t i = 0; i < point_count; ++i) {
      reached[i] += other.reached[i];
      died[i] += other.died[i];
    }
  }
};

}  // namespace due::sim
