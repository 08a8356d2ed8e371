#include "tests/simulator/run/chaos.h"

namespace due::sim {

void Chaos::start() {
  now_and_then(Fault::crash, 3 * seconds, &Chaos::crash);
  now_and_then(Fault::freeze, 4 * seconds, &Chaos::freeze);
  now_and_then(Fault::scale, 3 * seconds, &Chaos::scale);
  now_and_then(Fault::broker_pause, 5 * seconds, &Chaos::pause_broker);
  now_and_then(Fault::hijack, 5 * seconds, &Chaos::hijack);
  now_and_then(Fault::clock_jump, 5 * seconds, &Chaos::jump_clock);
  now_and_then(Fault::clock_drift, 8 * seconds, &Chaos::drift);
}

void Chaos::now_and_then(Fault fault, Micros usual, void (Chaos::*what)()) {
  if (!world_.on(fault)) return;
  world_.scheduler().at(world_.now() + dice_.between(1, 2 * usual), [this, fault, usual, what] {
    if (!world_.on(fault)) return;
    (this->*what)();
    now_and_then(fault, usual, what);
  });
}

void Chaos::crash() { fleet_.crash(any_slot()); }

void Chaos::freeze() {
  const std::size_t slot = any_slot();
  const Micros past_session = world_.plan().session + dice_.spread(millis, seconds);
  fleet_.freeze(slot, world_.now() + (dice_.chance(0.3) ? dice_.spread(millis, past_session) : past_session) +
                          (dice_.chance(0.3) ? world_.plan().transaction_timeout : 0));
  if (world_.on(Fault::replace) && dice_.chance(0.5)) {
    world_.scheduler().at(world_.now() + dice_.spread(millis, past_session), [this, slot] {
      if (world_.on(Fault::replace)) fleet_.replace(slot);
    });
  }
}

void Chaos::scale() {
  const std::size_t slot = any_slot();
  if (dice_.chance(0.5)) {
    fleet_.stop(slot);
  } else {
    fleet_.start(slot);
  }
}

void Chaos::pause_broker() {
  world_.tell("broker", "does not answer");
  network_.pause_broker(world_.now() + dice_.spread(50 * millis, 3 * seconds));
}

// A stranger with a worker's id: an operator's mistake, or another installation.
void Chaos::hijack() {
  const std::string& id = fleet_.instance(any_slot());
  world_.tell("a stranger", "opens the transactional id " + id);
  const auto locked = world_.broker().lock();
  (void)world_.broker().transactions(locked).initialise(id, log::Duration(world_.plan().transaction_timeout / millis));
}

void Chaos::jump_clock() {
  MachineClock& clock = fleet_.machine(any_slot()).clock;
  const std::int64_t jumps[] = {3'600'000'000, -3'600'000'000, 5'000'000, -5'000'000, 100 * 86'400'000'000, -400 * 86'400'000'000};
  clock.wall_offset += jumps[dice_.below(std::size(jumps))];
}

void Chaos::drift() { fleet_.machine(any_slot()).clock.drift_ppm = dice_.between(-200'000, 200'000); }

}  // namespace due::sim
