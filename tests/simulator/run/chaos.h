// tests/simulator/run/chaos.h
// Lets happen what the plan allows, at times of its own.
#pragma once

#include "tests/simulator/run/fleet.h"

namespace due::sim {

class Chaos {
 public:
  Chaos(World& world, Network& network, Fleet& fleet)
      : world_(world), network_(network), fleet_(fleet), dice_(world.plan().seed, "chaos") {}
  void start();

 private:
  // Calls `what` now and then, until the faults end.
  void now_and_then(Fault fault, Micros usual, void (Chaos::*what)());
  std::size_t any_slot() { return dice_.below(fleet_.size()); }
  void crash();
  void freeze();
  void scale();
  void pause_broker();
  void hijack();
  void jump_clock();
  void drift();

  World& world_;
  Network& network_;
  Fleet& fleet_;
  Dice dice_;
};

}  // namespace due::sim
