// stream/postgres/ledger/batch.h
// What one PostgreSQL transaction writes: rows of several tables, how far their topic partitions are then, and the chains' new ends.
//
//   Shape    rows as tuples, one after the other; `table` is an index into the tables that the sink fills
//   Threads  built by the feeder, then handed over whole
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/base/result.h"
#include "stream/postgres/ledger/chain.h"

namespace due::postgres {

// A topic partition that a table is filled from.
struct Target {
  std::size_t table = 0;
  std::int32_t partition = 0;
  std::string log_topic, topic_id;
};

struct Rows {
  std::string tuples;
  std::int64_t count = 0;
};

// A topic partition goes from `since` to `till`; equal where only repeats were read.
struct Move {
  std::size_t table = 0;
  std::int32_t partition = 0;
  std::int64_t since = 0, till = 0;
};

// A chain and where it ends.
struct ChainEnd {
  std::size_t table = 0;
  std::int32_t partition = 0;
  std::string task;  // empty: of an input
  std::int64_t seq = 0, rows = 0;
  Link link{};
};

// Where the database stands when a sink takes over.
struct Attached {
  std::vector<std::int64_t> next;  // by target: offset of the next record; -1: never written
  std::vector<ChainEnd> heads;
};

struct Batch {
  std::vector<Rows> fresh;    // by table: never seen before
  std::vector<Rows> repeats;  // by table: at or below the chain's end
  std::vector<Move> moves;
  std::vector<ChainEnd> heads, seals;
  std::optional<Error> failure;  // what the feeder met behind this batch; nothing follows
  bool last = false;             // nothing follows

  std::int64_t rows() const {
    std::int64_t n = 0;
    for (const Rows& r : fresh) n += r.count;
    for (const Rows& r : repeats) n += r.count;
    return n;
  }
};

}  // namespace due::postgres
