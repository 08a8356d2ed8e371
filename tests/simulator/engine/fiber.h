// tests/simulator/engine/fiber.h
// A function with a stack of its own, which runs until it suspends itself: many of them share one thread.
//
//   Shape    changing over costs some twenty instructions: ucontext's costs two system calls. x86-64 alone, as the product
//   Errors   an exception that leaves the body ends the process: a body catches what it expects
//   Threads  all fibers of a program belong to one
#pragma once

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
  [[noreturn]] static void enter(Fiber* self);
  void switch_exceptions();

  std::function<void()> body_;
  void* stack_;
  void* own_;               // where its stack ends while it does not run
  void* caller_ = nullptr;  // ... and that of whoever resumed it
  Exceptions exceptions_;
  bool finished_ = false;
};

}  // namespace due::sim
