// tests/simulator/run/shrink.h
// Makes a failing run small: fewer kinds of fault, fewer events, while the same check still finds something.
#pragma once

#include "tests/simulator/run/run.h"

namespace due::sim {

struct Shrunk {
  RunOptions options;
  Run run;  // told
};

// `seed` fails under `options`, found by `check`.
Shrunk shrink(std::uint64_t seed, const RunOptions& options, const std::string& check);

// The line that runs a seed so again.
std::string command(std::uint64_t seed, const RunOptions& options);

}  // namespace due::sim
