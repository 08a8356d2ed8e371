// tests/simulator/client/lane.h
// A worker's second job as a strand of its process.
#pragma once

#include <functional>
#include <memory>

#include "stream/runtime/persist/lane.h"
#include "tests/simulator/world/node.h"

namespace due::sim {

class StrandLane final : public runtime::Lane {
 public:
  explicit StrandLane(Node& node) : node_(node) {}
  ~StrandLane() override { join(); }
  void start(std::function<void()> job) override { strand_ = &node_.world.spawn(node_.process, std::move(job)); }
  void wait() override {
    join();
    node_.pass(0);  // where the job has died, so has whoever waited for it
  }

 private:
  void join() {
    if (strand_ != nullptr) node_.world.scheduler().join(*strand_);
    strand_ = nullptr;
  }

  Node& node_;
  Strand* strand_ = nullptr;
};

}  // namespace due::sim
