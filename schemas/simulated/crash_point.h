// schemas/simulated/crash_point.h
// Named moments at which a process may die. The simulator builds the program's sources once more with DUE_SIMULATED and lets processes
// die there; in everything else they are nothing.
//
//   Shape    tests/simulator lists them (duestream_sim --list) and says how often a process died at each
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace due {

inline constexpr std::array<std::string_view, 51> crash_points = {
    "worker.opened",         // its transactional id is open, it has not joined
    "worker.joined",         //
    "group.told",            // of a rebalance, before anything is done about it
    "group.acknowledged",    //
    "revoke.persisted",      // a persist under way was waited for
    "revoke.released",       // the outcome of everything is known; before the acknowledgement
    "lost.settled",          // the outcome is known, the tasks are still there
    "lost.dropped",          //
    "release.settled",       // nothing is in flight; before the position that says `released` is sent
    "release.sent",          //
    "task.made",             // its rows are open
    "task.live",             //
    "recovery.opened",       // the durable state is taken up
    "recovery.searched",     // the ids that may still write are known
    "recovery.fenced",       // one of them is
    "recovery.bounded",      // where the chronicle ends is known, the position is not read yet
    "recovery.settled",      // the chronicle is stable up to its end, the position is known
    "recovery.record",       // before a chronicle record is folded
    "recovery.folded",       // behind one
    "recovery.agreed",       //
    "fold.compared",         // a digest point
    "standby.begun",         // its chronicle is followed from where its rows stand
    "standby.folded",        // behind one of its chronicle's records
    "standby.promoted",      // it is about to be recovered as ours
    "feed.delivered",        // records are in the queues
    "clock.asked",           // a record without steps is begun
    "compute.stepped",       // behind a slice of steps
    "tick.idle",             // a timer's tick on an idle task
    "launch.sealed",         // batches are sealed, none is sent
    "launch.sent",           //
    "commit.sent",           // the same, in the cycle: also of what is sent again or released
    "commit.clean",          // before anybody is told
    "settle.begun",          // waiting for an outcome, whatever it takes
    "doubt.known",           // before the id is opened again
    "doubt.fenced",          // it is open again; before the positions are read
    "doubt.answered",        // the positions are known
    "outcome.known",         // before it is applied
    "outcome.again",         // a batch will be sent again
    "outcome.gone",          // a batch's task is not ours
    "outcome.applied",       //
    "persist.boundary",      // nothing computed is uncommitted
    "persist.encoded",       //
    "persist.writing",       // beside computing: before the first batch
    "persist.written",       // ... all are, none is flushed
    "persist.flushed",       // ... one is, others may not be
    "persist.collected",     // the worker knows
    "stop.begun",            //
    "stop.sent",             // what was computed last is, or the seals are again
    "stop.committed",        // all of it
    "stop.persisted",        //
    "stop.sealed",           // or it could not be
};

// A name of the list above; any other does not compile.
struct CrashPoint {
  std::size_t index;
  consteval CrashPoint(const char* name) : index(place_of(name)) {}
  static constexpr std::size_t place_of(std::string_view name) {
    for (std::size_t i = 0; i < crash_points.size(); ++i)
      if (crash_points[i] == name) return i;
    return unknown(name);
  }
  static std::size_t unknown(std::string_view name);  // not constant, and nowhere defined
};

#ifdef DUE_SIMULATED
void crash_point(CrashPoint at);  // the simulator's
#else
inline void crash_point(CrashPoint) {}
#endif

}  // namespace due
