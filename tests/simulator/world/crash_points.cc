#include "tests/simulator/world/crash_points.h"

#include <array>
#include <span>

#include "schemas/simulated/plant.h"
#include "tests/simulator/world/world.h"

namespace due::sim {
namespace {

// Where processes come so often that the usual chance would leave nothing else, and where they come so seldom that they must die.
struct Chance {
  std::string_view point;
  double chance;
};
constexpr double usual = 0.01;
constexpr Chance chances[] = {
    {"feed.delivered", 0.0008},
    {"compute.stepped", 0.0008},
    {"client.producing", 0.0008},
    {"recovery.record", 0.004},
    {"recovery.folded", 0.002},
    {"standby.begun", 0.02},
    {"standby.folded", 0.006},
    {"standby.promoted", 0.5},
    {"launch.sealed", 0.002},
    {"launch.sent", 0.002},
    {"commit.sent", 0.002},
    {"commit.clean", 0.002},
    {"outcome.known", 0.002},
    {"outcome.applied", 0.002},
    {"client.partitions-named", 0.002},
    {"client.group-named", 0.002},
    {"client.positions-sent", 0.002},
    {"client.produced", 0.002},
    {"client.ended", 0.002},
    {"worker.opened", 0.01},
    {"worker.joined", 0.005},
    {"group.told", 0.005},
    {"group.acknowledged", 0.01},
    {"task.made", 0.005},
    {"task.live", 0.005},
    {"recovery.opened", 0.005},
    {"recovery.searched", 0.005},
    {"recovery.bounded", 0.005},
    {"recovery.settled", 0.005},
    {"recovery.agreed", 0.005},
    {"client.id-opened", 0.005},
    {"clock.asked", 0.02},
    {"persist.collected", 0.02},
    {"outcome.again", 0.05},
    {"doubt.known", 0.05},
    {"doubt.fenced", 0.05},
    {"doubt.answered", 0.05},
    {"recovery.fenced", 0.05},
    {"tick.idle", 1},
    {"revoke.persisted", 0.05},
    {"revoke.released", 0.06},
    {"release.settled", 0.04},
    {"release.sent", 1},
    {"settle.begun", 0.6},
    {"stop.begun", 0.2},
    {"stop.sent", 1},
    {"stop.committed", 0.3},
    {"stop.persisted", 0.3},
    {"stop.sealed", 0.3},
    {"lost.settled", 0.4},
    {"lost.dropped", 1},
    {"outcome.gone", 1},
};
constexpr double usual_standing = 0.0003;
constexpr Chance standing[] = {
    {"persist.boundary", 0.01},
    {"recovery.bounded", 0.05},
    {"recovery.settled", 0.01},
};

std::array<double, point_count> by_point(double usual_chance, std::span<const Chance> others) {
  std::array<double, point_count> all;
  all.fill(usual_chance);
  for (const Chance& c : others)
    for (std::size_t i = 0; i < point_count; ++i)
      if (point_name(i) == c.point) all[i] = c.chance;
  return all;
}

}  // namespace

double chance_of_death(std::size_t point) {
  static const auto all = by_point(usual, chances);
  return all[point];
}

double chance_of_standing_still(std::size_t point) {
  static const auto all = by_point(usual_standing, standing);
  return all[point];
}

}  // namespace due::sim

namespace due {

void crash_point(CrashPoint at) {
  if (sim::World* world = sim::World::at_work()) world->reach(at.index);
}

bool planted(Plant bug) {
  const sim::World* world = sim::World::at_work();
  return world != nullptr && world->plan().plant == bug.index;
}

}  // namespace due
