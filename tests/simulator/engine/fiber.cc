#include "tests/simulator/engine/fiber.h"

#include <cxxabi.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "schemas/base/result.h"

namespace due::sim {
namespace {

constexpr std::size_t stack_bytes = 256U << 10;
constexpr std::size_t guard_bytes = 4U << 10;

// Stacks are used again: mapping one costs more than running most fibers.
std::vector<void*>& spare_stacks() {
  static std::vector<void*> spare;
  return spare;
}

void* take_stack() {
  if (std::vector<void*>& spare = spare_stacks(); !spare.empty()) {
    void* stack = spare.back();
    spare.pop_back();
    return stack;
  }
  void* stack = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  check(stack != MAP_FAILED, "no memory for a fiber's stack");
  check(mprotect(stack, guard_bytes, PROT_NONE) == 0, "a fiber's stack cannot be guarded");
  return stack;
}

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)), stack_(take_stack()) {
  check(getcontext(&own_) == 0, "getcontext");
  own_.uc_stack.ss_sp = static_cast<char*>(stack_) + guard_bytes;
  own_.uc_stack.ss_size = stack_bytes - guard_bytes;
  own_.uc_link = nullptr;
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&own_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned int>(self >> 32),
              static_cast<unsigned int>(self));
}

Fiber::~Fiber() { spare_stacks().push_back(stack_); }

void Fiber::enter(unsigned int high, unsigned int low) {
  auto* self = reinterpret_cast<Fiber*>(std::uintptr_t{high} << 32 | low);
  self->body_();
  self->body_ = nullptr;
  self->finished_ = true;
  self->suspend();
  fail("a finished fiber was resumed");
}

void Fiber::switch_exceptions() {
  void* const of_thread = abi::__cxa_get_globals();
  Exceptions other;
  std::memcpy(&other, of_thread, sizeof other);
  std::memcpy(of_thread, &exceptions_, sizeof exceptions_);
  exceptions_ = other;
}

void Fiber::resume() {
  check(!finished_, "a finished fiber is resumed");
  switch_exceptions();
  check(swapcontext(&caller_, &own_) == 0, "swapcontext");
  switch_exceptions();
}

void Fiber::suspend() { check(swapcontext(&own_, &caller_) == 0, "swapcontext"); }

}  // namespace due::sim
