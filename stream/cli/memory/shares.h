// stream/cli/memory/shares.h
// One bound for all memory of a process that runs tasks, and what each part of it may take.
//
//   run.memory_bytes = program (64 MiB: code, threads, clients)
//                    + state     7/15 of the rest, or run.cache_bytes: decoded objects, changed rows, rows on their way to disk
//                    + blocks    4/32 of what is left then: RocksDB's blocks, indexes and filters, of all tasks
//                    + fetched   5/32: records that are fetched and not consumed, in librdkafka and in the tasks' queues
//                    + outputs   3/32: batches that are open or on their way, and what librdkafka keeps of them
//                    + spare     20/32: what the allocator has and nobody uses, compaction
//
//   Units    bytes of the process; workers share
//   Errors   stop: what does not fit, with key, value and what is allowed
//   Threads  none
#pragma once

#include <cstddef>
#include <string>

#include "schemas/base/result.h"

namespace due::cli {

struct MemoryChoice {
  std::size_t bytes = 1U << 30;     // run.memory_bytes
  std::size_t state_bytes = 0;      // run.cache_bytes; 0: derived
  int workers = 1;
};

struct MemoryShares {
  std::size_t all = 0, state = 0, blocks = 0, fetched = 0, outputs = 0;
};

Result<MemoryShares> shares_of(const MemoryChoice& choice);

// What a verb may take that looks at one task at a time: run.cache_bytes, or what would be derived for it.
std::size_t state_bytes_of(const MemoryChoice& choice);

// Parts of a worker's share. A record takes about twice its own bytes, because of what librdkafka keeps beside it.
struct WorkerMemory {
  std::size_t state = 0;    // decoded objects and rows
  std::size_t queued = 0;   // bytes of records in the queues of all its tasks
  std::size_t reader = 0;   // bytes of records that one reader fetches ahead
  std::size_t outputs = 0;  // bytes of all its open and unfinished batches
  std::size_t producer = 0;  // bytes of records in librdkafka's hands
};
// `readers` follow inputs: one of a worker, and as many again for its standbys.
WorkerMemory worker_memory(const MemoryShares& shares, int workers, int readers);

}  // namespace due::cli
