// tests/simulator/naive/naive_worker.h
// One process of the naive client.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulator/client/log.h"
#include "tests/simulator/world/node.h"

namespace due::sim {

inline constexpr int naive_partitions = 2;

class NaiveWorker {
 public:
  NaiveWorker(Node& node, std::string instance);
  void run();  // until its process dies

 private:
  struct Owned {
    std::int64_t next = 0, seq = 0;
    std::uint32_t tag = 0;
    std::vector<std::int64_t> taken;  // offsets of the open batch
  };
  bool open();
  bool open_producer();
  bool serve_group();
  bool take_over(int partition);
  bool poll();
  bool commit();
  bool seek(int partition);

  Node& node_;
  NodeLog log_;
  std::string instance_;
  std::unique_ptr<log::Membership> membership_;
  std::unique_ptr<log::Reader> reader_;
  std::unique_ptr<log::Committer> committer_;
  std::map<int, Owned> owned_;
  std::uint32_t tags_ = 0;
  int transactions_ = 0;
};

}  // namespace due::sim
