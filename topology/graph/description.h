// topology/graph/description.h
// A topology as data: subtopologies, their inputs, processors, stores and outputs. It can print itself, and the runtime wires
// topics from it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "topology/graph/logic.h"

namespace due::topology {

struct ProcessorNode {
  std::string name;
  std::string does;                  // one phrase
  std::vector<std::string> from;     // inputs or processors
  std::vector<std::string> stores;   // what it reads and changes
  std::vector<std::string> outputs;  // topics it may emit to
};

// What one task needs to know of its surroundings besides records; part of the logic version.
struct LogicOptions {
  std::int64_t delay_days_max = 15;      // the baseline rule: average delay above it is HIGH
  std::int64_t unpaid_units_max = 10'000;  // ... or a balance above it, in whole units of the account's currency
  std::int64_t future_max_micros = micros_per_day;
  std::int64_t parked_max_micros = 30 * micros_per_day;
  std::string text() const;  // canonical, hashed into the logic version
};

struct TaskIdentity {
  std::string name;  // account-0
  std::int32_t partition = 0;
  std::int32_t partitions = 1;
  std::vector<std::string> input_topics;  // without prefix, in the order of Subtopology::inputs and, behind them, ::broadcast
  std::string logic_version;              // 16 hex digits, named in every decision
};

struct Subtopology {
  std::string name;
  std::vector<std::string> inputs;   // topics without prefix, co-partitioned; the first is the spine. Ties of the merge go in this order
  std::vector<std::string> broadcast;  // topics without prefix, of one partition; every task reads them, ahead of the others
  std::vector<std::string> outputs;  // topics without prefix; Context::emit takes the index
  std::string chronicle;             // topic without prefix, with as many partitions as the spine
  std::size_t cache_parts = 1;       // of the worker's cache, among the parts of all subtopologies
  std::vector<ProcessorNode> processors;
  std::function<std::unique_ptr<Logic>(const TaskIdentity&, const LogicOptions&)> make_logic;
};

struct Description {
  std::vector<Subtopology> subtopologies;
};

// Written by one task and read by another: how subtopologies talk.
bool is_internal(const Description& topology, std::string_view topic);
bool is_chronicle(const Description& topology, std::string_view topic);

std::string as_text(const Description& topology);
std::string as_mermaid(const Description& topology);

}  // namespace due::topology
