// stream/cli/chronicle/coverage.h
// The other half of a chronicle's proof: what lies in the output topics is what the chains cover, each record once.
//
//   Source   the header of outputs (schemas/codec/output/output_mark.h): numbers gapless per task, topic and partition
//   Errors   findings, not errors: the record by topic, partition and offset, or the batch whose output is missing
//   Threads  none
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "stream/cli/chronicle/chain.h"

namespace due::cli {

class Coverage {
 public:
  struct Options {
    std::function<bool(std::string_view)> is_task;  // of the application, also where its chain is not looked at
  };
  Coverage(Options options, const std::vector<Chain>& chains);

  // Every record of an output partition, in order. `surely_covered`: it was there before the chains' ends were asked for.
  enum class Age { surely_covered, maybe_newer };
  void add(const log::TopicPartition& partition, const log::Record& record, Age age);
  // A partition begins here; before it something may have been kept once.
  void begins(const log::TopicPartition& partition, std::int64_t offset) { starts_[partition] = offset; }
  // Whether all that the chains cover was seen; otherwise more may come, or it is missing.
  bool whole() const;
  void finish();  // what is missing now stays missing

  std::int64_t seen() const { return seen_; }
  std::int64_t gone() const;  // covered, and no longer kept
  const std::vector<std::string>& findings() const { return findings_; }

 private:
  struct Place {
    std::int64_t covered = 1;  // the number behind the last one
    std::int64_t next = 1;     // the number that comes next
    bool begun = false;
    std::int64_t first = 1;    // the first number that is kept
  };
  using Key = std::pair<std::string, log::TopicPartition>;  // of a task

  void found(std::string what);

  Options options_;
  std::map<std::string, bool, std::less<>> chained_;  // tasks whose chain is known
  std::map<Key, Place> places_;
  std::map<log::TopicPartition, std::int64_t> starts_;
  std::int64_t seen_ = 0;
  std::vector<std::string> findings_;
};

}  // namespace due::cli
