// tests/bench/stages/workload.h
// The events that every stage is measured with, and a task in memory that has taken most of them.
//
//   Source   the workload account-risk of `duestream generate`: 50,000 unique events of 3,333 customers (15 each over 400 days) and their
//            duplicates
//   Shape    the first `known` records are taken before anything is measured, those behind them are what is measured
//   Clock    none: task time and wall clock are one day behind all events
//   Threads  one
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "state/memory/memory_rows.h"
#include "stream/cli/feeds/feed.h"
#include "stream/runtime/task/machine.h"

namespace due::stages {

inline constexpr std::size_t batch_records = 1'000;

struct Workload {
  std::vector<cli::FeedRecord> records;
  std::size_t known = 0;
};
const Workload& workload();  // made by the first call

topology::InputRecord record_at(std::size_t i);  // of the workload, as it lies in its input; borrowed

// One account task over rows in memory.
class TaskInMemory {
 public:
  TaskInMemory();  // has taken the known records, and nothing of it is in an open batch
  runtime::Machine& machine() { return machine_; }
  state::MemoryRows& rows() { return rows_; }
  // Everything behind the known records, decoded.
  std::span<const topology::Prepared> fresh() const { return fresh_; }
  void take(std::span<const topology::Prepared> records);  // in batches, whose outputs go
  void persist();                                           // what changed becomes rows

 private:
  topology::Subtopology subtopology_;
  state::MemoryRows rows_;
  runtime::Machine machine_;
  std::deque<std::string> arena_;
  std::vector<topology::Prepared> fresh_;
};

}  // namespace due::stages
