#include "tests/simulator/world/network.h"

#include <algorithm>

namespace due::sim {

Network::Fate Network::draw(Request kind) {
  const Micros usual = world_.plan().network_delay, timeout = world_.plan().socket_timeout;
  Fate fate{.there = dice_.between(usual / 4 + 1, usual * 2), .back = dice_.between(usual / 4 + 1, usual * 2)};
  // Those of a transaction are few and matter most.
  const double often = kind == Request::ask || kind == Request::produce ? 0.005 : 0.03;
  if (world_.on(Fault::slow_network) && dice_.chance(0.05)) fate.there += dice_.spread(millis, 500 * millis);
  if (world_.on(Fault::slow_network) && dice_.chance(0.05)) fate.back += dice_.spread(millis, 500 * millis);
  if (world_.on(Fault::lost_request) && dice_.chance(often)) fate.arrives = false;
  if (world_.on(Fault::lost_answer) && dice_.chance(often)) fate.answered = false;
  if (world_.on(Fault::late_request) && dice_.chance(often)) {
    fate.there += timeout + dice_.spread(millis, 3 * seconds);
    fate.answered = fate.answered && dice_.chance(0.5);
  }
  if (broker_paused_until_ > world_.now()) fate.there += broker_paused_until_ - world_.now();
  return fate;
}

}  // namespace due::sim
