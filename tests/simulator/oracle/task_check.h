// tests/simulator/oracle/task_check.h
// One task's chronicle against its inputs and its outputs: what holds of every task. What its steps must give, each part knows.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tests/simulator/oracle/chronicle_text.h"
#include "tests/simulator/oracle/evidence.h"
#include "tests/simulator/oracle/oracle.h"
#include "tests/simulator/oracle/origin.h"

namespace due::oracle {

// The visible outputs by task, topic and partition, in order of their offsets. What strangers put into internal topics is none.
class Outputs {
 public:
  using Key = std::tuple<std::string, std::string, int>;  // task, topic, partition
  explicit Outputs(const Evidence& evidence);
  const std::map<Key, std::vector<const Entry*>>& all() const { return all_; }
  const std::optional<Finding>& finding() const { return finding_; }

 private:
  void take(const Place& place, const std::vector<Entry>& entries);

  std::map<Key, std::vector<const Entry*>> all_;
  std::optional<Finding> finding_;
};

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

std::string origin_of(const Entry& output);  // of a dead letter or a decision, in the same words
std::string describe(const Entry& output);

// What stands behind "name": in a line of JSON, up to the next comma or closing bracket; without quotes. The last one: of its name.
std::string_view member(std::string_view json, std::string_view name);
std::string_view last_member(std::string_view json, std::string_view name);
// What of it is not as it must be; empty: nothing.
std::string difference(std::string_view json, const std::vector<std::pair<std::string_view, std::string>>& wanted);

class TaskCheck {
 public:
  TaskCheck(const Evidence& evidence, const Part& part, OutputCursor& cursor, int task);
  virtual ~TaskCheck() = default;
  TaskCheck(const TaskCheck&) = delete;
  TaskCheck& operator=(const TaskCheck&) = delete;
  std::optional<Finding> run();

 protected:
  // What each part knows. `chronicle`: the record that names the step.
  virtual std::int64_t time() const = 0;  // task time
  virtual std::optional<Finding> tick(const ChronicleRun& run, const Entry& chronicle) = 0;
  virtual std::optional<Finding> record(std::size_t input, const Entry& record, const Entry& chronicle) = 0;

  Finding finding(const std::string& check, const std::string& what) const;
  const Evidence& evidence() const { return evidence_; }
  const std::string& input(std::size_t index) const { return part_.inputs[index]; }
  int task() const { return task_; }
  int partitions(const std::string& topic) const;
  Outputs::Key key(const std::string& topic, int partition) const { return {name_, topic, partition}; }
  const Entry* next(const Outputs::Key& at) { return cursor_.next(at); }
  // It is what must be there: of the chronicle record's transaction, at this task time. `what` it is, for people.
  std::optional<Finding> take(const Outputs::Key& at, const Entry& chronicle, std::int64_t time, const std::string& what);

  struct DeadLetter {
    std::string code;
    Origin origin;
    const std::optional<std::string>& key;
    const std::optional<std::string>& value;
    std::int64_t time;
  };
  std::optional<Finding> dead_letter(const DeadLetter& expected, const Entry& chronicle);
  Outputs::Key place_of_dead_letter(const std::optional<std::string>& key) const;
  // Is an output of about that size perhaps too large for its topic?
  bool may_be_oversized(const std::string& topic, std::size_t about) const;

 private:
  std::optional<Finding> chain(const Entry& entry, ChronicleEntry& record);
  std::optional<Finding> batch(const Entry& entry, const ChronicleEntry& record);
  std::optional<Finding> step(const ChronicleRun& run, const Entry& chronicle);
  std::optional<Finding> ranges(const ChronicleEntry& record, const std::map<std::pair<std::size_t, int>, std::int64_t>& before);
  std::optional<Finding> position(const Entry& last, const ChronicleEntry& record) const;
  std::optional<Finding> all_read() const;

  struct Input {
    std::vector<const Entry*> records;  // visible
    std::size_t next = 0;
  };
  const Evidence& evidence_;
  const Part& part_;
  OutputCursor& cursor_;
  int task_;
  std::string name_;
  std::vector<Input> inputs_;
  std::map<std::string, int> output_partitions_;
  std::int64_t next_seq_ = 0;
  std::string last_hash_ = std::string(16, '\0');
};

}  // namespace due::oracle
