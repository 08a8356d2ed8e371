// tests/simulator/world/network.h
// Requests to the broker and their answers. A request that was sent arrives although its sender has died, or has sent it again.
//
//   Shape    serve() runs at the broker when the request arrives, so it owns all that it needs
//   Errors   an answer that never comes is the caller's timeout
//   Threads  one
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "tests/simulator/world/world.h"

namespace due::sim {

enum class Request { open, add_partitions, produce, add_group, positions, end, ask };  // ask: whatever changes nothing

template <class A>
struct Call {
  std::optional<A> answer;
  Signal answered;
};

class Network {
 public:
  explicit Network(World& world) : world_(world), dice_(world.plan().seed, "network") {}

  template <class A>
  std::shared_ptr<Call<A>> send(Request kind, std::function<A()> serve) {
    auto call = std::make_shared<Call<A>>();
    const Fate fate = draw(kind);
    if (!fate.arrives) return call;
    world_.scheduler().at(world_.now() + fate.there, [this, call, kind, fate, serve = std::move(serve)] {
      world_.trace().add(static_cast<std::uint64_t>(kind) << 32 | static_cast<std::uint64_t>(fate.there));
      auto answer = std::make_shared<A>(serve());
      if (!fate.answered) return;
      world_.scheduler().at(world_.now() + fate.back, [this, call, answer] {
        call->answer = std::move(*answer);
        world_.scheduler().notify(call->answered);
      });
    });
    return call;
  }
  // Sends, and waits for the answer as long as a client does; by the running strand.
  template <class A>
  std::optional<A> ask(Request kind, std::function<A()> serve) {
    return await(*send<A>(kind, std::move(serve)), world_.now() + world_.plan().socket_timeout);
  }
  template <class A>
  std::optional<A> await(Call<A>& call, Micros until) {
    while (!call.answer && world_.now() < until) world_.scheduler().wait(call.answered, until);
    return std::move(call.answer);
  }

  void pause_broker(Micros until) { broker_paused_until_ = until; }

 private:
  struct Fate {
    Micros there = 0, back = 0;
    bool arrives = true, answered = true;
  };
  Fate draw(Request kind);

  World& world_;
  Dice dice_;
  Micros broker_paused_until_ = 0;
};

}  // namespace due::sim
