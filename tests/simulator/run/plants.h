// tests/simulator/run/plants.h
// Puts bugs into the program, one at a time (schemas/simulated/plant.h), and says which check finds each.
#pragma once

#include "tests/simulator/run/run.h"

namespace due::sim {

struct PlantOptions {
  std::uint64_t first = 1, last = 1;  // seeds, both included: each bug gets them in turn until one of them finds it
  bool json = false;
};

int run_plants(const PlantOptions& options);  // 0: all of them were found

}  // namespace due::sim
