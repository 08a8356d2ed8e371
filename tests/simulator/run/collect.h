// tests/simulator/run/collect.h
// The evidence of a run: every frame as the broker stores it.
#pragma once

#include "tests/simulator/oracle/evidence.h"
#include "tests/simulator/world/world.h"

namespace due::sim {

oracle::Evidence collect(World& world, const std::vector<oracle::Posted>& posted);
std::vector<oracle::Entry> collect_partition(World& world, const log::TopicPartition& partition);
std::int64_t records_stored(World& world);

}  // namespace due::sim
