#include "tests/simulator/world/world.h"

#include <cstdio>

#include "schemas/base/result.h"

namespace due::sim {
namespace {

World* the_world = nullptr;

}  // namespace

World::World(Plan plan, bool telling)
    : plan_(std::move(plan)),
      broker_time_(scheduler_),
      marker_dice_(plan_.seed, "markers"),
      point_dice_(plan_.seed, "crash points"),
      telling_(telling) {
  check(the_world == nullptr, "a second world");
  the_world = this;
  log::embedded::Options options;
  options.time = &broker_time_;
  options.seed = mixed(plan_.seed) | 1;
  options.markers_wait = [this](const std::string& id) { marker_due(id); };
  auto opened = log::embedded::Broker::open(std::move(options));
  check(opened.has_value(), "the simulated broker does not open");
  broker_ = std::move(*opened);
}

World::~World() { the_world = nullptr; }

World* World::at_work() { return the_world; }

void World::reach(std::size_t point) {
  if (!scheduler_.inside() || scheduler_.unwinding()) return;
  ++points_.reached[point];
  // In the middle of something, for longer than others wait.
  const double often = plan_.plant ? 10 : 1;  // a bug has some hundred seeds to show in, a rule of the program has thousands
  if (on(Fault::freeze) && point_dice_.chance(often * chance_of_standing_still(point))) {
    tell(scheduler_.here().name(), "stands still at " + std::string(point_name(point)));
    scheduler_.freeze(scheduler_.here(), now() + plan_.session + point_dice_.spread(millis, 2 * seconds));
  }
  if (!on(Fault::crash_point) || !point_dice_.chance(chance_of_death(point))) return;
  ++points_.died[point];
  tell(scheduler_.here().name(), "dies at " + std::string(point_name(point)));
  trace_.add(point);
  scheduler_.kill(scheduler_.here());
}

void World::violate(std::string check, std::string what) {
  if (!violation_) {
    tell("check " + check, "VIOLATION: " + what);
    violation_ = Violation{std::move(check), std::move(what)};
  }
  scheduler_.stop();
}

void World::tell(const std::string& who, const std::string& what) {
  if (!telling_) return;
  char time[32];
  std::snprintf(time, sizeof time, "%10.3f ms  ", static_cast<double>(now()) / 1'000);
  story_.push_back(time + who + ": " + what);
}

void World::log_moved() { scheduler_.notify(log_signal_); }

Strand& World::spawn(Process& process, std::function<void()> body) {
  return scheduler_.spawn(process, [this, &process, body = std::move(body)] {
    try {
      body();
    } catch (const Bug& bug) {
      violate("assertion", process.name() + ": " + bug.what);
    }
  });
}

Process& World::process(std::string name) { return *processes_.emplace_back(std::make_unique<Process>(std::move(name))); }

std::vector<Process*> World::processes() {
  std::vector<Process*> all;
  for (const auto& p : processes_) all.push_back(p.get());
  return all;
}

// Each partition gets its marker at a time of its own, in an order that nobody is promised.
void World::marker_due(const std::string& transactional_id) {
  Micros delay = marker_dice_.between(1, plan_.marker_delay);
  if (on(Fault::slow_markers) && marker_dice_.chance(0.1)) delay += marker_dice_.spread(10 * millis, 3 * seconds);
  scheduler_.at(now() + delay, [this, transactional_id] { write_marker(transactional_id); });
}

void World::write_marker(const std::string& transactional_id) {
  {
    const auto locked = broker_->lock();
    auto& transactions = broker_->transactions(locked);
    const std::size_t left = transactions.unmarked(transactional_id);
    check(left > 0, "a marker is due and none is missing");
    const Status marked = transactions.mark(transactional_id, marker_dice_.below(left));
    check(marked.has_value(), "a marker cannot be written");
    trace_.add(left);
    if (left > 1) marker_due(transactional_id);
  }
  log_moved();
}

}  // namespace due::sim
