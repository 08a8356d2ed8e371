#include "tests/simulator/engine/scheduler.h"

#include <algorithm>
#include <utility>

#include "schemas/base/result.h"

namespace due::sim {

Strand::Strand(Process& process, std::function<void()> body) : process_(process), fiber_(std::make_unique<Fiber>(std::move(body))) {}

Scheduler::Scheduler() = default;
Scheduler::~Scheduler() = default;

void Scheduler::push(Micros when, Strand* strand, std::uint64_t wake) {
  queue_.push_back({std::max(when, now_), ++numbers_, strand, wake});
  std::push_heap(queue_.begin(), queue_.end(), Later{});
}

void Scheduler::at(Micros when, std::function<void()> what) {
  if (free_.empty()) {
    free_.push_back(functions_.size());
    functions_.emplace_back();
  }
  const std::uint64_t place = free_.back();
  free_.pop_back();
  functions_[place] = std::move(what);
  push(when, nullptr, place);
}

Strand& Scheduler::spawn(Process& process, std::function<void()> body) {
  auto guarded = [&process, body = std::move(body)] {
    try {
      if (!process.doomed_) body();
    } catch (const Crash&) {
    }
  };
  Strand& strand = *strands_.emplace_back(std::make_unique<Strand>(process, std::move(guarded)));
  process.strands_.push_back(&strand);
  ++process.strands_alive_;
  push(now_, &strand, strand.wake_);
  return strand;
}

void Scheduler::kill(Process& process) {
  process.doomed_ = true;
  process.frozen_until_ = 0;
  for (Strand* s : process.strands_) {
    if (!s->finished() && s != current_ && !s->unwinding_) push(now_, s, s->wake_);
  }
  if (current_ != nullptr && &current_->process_ == &process) die_if_doomed();
}

void Scheduler::freeze(Process& process, Micros until) {
  if (!process.doomed_) process.frozen_until_ = std::max(process.frozen_until_, until);
}
void Scheduler::thaw(Process& process) {
  if (process.frozen_until_ <= now_) return;
  process.frozen_until_ = 0;
  for (Strand* s : process.strands_) {
    if (!s->finished()) push(now_, s, s->wake_);  // one that waits for something else looks again
  }
}

void Scheduler::run(Micros until) {
  limit_ = until;
  while (!stopped_ && !queue_.empty() && queue_.front().when <= until) {
    std::pop_heap(queue_.begin(), queue_.end(), Later{});
    const Event event = queue_.back();
    queue_.pop_back();
    now_ = event.when;
    if (event.strand != nullptr) {
      resume(*event.strand, event.wake);
    } else {
      const std::function<void()> what = std::exchange(functions_[event.wake], {});
      free_.push_back(event.wake);
      what();
    }
  }
  if (!stopped_) now_ = std::max(now_, until);
}

void Scheduler::end(const std::vector<Process*>& processes) {
  stopped_ = false;
  for (Process* p : processes) kill(*p);
  const auto all_down = [&] { return std::all_of(processes.begin(), processes.end(), [](const Process* p) { return p->down(); }); };
  while (!all_down()) {
    check(!queue_.empty(), "a strand does not end");
    run(queue_.front().when);
  }
}

void Scheduler::resume(Strand& strand, std::uint64_t wake) {
  if (strand.finished() || strand.wake_ != wake) return;
  if (strand.process_.frozen_until_ > now_) return push(strand.process_.frozen_until_, &strand, wake);
  ++strand.wake_;
  ++resumed_;
  current_ = &strand;
  strand.fiber_->resume();
  current_ = nullptr;
  if (!strand.fiber_->finished()) return;
  strand.fiber_.reset();
  --strand.process_.strands_alive_;
  std::erase(strand.process_.strands_, &strand);
  notify(strand_ended_);
}

Process& Scheduler::here() {
  check(current_ != nullptr, "outside of every strand");
  return current_->process_;
}

void Scheduler::die_if_doomed() {
  if (!current_->process_.doomed_ || current_->unwinding_) return;
  current_->unwinding_ = true;
  throw Crash{};
}

void Scheduler::suspend() {
  Strand& self = *current_;
  self.fiber_->suspend();
  current_ = &self;
}

void Scheduler::pass(Micros time) {
  if (current_->unwinding_) return;
  die_if_doomed();
  const Micros until = now_ + time;
  // Where nothing else happens meanwhile, nobody else has to run.
  if (until <= limit_ && (queue_.empty() || queue_.front().when > until) && current_->process_.frozen_until_ <= now_ && !stopped_) {
    now_ = until;
    return;
  }
  push(until, current_, current_->wake_);
  suspend();
  die_if_doomed();
}

void Scheduler::wait(Signal& signal, Micros until) {
  if (current_->unwinding_) return;
  die_if_doomed();
  if (until <= now_) return;
  signal.waiting_.emplace_back(current_, current_->wake_);
  push(until, current_, current_->wake_);
  suspend();
  die_if_doomed();
}

void Scheduler::join(Strand& other) {
  while (!other.finished()) {
    strand_ended_.waiting_.emplace_back(current_, current_->wake_);
    suspend();
  }
  if (!current_->unwinding_ && current_->process_.doomed_) return;  // it is noticed at the next pass
}

void Scheduler::notify(Signal& signal, Micros delay) {
  for (const auto& [strand, wake] : signal.waiting_) {
    if (strand->wake_ == wake) push(now_ + delay, strand, wake);
  }
  signal.waiting_.clear();
}

}  // namespace due::sim
