// tests/simulator/world/world.h
// Everything of one run: the scheduler, the broker, the network between them and the processes, what is counted and what is told.
//
//   Units    Micros of virtual time; the world's wall clock began at wall_start
//   Threads  one; there is one world at a time
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "schemas/base/event_time.h"
#include "stream/log/embedded/broker.h"
#include "tests/simulator/engine/dice.h"
#include "tests/simulator/engine/scheduler.h"
#include "tests/simulator/world/crash_points.h"
#include "tests/simulator/world/plan.h"

namespace due::sim {

// 2026-12-31T23:59:54Z: behind every event of the company, and shortly before a year ends: credit notes are numbered anew.
inline constexpr std::int64_t wall_start = 1'798'761'594'000'000;

// A hash over everything that happened, in order: two runs of a seed must come to the same.
class Trace {
 public:
  void add(std::uint64_t value) { hash_ = mixed(hash_ ^ value) + ++count_; }
  void add(std::string_view text) {
    std::uint64_t h = text.size();
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    add(h);
  }
  std::uint64_t hash() const { return hash_; }

 private:
  std::uint64_t hash_ = 0, count_ = 0;
};

// What due::check() throws here: a bug ends one process, not the simulator.
struct Bug {
  std::string what;
};

struct Violation {
  std::string check;  // which check found it
  std::string what;
};

// The broker's clock. Nobody in the simulator sleeps at the broker.
class BrokerTime final : public log::Time {
 public:
  explicit BrokerTime(const Scheduler& scheduler) : scheduler_(scheduler) {}
  EventTime wall() override { return {wall_start + scheduler_.now()}; }
  std::chrono::microseconds monotonic() override { return std::chrono::microseconds(scheduler_.now()); }
  void sleep(log::Duration) override {}

 private:
  const Scheduler& scheduler_;
};

class World {
 public:
  World(Plan plan, bool telling);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  static World* at_work();  // the one there is; null: none

  const Plan& plan() const { return plan_; }
  Scheduler& scheduler() { return scheduler_; }
  Micros now() const { return scheduler_.now(); }
  log::embedded::Broker& broker() { return *broker_; }
  std::shared_ptr<log::embedded::Broker> shared_broker() { return broker_; }

  bool faults_on() const { return faults_on_; }
  bool on(Fault fault) const { return faults_on_ && plan_.faults.has(fault); }
  void heal() { faults_on_ = false; }
  // Something was taken away that the workers need: from now on they have to refuse, and nothing else.
  void expect_refusal() { refusal_due_ = true; }
  bool refusal_due() const { return refusal_due_; }

  Trace& trace() { return trace_; }
  void count(const std::string& rare_path) { ++rare_paths_[rare_path]; }
  const std::map<std::string, std::int64_t>& rare_paths() const { return rare_paths_; }
  // A process has come to a named point, and may die there.
  void reach(std::size_t point);
  const PointCounts& points() const { return points_; }
  void violate(std::string check, std::string what);  // the first one counts, and ends the run
  const std::optional<Violation>& violation() const { return violation_; }

  bool telling() const { return telling_; }
  void tell(const std::string& who, const std::string& what);  // where somebody listens
  const std::vector<std::string>& story() const { return story_; }

  // Records became visible, or an input grew: readers that wait look again.
  void log_moved();
  Signal& log_signal() { return log_signal_; }
  // A strand whose bugs are violations.
  Strand& spawn(Process& process, std::function<void()> body);
  // Keeps a process until the run has ended.
  Process& process(std::string name);
  std::vector<Process*> processes();

 private:
  void marker_due(const std::string& transactional_id);
  void write_marker(const std::string& transactional_id);

  Plan plan_;
  Scheduler scheduler_;
  BrokerTime broker_time_;
  Dice marker_dice_, point_dice_;
  std::shared_ptr<log::embedded::Broker> broker_;
  Signal log_signal_;
  bool faults_on_ = true, refusal_due_ = false;
  Trace trace_;
  std::map<std::string, std::int64_t> rare_paths_;
  PointCounts points_;
  std::optional<Violation> violation_;
  bool telling_;
  std::vector<std::string> story_;
  std::vector<std::unique_ptr<Process>> processes_;
};

}  // namespace due::sim
