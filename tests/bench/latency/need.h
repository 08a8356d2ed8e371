// tests/bench/latency/need.h
// What a program of a measurement does where something fails: says what, and ends with exit code 2.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <utility>

#include "schemas/base/result.h"

namespace due::bench {

[[noreturn]] inline void give_up(std::string_view program, std::string_view what) {
  std::cerr << program << ": " << what << '\n';
  std::exit(2);
}

// `const auto log = Need{"latency_load"}(KafkaLog::open(settings));`
struct Need {
  std::string_view program;
  template <class T>
  T operator()(Result<T> result) const {
    if (!result.has_value()) give_up(program, result.error().what);
    return std::move(*result);
  }
  void operator()(const Status& status) const {
    if (!status) give_up(program, status.error().what);
  }
};

}  // namespace due::bench
