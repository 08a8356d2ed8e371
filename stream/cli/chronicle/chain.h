// stream/cli/chronicle/chain.h
// One task's chronicle, record by record: does each continue the one before, without gap or fork.
//
//   Source   DESIGN 3.2; docs/formats/chronicle.md
//   Shape    record 0 is the genesis; seq, hash and task time continue; what is taken lies behind all positions before, and no position
//            before what was taken; the numbers of outputs of each partition follow each other. A position may go back over marks of
//            transactions alone: who recovers a task may have met the record behind them before them
//   Errors   add(): what is wrong with the record, in one sentence; the chain is broken there and must not be added to
//   Threads  none
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "stream/log/log.h"
#include "stream/runtime/task/chronicle.h"

namespace due::cli {

class Chain {
 public:
  explicit Chain(std::string task) : task_(std::move(task)) {}

  std::optional<std::string> add(const log::Record& record);

  const std::string& task() const { return task_; }
  const runtime::BatchName& last() const { return last_; }  // seq -1: there is none
  std::int64_t last_offset() const { return last_offset_; }
  std::int64_t records() const { return last_.seq + 1; }
  std::int64_t outputs() const;  // that its records cover
  const std::vector<std::int64_t>& taken() const { return taken_; }  // of each input: behind the last record that was taken
  const std::optional<runtime::Genesis>& genesis() const { return genesis_; }
  // The number behind the last one that is covered, by output (index into the genesis' outputs) and partition.
  const std::map<std::pair<std::uint16_t, std::int32_t>, std::int64_t>& covered() const { return covered_; }

 private:
  std::optional<std::string> continues(const runtime::ChronicleRecord& c) const;
  std::optional<std::string> moves_on(const runtime::ChronicleRecord& c) const;
  std::optional<std::string> cover(const runtime::ChronicleRecord& c);

  std::string task_;
  runtime::BatchName last_;
  std::int64_t last_offset_ = -1;
  EventTime time_ = EventTime::earliest();
  std::vector<std::int64_t> positions_, taken_;  // of each input: the furthest position; behind the last record that was taken
  std::optional<runtime::Genesis> genesis_;
  std::map<std::pair<std::uint16_t, std::int32_t>, std::int64_t> covered_;
};

}  // namespace due::cli
