// duestream_sim: whole workers under every fault that a log, a disk, a clock and a scheduler can produce, seed by seed.
#include <csignal>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <unistd.h>

#include "schemas/base/result.h"
#include "schemas/simulated/plant.h"
#include "tests/simulator/naive/naive.h"
#include "tests/simulator/run/plants.h"
#include "tests/simulator/run/shrink.h"

namespace due::sim {
namespace {

struct Arguments {
  std::uint64_t first = 1, last = 300;
  bool json = false, story = false, once = false, naive = false, list = false, counts = false, plants = false, progress = false;
  RunOptions run;
};

constexpr char usage[] = R"(duestream_sim [--seeds A..B] [--json] [--story] [--once] [--events N] [--without KIND,...] [--plant BUG]
duestream_sim --plants | --naive | --list

  --seeds A..B        which seeds, A alone for one; default 1..300. Each runs twice and must leave the same trace
  --json              the last line is an object: seeds, violations, trace_mismatches, crash_points_hit, crash_points, rare_paths, seconds
  --story             tells what happened, virtual time first
  --once              does not run a seed again
  --progress          says every ten seconds how far it is (to standard error)
  --list              lists the named points at which a process may die
  --counts            says how often each point and each rare path was met
  --events N          at most N events
  --naive             runs a careless client instead, which the faults have to break: torn, doubled, forked, position set back
  --plants            puts known bugs into the program, one at a time, and says which check finds each
  --plant BUG         runs with one of them
  --without KIND,...  leaves kinds of fault out: )";

int help() {
  std::fputs(usage, stderr);
  for (const std::string_view name : fault_names) std::fprintf(stderr, "%.*s ", static_cast<int>(name.size()), name.data());
  std::fputs("\n\nExit code 0: no violation, no mismatch. A violation prints the line that reproduces it.\n", stderr);
  return 2;
}

bool leave_out(const std::string& list, FaultSet& without) {
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t to = std::min(list.find(',', from), list.size());
    const auto fault = fault_named(list.substr(from, to - from));
    if (!fault) return false;
    without.add(*fault);
    from = to + 1;
  }
  return true;
}

bool choose_plant(const std::string& name, PlanOptions& plan) {
  for (std::size_t i = 0; i < plants.size(); ++i)
    if (plants[i] == name) plan.plant = i;
  return plan.plant.has_value();
}

bool parse(int count, char** values, Arguments& a) {
  for (int i = 1; i < count; ++i) {
    const std::string name = values[i];
    const std::string value = i + 1 < count ? values[i + 1] : "";
    if (name == "--seeds" && !value.empty()) {
      const auto dots = value.find("..");
      a.first = std::strtoull(value.c_str(), nullptr, 10);
      a.last = dots == std::string::npos ? a.first : std::strtoull(value.c_str() + dots + 2, nullptr, 10);
      ++i;
    } else if (name == "--events" && !value.empty()) {
      a.run.plan.events_max = std::atoi(value.c_str());
      ++i;
    } else if (name == "--plant" && choose_plant(value, a.run.plan)) {
      ++i;
    } else if (name == "--without" && leave_out(value, a.run.plan.without)) {
      ++i;
    } else if (name == "--json") {
      a.json = true;
    } else if (name == "--story") {
      a.story = true;
    } else if (name == "--list") {
      a.list = true;
    } else if (name == "--counts") {
      a.counts = true;
    } else if (name == "--plants") {
      a.plants = true;
    } else if (name == "--naive") {
      a.naive = true;
    } else if (name == "--progress") {
      a.progress = true;
    } else if (name == "--once") {
      a.once = true;
    } else {
      return false;
    }
  }
  return a.first <= a.last;
}

// What all seeds came to.
struct Totals {
  std::int64_t seeds = 0, violations = 0, mismatches = 0, records = 0;
  Micros virtual_time = 0;
  std::map<std::string, std::int64_t> rare_paths, checks;
  PointCounts points;
};

constexpr std::int64_t shrunk_max = 3;    // violations are, of a run: it takes some dozens of runs each
constexpr std::size_t story_lines = 25;

volatile std::sig_atomic_t seed_at_work = 0;

// A crash of the simulator itself is a finding as well: which seed it was must not be lost.
void tell_seed(int signal) {
  char text[64];
  const int size = std::snprintf(text, sizeof text, "duestream_sim: signal %d in seed %ld\n", signal, static_cast<long>(seed_at_work));
  if (size > 0) (void)!write(STDERR_FILENO, text, static_cast<std::size_t>(size));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void tell_shrunk(std::uint64_t seed, const RunOptions& options, const Violation& violation) {
  const Shrunk small = shrink(seed, options, violation.check);
  std::printf("  shrunk: %s --story, which ends so:\n", command(seed, small.options).c_str());
  // The end of what happened; what the chronicles hold comes behind it.
  std::size_t end = 0;
  while (end < small.run.story.size() && small.run.story[end].find("VIOLATION") == std::string::npos) ++end;
  end = std::min(end + 1, small.run.story.size());
  for (std::size_t i = end - std::min(end, story_lines); i < end; ++i) std::printf("  %s\n", small.run.story[i].c_str());
}

void run_one(const Arguments& a, std::uint64_t seed, Totals& totals) {
  seed_at_work = static_cast<std::sig_atomic_t>(seed);
  RunOptions options = a.run;
  options.telling = a.story;
  const Run run = run_seed(seed, options);
  ++totals.seeds;
  totals.virtual_time += run.virtual_time;
  totals.records += run.records;
  for (const auto& [name, n] : run.rare_paths) totals.rare_paths[name] += n;
  totals.points.add(run.points);
  for (const std::string& line : run.story) std::printf("%s\n", line.c_str());
  if (run.violation) {
    ++totals.violations;
    ++totals.checks[run.violation->check];
    std::printf("%s\n  violation, found by %s: %s\n  again: %s --story\n", run.plan.c_str(), run.violation->check.c_str(),
                run.violation->what.c_str(), command(seed, a.run).c_str());
    if (!a.story && totals.violations <= shrunk_max) tell_shrunk(seed, a.run, *run.violation);
  }
  if (a.once) return;
  options.telling = false;
  options.judged = false;
  if (run_seed(seed, options).trace == run.trace) return;
  ++totals.mismatches;
  std::printf("%s\n  the second run left another trace\n  again: %s\n", run.plan.c_str(), command(seed, a.run).c_str());
}

// The other way round: who finds nothing to break in a careless client proves nothing by finding nothing in ours.
int run_naive_client(const Arguments& a) {
  std::map<std::string, std::int64_t> broken;
  for (std::uint64_t seed = a.first; seed <= a.last; ++seed)
    for (const auto& [how, n] : run_naive(seed).broken) broken[how] += n;
  bool all = true;
  for (const auto& [how, n] : broken) {
    std::printf("%-18s %lld times\n", how.c_str(), static_cast<long long>(n));
    all = all && n > 0;
  }
  std::printf("%s\n", all ? "the careless client is broken in every way" : "the careless client holds somewhere: the faults are too weak");
  return all ? 0 : 1;
}

void print_counts(const Totals& totals) {
  for (std::size_t i = 0; i < point_count; ++i)
    std::printf("  %-26s came to %8lld times, died there %6lld times\n", std::string(point_name(i)).c_str(),
                static_cast<long long>(totals.points.reached[i]), static_cast<long long>(totals.points.died[i]));
  for (const auto& [name, n] : totals.rare_paths) std::printf("  %-50s %8lld times\n", name.c_str(), static_cast<long long>(n));
}

void print_json(const Totals& totals, double taken) {
  std::string paths, points;
  std::int64_t hit = 0;
  for (const auto& [name, n] : totals.rare_paths) paths += (paths.empty() ? "\"" : ",\"") + name + "\":" + std::to_string(n);
  for (std::size_t i = 0; i < point_count; ++i) {
    hit += totals.points.died[i] > 0 ? 1 : 0;
    points += (i == 0 ? "\"" : ",\"") + std::string(point_name(i)) + "\":" + std::to_string(totals.points.died[i]);
  }
  std::printf("{\"seeds\":%lld,\"violations\":%lld,\"trace_mismatches\":%lld,\"crash_points_hit\":%lld,\"crash_points\":{%s},"
              "\"rare_paths\":{%s},\"seconds\":%.1f}\n",
              static_cast<long long>(totals.seeds), static_cast<long long>(totals.violations), static_cast<long long>(totals.mismatches),
              static_cast<long long>(hit), points.c_str(), paths.c_str(), taken);
}

int list() {
  for (std::size_t i = 0; i < point_count; ++i) std::printf("%s\n", std::string(point_name(i)).c_str());
  return 0;
}

int run(const Arguments& a) {
  const auto began = std::chrono::steady_clock::now();
  Totals totals;
  const auto so_far = [began] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
  double said = 0;
  for (std::uint64_t seed = a.first; seed <= a.last; ++seed) {
    run_one(a, seed, totals);
    if (!a.progress || so_far() - said < 10) continue;
    said = so_far();
    std::fprintf(stderr, "%lld of %llu seeds from %llu on, %.0f s: %lld violations, %lld trace mismatches\n",
                 static_cast<long long>(totals.seeds), static_cast<unsigned long long>(a.last - a.first + 1),
                 static_cast<unsigned long long>(a.first), said, static_cast<long long>(totals.violations),
                 static_cast<long long>(totals.mismatches));
  }
  const double taken = so_far();
  const auto seeds = static_cast<double>(totals.seeds);
  for (const auto& [name, n] : totals.checks) std::printf("found by %s: %lld\n", name.c_str(), static_cast<long long>(n));
  std::printf("%lld seeds in %.1f s: %.1f ms, %.1f s of virtual time and %.0f records each; %lld violations, %lld trace mismatches\n",
              static_cast<long long>(totals.seeds), taken, taken * 1e3 / seeds, static_cast<double>(totals.virtual_time) / 1e6 / seeds,
              static_cast<double>(totals.records) / seeds, static_cast<long long>(totals.violations),
              static_cast<long long>(totals.mismatches));
  if (a.counts) print_counts(totals);
  if (a.json) print_json(totals, taken);
  return totals.violations + totals.mismatches > 0 ? 1 : 0;
}

}  // namespace
}  // namespace due::sim

int main(int count, char** values) {
  due::sim::Arguments arguments;
  if (!due::sim::parse(count, values, arguments)) return due::sim::help();
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE}) std::signal(signal, due::sim::tell_seed);
  due::bug_listener = [](const char* what) { throw due::sim::Bug{what}; };
  if (arguments.list) return due::sim::list();
  if (arguments.plants) return due::sim::run_plants({arguments.first, arguments.last, arguments.json});
  return arguments.naive ? due::sim::run_naive_client(arguments) : due::sim::run(arguments);
}
