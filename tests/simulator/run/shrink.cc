#include "tests/simulator/run/shrink.h"

#include "schemas/simulated/plant.h"

namespace due::sim {
namespace {

constexpr int events_min = 5;

bool fails(std::uint64_t seed, const RunOptions& options, const std::string& check) {
  const auto violation = run_seed(seed, options).violation;
  return violation && violation->check == check;
}

}  // namespace

Shrunk shrink(std::uint64_t seed, const RunOptions& options, const std::string& check) {
  RunOptions small = options;
  small.telling = false;
  const Plan plan = draw_plan(seed, options.plan);
  for (std::size_t i = 0; i < fault_count; ++i) {
    const auto fault = static_cast<Fault>(i);
    if (!plan.faults.has(fault)) continue;
    RunOptions without = small;
    without.plan.without.add(fault);
    if (fails(seed, without, check)) small = without;
  }
  for (int events = plan.company.events / 2; events >= events_min; events /= 2) {
    RunOptions fewer = small;
    fewer.plan.events_max = events;
    if (!fails(seed, fewer, check)) break;
    small = fewer;
  }
  small.telling = true;
  return {small, run_seed(seed, small)};
}

std::string command(std::uint64_t seed, const RunOptions& options) {
  std::string line = "duestream_sim --seeds " + std::to_string(seed);
  if (options.plan.plant) line += " --plant " + std::string(plants[*options.plan.plant]);
  if (options.plan.events_max > 0) line += " --events " + std::to_string(options.plan.events_max);
  std::string without;
  for (std::size_t i = 0; i < fault_count; ++i)
    if (options.plan.without.has(static_cast<Fault>(i))) without += (without.empty() ? "" : ",") + std::string(fault_names[i]);
  return without.empty() ? line : line + " --without " + without;
}

}  // namespace due::sim
