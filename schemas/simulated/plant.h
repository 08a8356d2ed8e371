// schemas/simulated/plant.h
// Bugs that the simulator puts into its own build of the program's sources (as schemas/simulated/crash_point.h does with deaths), one at a
// time, to see that its checks find them. In everything else planted() is false before the compiler has looked at what it guards.
//
//   Shape    `duestream_sim --plants` says of each which check found it, and in which seed
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace due {

inline constexpr std::array<std::string_view, 32> plants = {
    "producer-reused",              // a doubtful commit's producer goes on without opening its id again
    "doubtful-taken-as-lost",       // what is doubtful is sent again without asking whether it was committed
    "doubtful-taken-as-done",       // ... is taken as committed
    "revoke-acknowledged-early",    // before anything is settled or dropped
    "resumed-from-memory",          // a task that was lost and comes back goes on where it was
    "reads-uncommitted",            // inputs are read before they are committed
    "persist-before-outcome",       // uncommitted steps are persisted
    "step-skipped",                 // a step is recorded and not taken
    "tick-not-recorded",            //
    "hash-not-chained",             // a chronicle record does not name the one before it
    "position-left-behind",         // the group's position does not move with the batch
    "meta-row-forgotten",           // a persist leaves out from where to fold on
    "sequence-restarts",            // outputs are numbered from the beginning after a restart
    "timers-not-restored",          // what was due later is forgotten at a restart
    "chronicle-read-uncommitted",   // records that were aborted are folded
    "expired-means-new",            // no position: the chronicle is not looked at
    "size-not-checked",             // an output larger than its topic takes is sent
    "changed-object-evicted",       // from the cache, before it was persisted
    "erased-row-kept",              //
    "written-too-early",            // the cache forgets what is only being written
    "gone-kept",                    // a task whose position names another's batch goes on in memory
    "again-kept",                   // what has to be sent again is, although its task was lost meanwhile
    "persist-at-the-present-end",   // a persist notes the chronicle's end as it is, whoever wrote there
    "open-transaction-not-awaited", // a recovery does not wait until its chronicle is stable, nor asks again when that shows
    "reservation-not-released",     // of a credit note that was refused
    "outcome-not-taken",            // an account drops what the register answers
    "settled-as-released",          // an amount that a credit note was issued over can be credited again
    "request-sent-twice",           //
    "number-given-twice",           // a request that is asked again gets another number
    "number-drawn-in-vain",         // a refused request draws a number
    "second-copies-ignored",        // the producer's: a request that was sent twice counts as clean
    "ended-before-delivered",       // the producer's: EndTxn goes before the outputs are stored
};

// A name of the list above; any other does not compile.
struct Plant {
  std::size_t index;
  consteval Plant(const char* name) : index(place_of(name)) {}
  static constexpr std::size_t place_of(std::string_view name) {
    for (std::size_t i = 0; i < plants.size(); ++i)
      if (plants[i] == name) return i;
    return unknown(name);
  }
  static std::size_t unknown(std::string_view name);  // not constant, and nowhere defined
};

#ifdef DUE_SIMULATED
bool planted(Plant bug);  // the simulator's
#else
constexpr bool planted(Plant) { return false; }
#endif

}  // namespace due
