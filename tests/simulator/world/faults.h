// tests/simulator/world/faults.h
// What can go wrong in a run, by name: each seed draws its own set (a swarm), and a failing one is shrunk by leaving kinds out.
//
//   Source   DESIGN "The log is a seam"; the kinds that a log may show, and what disks, clocks and processes do
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <optional>
#include <string_view>

namespace due::sim {

enum class Fault {
  crash,             // a process dies at any moment
  crash_point,       // ... at a named one
  freeze,            // a process stands still for longer than its session, sometimes than its transaction, and goes on
  replace,           // a frozen process is given up: another one takes its instance on another machine
  scale,             // members come and go in an orderly way
  slow_network,      // requests and answers take long
  lost_request,      // a request never arrives
  late_request,      // ... arrives long after its sender has sent another one
  lost_answer,       // it is served, and its sender never learns
  slow_markers,      // a transaction's markers are written late and far apart
  broker_pause,      // nothing is served for a while
  retry_errors,      // calls fail that may be repeated
  stale_identity,    // a member commits under the generation that it had before
  aborted_inputs,    // upstream transactions that abort
  pinned_inputs,     // ... that stay open
  hijack,            // a stranger opens a worker's transactional id
  expired_offsets,   // the group forgets its positions while nobody is there
  slow_disk,
  full_disk,
  torn_write,        // a crash leaves half of a batch
  flipped_bit,
  lost_disk,
  clock_jump,
  clock_drift,
  small_limits,      // outputs that do not fit their topic; a limit that is lowered under way
  reader_crash,      // a downstream reader dies and goes on from what it had stored
  log_start,         // old input records are deleted
  recreated_topic,   // an input is deleted and created again: the group must refuse it
  asked_again,       // somebody puts what tasks told each other into its topic once more, also with another amount
};
inline constexpr std::size_t fault_count = 29;
inline constexpr std::array<std::string_view, fault_count> fault_names = {
    "crash",        "crash-point",    "freeze",         "replace",       "scale",         "slow-network",    "lost-request",
    "late-request", "lost-answer",    "slow-markers",   "broker-pause",  "retry-errors",  "stale-identity",  "aborted-inputs",
    "pinned-inputs", "hijack",        "expired-offsets", "slow-disk",    "full-disk",     "torn-write",      "flipped-bit",
    "lost-disk",    "clock-jump",     "clock-drift",    "small-limits",  "reader-crash",  "log-start",      "recreated-topic",
    "asked-again"};
static_assert(static_cast<std::size_t>(Fault::asked_again) + 1 == fault_count);

class FaultSet {
 public:
  bool has(Fault fault) const { return set_.test(static_cast<std::size_t>(fault)); }
  void add(Fault fault) { set_.set(static_cast<std::size_t>(fault)); }
  void remove(Fault fault) { set_.reset(static_cast<std::size_t>(fault)); }
  std::size_t size() const { return set_.count(); }

 private:
  std::bitset<fault_count> set_;
};

inline std::optional<Fault> fault_named(std::string_view name) {
  for (std::size_t i = 0; i < fault_count; ++i)
    if (fault_names[i] == name) return static_cast<Fault>(i);
  return std::nullopt;
}

}  // namespace due::sim
