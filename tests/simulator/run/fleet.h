// tests/simulator/run/fleet.h
// The workers of a run and whoever restarts them: a slot keeps its machine and its instance over many processes.
//
//   Errors   a worker that ends with an error which nothing in the run explains is a violation
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "stream/runtime/worker.h"
#include "tests/simulator/client/disk.h"
#include "tests/simulator/client/log.h"
#include "tests/simulator/world/node.h"

namespace due::sim {

// What a process leaves behind.
struct Machine {
  MachineClock clock;
  std::map<std::string, std::shared_ptr<Disk>> disks;  // by task
};

class Fleet {
 public:
  Fleet(World& world, Network& network);
  ~Fleet();

  void start(std::size_t slot);
  void stop(std::size_t slot);                 // in an orderly way; it stays down
  void crash(std::size_t slot);
  void put_down(std::size_t slot);             // dies, and stays down
  void freeze(std::size_t slot, Micros until);
  void replace(std::size_t slot);              // another machine takes the instance; the present process goes on by itself
  Machine& machine(std::size_t slot) { return *slots_[slot]->machine; }
  void new_machine(std::size_t slot);          // with empty disks, from its next start on
  void thaw_all();
  void end_given_up();                         // those that replace() left running die
  void start_all();                            // those that are down
  bool all_down() const;
  bool every_task_lives_once() const;          // recovered somewhere, and nowhere else
  void heal_clocks();
  int refusals() const { return refusals_; }   // ends with the words that World::expect_refusal() asks for
  std::size_t size() const { return slots_.size(); }
  const std::string& instance(std::size_t slot) const { return slots_[slot]->instance; }
  bool every_task_sealed() const;              // by orderly stops; not where one came amid a rebalance, or could not commit
  int troubled() const { return troubled_; }   // ends of any other kind
  void forget_ends() {
    sealed_ = 0;
    troubled_ = 0;
  }
  // Of each task, what its last owner has on its disk: the one whose meta row names the newest batch.
  std::map<std::string, const Disk*> newest_disks() const;

 private:
  struct Slot {
    std::string instance;
    std::shared_ptr<Machine> machine;
    int incarnation = 0;
    bool wanted = false;                        // restarted when it ends
    Node* node = nullptr;                       // of the running process
    runtime::Worker* worker = nullptr;
    std::set<std::string> live;                 // the tasks that it has recovered
  };
  void run(std::size_t slot, Node& node, const std::shared_ptr<Machine>& machine);
  void ended(std::size_t slot, Node& node, const std::shared_ptr<Machine>& machine, bool died, const std::string& why);
  runtime::WorkerOptions options(Node& node, const std::string& instance, std::shared_ptr<Machine> machine);
  void judge(const std::string& who, const std::string& why);
  runtime::Report report(Slot& slot, Node& node);
  std::vector<std::string> tasks_named(std::span<const runtime::Field> fields) const;
  void follow(Slot& slot, std::string_view event, std::span<const runtime::Field> fields);
  std::size_t tasks() const;

  World& world_;
  Network& network_;
  Dice dice_;
  topology::Description topology_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::unique_ptr<Node>> nodes_;   // of all incarnations: requests of the dead are still on their way
  std::vector<std::shared_ptr<Machine>> machines_;  // all there ever were
  std::size_t sealed_ = 0;
  int troubled_ = 0, refusals_ = 0;
};

}  // namespace due::sim
