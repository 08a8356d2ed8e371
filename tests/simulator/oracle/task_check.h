// tests/simulator/oracle/task_check.h
// One task's chronicle against its inputs and its outputs.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tests/simulator/oracle/account_book.h"
#include "tests/simulator/oracle/chronicle_text.h"
#include "tests/simulator/oracle/evidence.h"
#include "tests/simulator/oracle/oracle.h"

namespace due::oracle {

// The visible outputs by task, topic and partition, in order of their offsets.
class Outputs {
 public:
  using Key = std::tuple<std::string, std::size_t, int>;  // task, topic as index into Evidence::outputs, partition
  explicit Outputs(const Evidence& evidence);
  const std::map<Key, std::vector<const Entry*>>& all() const { return all_; }
  const std::optional<Finding>& finding() const { return finding_; }

 private:
  std::map<Key, std::vector<const Entry*>> all_;
  std::optional<Finding> finding_;
};

// What was published, by key and value.
using Texts = std::map<std::pair<std::optional<std::string>, std::optional<std::string>>, const Posted*>;

// How far the outputs have been accounted for.
class OutputCursor {
 public:
  explicit OutputCursor(const Outputs& outputs) : outputs_(outputs) {}
  std::int64_t taken(const Outputs::Key& key) { return taken_[key]; }
  const Entry* next(const Outputs::Key& key);  // null: no more
  void take(const Outputs::Key& key) { ++taken_[key]; }
  std::optional<Finding> left_over() const;

 private:
  const Outputs& outputs_;
  std::map<Outputs::Key, std::int64_t> taken_;
};

class TaskCheck {
 public:
  TaskCheck(const Evidence& evidence, const Texts& texts, OutputCursor& cursor, int task);
  std::optional<Finding> run();

 private:
  std::optional<Finding> chain(const Entry& entry, ChronicleEntry& record);
  std::optional<Finding> batch(const Entry& entry, const ChronicleEntry& record);
  std::optional<Finding> step(const ChronicleRun& run, const Entry& chronicle);
  // What fires together at a tick has no order.
  enum class Order { given, any };
  std::optional<Finding> outputs_of(std::vector<Expected> expected, Order order, const Entry& chronicle);
  std::optional<Finding> output(const Expected& expected, const Entry& chronicle);
  std::optional<Finding> request(const Expected& expected, const Entry& chronicle);
  std::optional<Finding> ranges(const ChronicleEntry& record, const std::map<std::pair<std::size_t, int>, std::int64_t>& before);
  std::optional<Finding> position(const Entry& last, const ChronicleEntry& record) const;
  std::optional<Finding> all_read() const;
  Finding finding(const std::string& check, const std::string& what) const;
  const Posted* posted_as(const Entry& record) const;
  Outputs::Key key(std::size_t topic, int partition) const { return {name_, topic, partition}; }
  bool may_be_oversized(const Expected& expected, std::size_t topic) const;

  struct Input {
    std::vector<const Entry*> records;  // visible
    std::size_t next = 0;
  };
  Outputs::Key place_of(const Expected& expected, std::size_t topic) const;

  const Evidence& evidence_;
  const Texts& texts_;
  OutputCursor& cursor_;
  int task_;
  std::string name_;
  std::vector<Input> inputs_;
  AccountBook book_;
  std::vector<int> output_partitions_;
  std::int64_t next_seq_ = 0;
  std::string last_hash_ = std::string(16, '\0');
};

}  // namespace due::oracle
