// tests/simulator/engine/fiber.h
// A function with a stack of its own, which runs until it suspends itself: many of them share one thread.
//
//   Errors   an exception that leaves the body ends the process: a body catches what it expects
//   Threads  all fibers of a program belong to one
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace due::sim {

class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  ~Fiber();  // a body that began has to have ended, or what lies on its stack is lost
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  void resume();   // by whoever schedules: returns when the body suspends or ends
  void suspend();  // by the body itself
  bool finished() const { return finished_; }

 private:
  // What the C++ runtime keeps per thread about exceptions in flight; here it is one per fiber.
  struct Exceptions {
    void* caught = nullptr;
    unsigned int uncaught = 0;
  };
  static void enter(unsigned int high, unsigned int low);
  void switch_exceptions();

  std::function<void()> body_;
  void* stack_;
  ucontext_t own_{}, caller_{};
  Exceptions exceptions_;
  bool finished_ = false;
};

}  // namespace due::sim
