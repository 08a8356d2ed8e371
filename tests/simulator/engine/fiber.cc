#include "tests/simulator/engine/fiber.h"

#include <cxxabi.h>
#include <sys/mman.h>

#include <algorithm>
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

// Keeps what a function must not change, and where the stack ends, in *from; goes on where `to` was kept.
asm(R"(
.text
.type due_sim_change_over, @function
due_sim_change_over:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size due_sim_change_over, . - due_sim_change_over
.type due_sim_begin, @function
due_sim_begin:
  movq %r12, %rdi
  callq *%r13
  ud2
.size due_sim_begin, . - due_sim_begin
)");
extern "C" void due_sim_change_over(void** from, void* to);
extern "C" void due_sim_begin();

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)), stack_(take_stack()) {
  // As due_sim_change_over leaves a stack: r15, r14, r13, r12, rbx, rbp and where to go on; above it, what keeps calls aligned.
  void** const top = reinterpret_cast<void**>(static_cast<char*>(stack_) + stack_bytes) - 2;
  void** const frame = top - 7;
  std::fill(frame, top + 2, nullptr);
  frame[2] = reinterpret_cast<void*>(&Fiber::enter);
  frame[3] = this;
  frame[6] = reinterpret_cast<void*>(&due_sim_begin);
  own_ = frame;
}

Fiber::~Fiber() { spare_stacks().push_back(stack_); }

void Fiber::enter(Fiber* self) {
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
  due_sim_change_over(&caller_, own_);
  switch_exceptions();
}

void Fiber::suspend() { due_sim_change_over(&own_, caller_); }

}  // namespace due::sim
