// tests/simulator/engine/scheduler.h
// The one that decides everything: virtual time, which strand of which process goes on, when a message arrives.
//
//   Shape    a queue of events ordered by time, then by age; an event resumes a strand or calls a function
//   Units    Micros: microseconds of virtual time since the run began
//   Errors   a process that is killed sees Crash thrown where it waits, and unwinds; what its destructors wait for still comes
//   Threads  one
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulator/engine/fiber.h"

namespace due::sim {

using Micros = std::int64_t;
constexpr Micros millis = 1'000, seconds = 1'000'000;

// Thrown through a process that dies. Nothing that runs while it unwinds may have an effect that lasts.
struct Crash {};

class Process;

// A thread of a simulated process.
class Strand {
 public:
  Strand(Process& process, std::function<void()> body);
  Process& process() { return process_; }
  bool finished() const { return !fiber_; }

 private:
  friend class Scheduler;
  Process& process_;
  std::unique_ptr<Fiber> fiber_;  // gone as soon as its body has ended
  std::uint64_t wake_ = 0;  // events that would resume it carry this number; those with an older one are stale
  bool unwinding_ = false;
};

// What dies, freezes and is started again as a whole.
class Process {
 public:
  explicit Process(std::string name) : name_(std::move(name)) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  const std::string& name() const { return name_; }
  bool doomed() const { return doomed_; }
  bool down() const { return strands_alive_ == 0; }
  Micros frozen_until() const { return frozen_until_; }

 private:
  friend class Scheduler;
  std::string name_;
  bool doomed_ = false;
  Micros frozen_until_ = 0;
  int strands_alive_ = 0;
  std::vector<Strand*> strands_;
};

// Where strands wait until somebody says that something has changed.
class Signal {
 private:
  friend class Scheduler;
  std::vector<std::pair<Strand*, std::uint64_t>> waiting_;
};

class Scheduler {
 public:
  Scheduler();
  ~Scheduler();
  Micros now() const { return now_; }
  std::uint64_t resumed() const { return resumed_; }

  void at(Micros when, std::function<void()> what);
  Strand& spawn(Process& process, std::function<void()> body);
  // Dies at once, wherever it waits; from one of its own strands: there.
  void kill(Process& process);
  void freeze(Process& process, Micros until);
  void thaw(Process& process);

  // Runs events until one of them lies behind `until`, or stop() was called.
  void run(Micros until);
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }
  // Kills what is left and lets it unwind.
  void end(const std::vector<Process*>& processes);

  // ---- by the running strand
  Process& here();                      // its process
  bool inside() const { return current_ != nullptr; }
  bool unwinding() const { return current_ != nullptr && current_->unwinding_; }
  void pass(Micros time);               // others may run meanwhile; only here a process that was killed notices
  void wait(Signal& signal, Micros until);
  void join(Strand& other);             // also while unwinding: never throws
  void notify(Signal& signal, Micros delay = 0);

 private:
  struct Event {
    Micros when;
    std::uint64_t number;
    Strand* strand;      // null: a function
    std::uint64_t wake;  // ... at this place of functions_
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const { return a.when != b.when ? a.when > b.when : a.number > b.number; }
  };
  void push(Micros when, Strand* strand, std::uint64_t wake);
  void resume(Strand& strand, std::uint64_t wake);
  void suspend();
  void die_if_doomed();

  Micros now_ = 0, limit_ = 0;
  std::uint64_t numbers_ = 0, resumed_ = 0;
  std::vector<Event> queue_;  // a heap
  std::vector<std::function<void()>> functions_;  // of events; those that were called leave their place to others
  std::vector<std::uint64_t> free_;
  std::vector<std::unique_ptr<Strand>> strands_;
  Strand* current_ = nullptr;
  Signal strand_ended_;
  bool stopped_ = false;
};

}  // namespace due::sim
