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
  // Calls `what` once, somewhere in the second half.
  void once(Fault fault, void (Chaos::*what)());
  std::size_t any_slot() { return dice_.below(fleet_.size()); }
  // Every worker is put down; after a while, `meanwhile` happened, they start again.
  void with_all_down(Micros time, const std::function<void()>& meanwhile);

  void crash();
  void freeze();
  void scale();
  void pause_broker();
  void hijack();
  void jump_clock();
  void drift();
  void flip_bit();
  void lower_limit();
  void expire_offsets();
  void move_starts();
  void move_starts_too_far();
  void recreate_topic();
  void ask_again();
  bool every_task_began();
  void move_start(const log::TopicPartition& input, std::int64_t to);

  World& world_;
  Network& network_;
  Fleet& fleet_;
  Dice dice_;
};

}  // namespace due::sim
