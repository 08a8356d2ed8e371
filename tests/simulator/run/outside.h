// tests/simulator/run/outside.h
// Who lives beside the workers: upstream publishers and a downstream reader.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "stream/log/embedded/reader.h"
#include "tests/simulator/oracle/company.h"
#include "tests/simulator/world/world.h"

namespace due::sim {

// Publishes the company's events in order, by the piece; some as transactions, of which some abort and some stay open for a while.
class Upstream {
 public:
  Upstream(World& world, std::vector<oracle::Posted> posted);
  void start();
  bool done() const { return next_ == posted_.size() && open_ == 0; }

 private:
  void publish(std::size_t from, std::size_t to);
  void publish_piece();
  void transact(std::size_t from, std::size_t to, bool abort);

  World& world_;
  Dice dice_;
  std::vector<oracle::Posted> posted_;
  std::size_t next_ = 0;
  int open_ = 0, transactions_ = 0;
};

// Reads committed outputs while they come, by the published rule: `seq` of a task in an output partition rises by one, always.
class Downstream {
 public:
  Downstream(World& world, const std::vector<std::string>& topics);
  void start();
  std::int64_t read() const { return read_; }

 private:
  // What it keeps over its own crashes: per partition the position, per (partition, task) the last number.
  struct Kept {
    std::int64_t next = 0;
    std::map<std::string, std::int64_t> last_seq;
  };
  void run(Process& process);
  bool take(const log::Record& record, const log::TopicPartition& from, Kept& kept);

  World& world_;
  Dice dice_;
  std::vector<log::TopicPartition> partitions_;
  std::vector<Kept> kept_;
  std::int64_t read_ = 0;
  int incarnation_ = 0;
};

}  // namespace due::sim
