// tests/simulator/world/node.h
// One incarnation of a process on its machine: its clock, its luck, and the log as it reaches it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tests/simulator/world/network.h"
#include "tests/simulator/world/world.h"

namespace due::sim {

// What a machine's clock shows. Outlives the processes on it.
struct MachineClock {
  std::int64_t wall_offset = 0;   // micros
  std::int64_t drift_ppm = 0;
};

class NodeTime final : public log::Time {
 public:
  NodeTime(World& world, const MachineClock& clock, Dice& dice) : world_(world), clock_(clock), dice_(dice) {}
  EventTime wall() override {
    look();
    return {wall_start + world_.now() + clock_.wall_offset + world_.now() / 1'000'000 * clock_.drift_ppm};
  }
  // Reading a clock takes a moment, in which others may run.
  std::chrono::microseconds monotonic() override {
    look();
    return std::chrono::microseconds(world_.now());
  }
  void sleep(log::Duration duration) override { world_.scheduler().pass(duration.count() * millis); }

 private:
  void look() {
    if (world_.scheduler().inside()) world_.scheduler().pass(static_cast<Micros>(dice_.below(3)));
  }
  World& world_;
  const MachineClock& clock_;
  Dice& dice_;
};

struct Node {
  Node(World& w, Network& n, Process& p, const MachineClock& clock)
      : world(w), network(n), process(p), dice(w.plan().seed, p.name()), time(w, clock, dice) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void pass(Micros time_spent) { world.scheduler().pass(time_spent); }
  void reach(ClientPoint point) { world.reach(point.index); }
  void tell(const std::string& what) { world.tell(process.name(), what); }

  World& world;
  Network& network;
  Process& process;
  Dice dice;
  NodeTime time;
  std::map<log::TopicPartition, std::string> doubtful;  // the positions of its last transaction, if that was doubtful
};

}  // namespace due::sim
