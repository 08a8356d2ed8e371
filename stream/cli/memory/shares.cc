#include "stream/cli/memory/shares.h"

#include <algorithm>

namespace due::cli {
namespace {

constexpr std::size_t mib = 1U << 20;
constexpr std::size_t program_bytes = 64 * mib;
constexpr std::size_t parts = 32, blocks_parts = 4, fetched_parts = 5, outputs_parts = 3;
// A worker that fetches less waits for the log; a producer takes no record that is larger than its queue.
constexpr std::size_t worker_fetched_min = 4 * mib, producer_min = 16 * mib;

std::size_t rest_of(std::size_t bytes) { return bytes - std::min(bytes, program_bytes); }
std::size_t derived_state(std::size_t bytes) { return rest_of(bytes) / 15 * 7; }
std::size_t state_max(std::size_t bytes) { return rest_of(bytes) / 4 * 3; }

std::string size_text(std::size_t bytes) {
  if (bytes % (1024 * mib) == 0) return std::to_string(bytes / (1024 * mib)) + "GiB";
  return bytes % mib == 0 ? std::to_string(bytes / mib) + "MiB" : std::to_string(bytes);
}
std::string whole_mib(std::size_t bytes) { return std::to_string((bytes + mib - 1) / mib) + "MiB"; }

}  // namespace

std::size_t state_bytes_of(const MemoryChoice& choice) {
  return choice.state_bytes > 0 ? choice.state_bytes : derived_state(choice.bytes);
}

Result<MemoryShares> shares_of(const MemoryChoice& choice) {
  MemoryShares s;
  s.all = choice.bytes;
  s.state = state_bytes_of(choice);
  if (s.state > state_max(choice.bytes))
    return Error{Remedy::stop, "run.cache_bytes = " + size_text(s.state) + " with run.memory_bytes = " + size_text(s.all) +
                                   ": allowed is at most " + std::to_string(state_max(choice.bytes) / mib) +
                                   "MiB, or run.memory_bytes from " + whole_mib(program_bytes + (s.state + 2) / 3 * 4) +
                                   " on; left out, it is " + std::to_string(derived_state(choice.bytes) / mib) + "MiB"};
  // A smaller cache makes the others no larger: they would not use it.
  const std::size_t left = rest_of(choice.bytes) - std::max(s.state, derived_state(choice.bytes));
  s.blocks = left / parts * blocks_parts;
  s.fetched = left / parts * fetched_parts;
  s.outputs = left / parts * outputs_parts;
  const auto workers = static_cast<std::size_t>(choice.workers);
  if (s.fetched / workers < worker_fetched_min)
    return Error{Remedy::stop, "run.workers = " + std::to_string(workers) + " with run.memory_bytes = " + size_text(s.all) +
                                   ": allowed are at most " + std::to_string(s.fetched / worker_fetched_min) +
                                   " workers in that memory, each needs " + whole_mib(worker_fetched_min) + " for what it fetches; " +
                                   "raise run.memory_bytes"};
  return s;
}

WorkerMemory worker_memory(const MemoryShares& shares, int workers, int readers) {
  const auto n = static_cast<std::size_t>(workers);
  const std::size_t fetched = shares.fetched / n / static_cast<std::size_t>(readers), outputs = shares.outputs / n;
  return {.state = shares.state / n,
          .queued = fetched / 8 * 3,
          .reader = fetched / 8,
          .outputs = outputs / 2,
          .producer = std::max(producer_min, outputs / 4)};
}

}  // namespace due::cli
