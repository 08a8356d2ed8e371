// stages_bench: every stage as a benchmark; or one of them, once, for whoever counts its instructions (instructions.py).
#include <benchmark/benchmark.h>
#include <gnu/libc-version.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "schemas/base/hash.h"
#include "tests/bench/stages/stage.h"

#ifdef DUE_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

// Between its entry and its return instructions are counted: known by this name to callgrind. Never inlined, so that it is entered.
extern "C" [[gnu::noinline]] void due_measured_stage(due::stages::Stage& stage) { stage.run(); }

namespace due::stages {
namespace {

constexpr std::string_view usage = R"(stages_bench [--benchmark_...]   times every stage of an event's way; per_event is what to compare
stages_bench --once STAGE        runs a stage once, inside the function due_measured_stage, and prints how many events that were
stages_bench --stages            their names, and what each is
stages_bench --key               what instruction counts depend on: compiler, libraries, build

Deterministic: the workload account-risk of `duestream generate`, always the same events, no clock, no log. --benchmark_filter=REGEX picks
stages, --benchmark_repetitions=N repeats each, --benchmark_format=json is for programs. The processor's caches hold most of the state here,
so all stages together take less than an event of a large run does: compare a stage with itself.
)";

void time_stage(benchmark::State& state, const Entry& entry) {
  std::size_t events = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::unique_ptr<Stage> stage = entry.make();
    state.ResumeTiming();
    due_measured_stage(*stage);
    state.PauseTiming();
    events += stage->events();
    stage.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
  state.counters["per_event"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
}

std::string key() {
#ifdef __clang__
  std::string text = "clang-" + dotted(__clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  std::string text = "gcc-" + dotted(__GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
  text += std::string(" libc-") + gnu_get_libc_version() + " simdjson-" DUE_SIMDJSON " xxhash-";
  text += dotted(XXH_VERSION_MAJOR, XXH_VERSION_MINOR, XXH_VERSION_RELEASE);
#ifdef DUE_JEMALLOC
  text += " jemalloc-" + dotted(JEMALLOC_VERSION_MAJOR, JEMALLOC_VERSION_MINOR, JEMALLOC_VERSION_BUGFIX);
#endif
  return text + " " DUE_BUILD;
}

int once(std::string_view name) {
  for (const Entry& entry : all) {
    if (entry.name != name) continue;
    const std::unique_ptr<Stage> stage = entry.make();
    due_measured_stage(*stage);
    std::printf("%zu\n", stage->events());
    return 0;
  }
  std::fprintf(stderr, "stages_bench: no stage is called %s; stages_bench --stages lists them\n", std::string(name).c_str());
  return 2;
}

int main(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "--help" || first == "-h") return std::fputs(usage.data(), stdout) < 0;
  if (first == "--key") return std::printf("%s\n", key().c_str()) < 0;
  if (first == "--once") return once(argc > 2 ? argv[2] : "");
  if (first == "--stages") {
    for (const Entry& entry : all) std::printf("%-10s %s\n", entry.name, entry.does);
    return 0;
  }
  for (const Entry& entry : all)
    benchmark::RegisterBenchmark(entry.name, [&entry](benchmark::State& s) { time_stage(s, entry); })->Iterations(20);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return std::fputs(usage.data(), stderr), 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace due::stages

int main(int argc, char** argv) { return due::stages::main(argc, argv); }
