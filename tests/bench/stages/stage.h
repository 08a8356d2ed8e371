// tests/bench/stages/stage.h
// The stages of an event's way inside one task, each alone, so that a regression has a name: timed by Google Benchmark, and run once for
// whoever counts its instructions.
//
//   Source   workload.h
//   Shape    a Stage is made ready by its maker, which costs nothing that is measured; run() does all of its events
//   Errors   check(): a stage that did not do what it is there for is no figure
//   Clock    none
#pragma once

#include <cstddef>
#include <memory>

namespace due::stages {

class Stage {
 public:
  virtual ~Stage() = default;
  virtual std::size_t events() const = 0;  // that one run does; objects, for `load` and `advance`
  virtual void run() = 0;                  // once: what it changes stays changed
};

struct Entry {
  const char* name;
  const char* does;
  std::unique_ptr<Stage> (*make)();
};

std::unique_ptr<Stage> parse();
std::unique_ptr<Stage> step();
std::unique_ptr<Stage> duplicate();
std::unique_ptr<Stage> advance();
std::unique_ptr<Stage> features();
std::unique_ptr<Stage> decision();
std::unique_ptr<Stage> emit();
std::unique_ptr<Stage> encode();
std::unique_ptr<Stage> chronicle();
std::unique_ptr<Stage> load();

// In the order of an event's way.
inline constexpr Entry all[] = {
    {"parse", "JSON CloudEvent to event", parse},
    {"step", "Machine::record of a new event, all of it: look-ups, booking, features, rule, decision, output", step},
    {"duplicate", "the same of an event that was booked before", duplicate},
    {"advance", "of it: an account moves on to the next day, per account", advance},
    {"features", "of it: windows, balances, 24 features, rule", features},
    {"decision", "of it: the decision as JSON", decision},
    {"emit", "of it: an output gets its partition, number, header and hash", emit},
    {"encode", "changed objects to rows and their digest, per event that changed them", encode},
    {"chronicle", "chronicle record of a batch of 1,000 and its hash, per event", chronicle},
    {"load", "an account that is not in memory: read from RocksDB and decoded, per account", load},
};

}  // namespace due::stages
