// stream/postgres/sink.h
// `duestream sink`: topics into tables, each row there exactly once, whatever is killed or restarted.
//
//   Shape    one thread reads and makes rows, the caller's thread writes; at most three batches are in memory, besides what the log's
//            client prefetches
//   Errors   run(): stop, with what to do. A database that is away is waited for, visibly, without end
//   Threads  run() in one; stop(), rows_done(), left() and standing() from any
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "stream/log/log.h"
#include "stream/runtime/telling/report.h"
#include "stream/runtime/telling/spread.h"

namespace due::postgres {

// What decisions.features holds, for people who query it.
struct Feature {
  std::string name, unit, meaning;
  std::int64_t scale = 1;
};

struct SinkOptions {
  std::string uri;  // as libpq takes it
  std::string name = "main";
  std::string prefix;                // of the log's topics
  std::vector<std::string> topics;   // without prefix; empty: every topic that has a table and exists
  bool migrate = true;               // apply what is missing of the schema; else that is an error
  bool from_beginning = false;       // read everything again: what is there is compared, what is missing is inserted
  bool until_caught_up = false;
  std::size_t batch_bytes = 16U << 20;
  std::chrono::milliseconds linger{100};
  std::string feature_schema;      // empty: none is known
  std::vector<Feature> features;  // of that schema
};

struct SinkFigures {
  std::map<std::string, std::int64_t> rows;  // by table: inserted by this run
  std::int64_t inserted = 0, repeated = 0;
  std::int64_t transactions = 0, waits = 0;  // waits: times that the database was away
  int migrations = 0;
};

// Where a sink stands, as it last said: for metrics and health.
struct SinkStanding {
  struct Place {
    std::string topic;  // with prefix
    std::int32_t partition = 0;
    std::int64_t next = 0;  // offset of the next record to be written
  };
  std::vector<Place> places;
  SinkFigures figures;
  runtime::Spread transactions;
  bool attached = false;
  bool database_up = false;
};

// The topics that have a table, without prefix.
std::vector<std::string> sink_topics();

class Sink {
 public:
  Sink(log::Log& log, SinkOptions options, runtime::Report report);

  Result<SinkFigures> run();
  void stop() { stop_ = true; }
  std::int64_t rows_done() const { return rows_done_; }
  std::int64_t left() const { return left_; }
  SinkStanding standing() const;
  // Of a run that ended with an error: a newer sink of this name took over.
  bool superseded() const { return superseded_; }

 private:
  class Course;

  log::Log& log_;
  const SinkOptions options_;
  const runtime::Report report_;
  std::atomic<bool> stop_{false};
  std::atomic<std::int64_t> rows_done_{0}, left_{0};
  bool superseded_ = false;
  mutable std::mutex mutex_;
  SinkStanding standing_;  // guarded by mutex_
};

// Applies what is missing of the schema; how many migrations that were.
Result<int> migrate_database(const std::string& uri);

}  // namespace due::postgres
