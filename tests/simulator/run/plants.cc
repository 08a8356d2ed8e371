#include "tests/simulator/run/plants.h"

#include <cstdio>

#include "schemas/simulated/plant.h"

namespace due::sim {
namespace {

struct Found {
  std::string check, what;  // empty: not at all
  std::uint64_t seed = 0;
};

Found search(std::size_t bug, const PlantOptions& options) {
  RunOptions run;
  run.plan.plant = bug;
  for (std::uint64_t seed = options.first; seed <= options.last; ++seed)
    if (const auto violation = run_seed(seed, run).violation) return {violation->check, violation->what, seed};
  return {};
}

}  // namespace

int run_plants(const PlantOptions& options) {
  std::size_t caught = 0;
  std::string by;
  for (std::size_t bug = 0; bug < plants.size(); ++bug) {
    const std::string name(plants[bug]);
    const Found found = search(bug, options);
    if (found.check.empty()) {
      std::printf("%-28s NOT FOUND\n", name.c_str());
    } else {
      ++caught;
      std::printf("%-28s found by %-12s seed %4llu: %.120s\n", name.c_str(), found.check.c_str(),
                  static_cast<unsigned long long>(found.seed), found.what.c_str());
    }
    std::fflush(stdout);
    by += (bug == 0 ? "\"" : ",\"") + name + "\":\"" + found.check + "\"";
  }
  std::printf("%zu bugs planted, %zu found\n", plants.size(), caught);
  if (options.json) std::printf("{\"plants\":%zu,\"found\":%zu,\"found_by\":{%s}}\n", plants.size(), caught, by.c_str());
  return caught == plants.size() ? 0 : 1;
}

}  // namespace due::sim
