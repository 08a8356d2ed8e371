// schemas/base/result.h
// A value, or an error whose code is the caller's next action. std::expected is C++23; accessors are named as there.
//
//   Errors   value() of an error, and error() of a value, abort: a bug, in release too
//   Threads  none
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace due {

enum class Remedy {
  retry,              // Repeat this same call; the outcome stays exactly-once.
  reopen_producer,    // Destroy it, open its transactional id again, ask what was committed, send again what is still ours.
  quarantine_record,  // This record can never succeed: dead-letter it with its reason, continue.
  stop,               // We no longer know our own state: exit non-zero, let restart recover.
};

// `what` is one sentence: subject, cause, the ids to find it again, and what to do.
struct Error {
  Remedy remedy = Remedy::stop;
  std::string what;
};

// Who is told about a bug first: the simulator, of whose processes only one is to end. It may throw.
inline void (*bug_listener)(const char* what) = nullptr;

// States a bug and ends the process, in release too: better no ledger than a wrong one.
[[noreturn]] inline void fail(const char* what) {
  if (bug_listener != nullptr) bug_listener(what);
  std::fprintf(stderr, "duestream: bug: %s\n", what);
  std::abort();
}
inline void check(bool holds, const char* what) {
  if (!holds) [[unlikely]]
    fail(what);
}

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return held_.index() == 0; }
  bool has_value() const { return held_.index() == 0; }
  T& value() & { check(has_value(), "value() of an error"); return *std::get_if<0>(&held_); }
  const T& value() const& { check(has_value(), "value() of an error"); return *std::get_if<0>(&held_); }
  T&& value() && { check(has_value(), "value() of an error"); return std::move(*std::get_if<0>(&held_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const { check(!has_value(), "error() of a value"); return *std::get_if<1>(&held_); }

 private:
  std::variant<T, Error> held_;
};

struct Done {};
using Status = Result<Done>;  // Success without a value: `return Done{};`

}  // namespace due
