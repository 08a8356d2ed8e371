// Probe (d): what does a persist boundary cost with millions of customers? The real logic and the real store, no log.
//
//   Prints, per boundary: bytes of the batch; stall (the longest time that computing stood still for it: the cut, a slice of encoding,
//   waiting for the boundary before); write and flush (beside computing); and at the end peak memory, files and compaction debt.
//   Exit 0: memory inside the bound and no debt left.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>

#include "schemas/base/partitioner.h"
#include "state/rocksdb/rocks_rows.h"
#include "stream/runtime/task/machine.h"
#include "tests/support/company.h"
#include "topology/account/account_logic.h"

namespace {

using namespace due;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point from) { return std::chrono::duration<double, std::milli>(Clock::now() - from).count(); }

std::int64_t memory_peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) / 1024;
  return 0;
}

struct Figures {
  std::vector<double> stall_ms, flush_ms;
  std::size_t bytes = 0, steps = 0;
};

constexpr std::size_t slice = 500;              // steps between looks at the boundary
constexpr std::size_t objects_per_slice = 3'000;  // of a cut: a step changes two or three, so encoding ends long before the next cut

struct Options {
  std::int64_t customers = 5'000'000, steps = 300'000, rounds = 10, memory_mb = 1'024;
  std::string directory = "/tmp/duestream-persist-probe";
};

class Probe {
 public:
  explicit Probe(const Options& o)
      : share_({.block_cache_bytes = 96U << 20, .background_threads = 1}),
        rows_(std::move(state::RocksRows::open(o.directory, share_)).value()),
        subtopology_(topology::account_subtopology()),
        cache_bytes_(static_cast<std::size_t>(o.memory_mb) << 19),  // half of the bound
        machine_(machine_options(), *rows_, cache_bytes_) {
    machine_.tick({{1}, start_of(Date{30'000})});
    machine_.keep(runtime::Machine::Keep::hash_only);
  }

  void step(std::int64_t customer, std::int64_t n) {
    const std::string id = std::to_string(customer);
    const test::CompanyRecord r = test::invoice("C" + id, "I" + std::to_string(n), static_cast<int>(n / 20'000), 1'000 + n % 90'000);
    std::deque<std::string> arena;
    topology::Prepared p;
    p.record = {0, 0, n, {0}, r.key, r.value, {}};
    machine_.prepare(p, arena);
    machine_.record(p);
    if (machine_.open_records() >= slice) (void)machine_.take();
  }

  // The state as it is becomes durable, beside the steps that follow.
  void boundary(Figures& f) {
    const auto began = Clock::now();
    finish(f);  // the one before; a wait here is a stall
    machine_.cache().cut();
    f.stall_ms.push_back(ms_since(began));
  }
  // Between slices of steps: a piece of what is being cut.
  void go_on(Figures& f, std::size_t objects_max) {
    if (!machine_.cache().cutting() || machine_.cache().encoded()) return;
    const auto began = Clock::now();
    const bool encoded = machine_.cache().encode(objects_max);
    f.stall_ms.back() = std::max(f.stall_ms.back(), ms_since(began));
    if (!encoded) return;
    f.bytes += machine_.cache().batch()->bytes();
    written_ = std::async(std::launch::async, [this, batch = machine_.cache().batch()] {
      const auto writing = Clock::now();
      rows_->write(*batch);
      rows_->flush();
      return ms_since(writing);
    });
  }
  bool full() { return machine_.cache().changed_bytes() > cache_bytes_ / 2; }  // a worker makes a boundary then
  void finish(Figures& f) {
    if (!machine_.cache().cutting()) return;
    go_on(f, SIZE_MAX);
    f.flush_ms.push_back(written_.get());
    machine_.cache().written();
  }
  state::RocksRows& rows() { return *rows_; }

 private:
  runtime::Machine::Options machine_options() {
    runtime::Machine::Options o;
    o.identity = {"account-0", 0, 1, {"invoices", "payments", "usage"}, "probe"};
    o.subtopology = &subtopology_;
    o.outputs = {{"decisions", 1, 1 << 20}, {"dead-letters", 1, 1 << 20}};
    return o;
  }
  state::RocksShare share_;
  std::unique_ptr<state::RocksRows> rows_;
  topology::Subtopology subtopology_;
  std::size_t cache_bytes_;
  runtime::Machine machine_;
  std::future<double> written_;
};

void print(const char* what, Figures f, double seconds) {
  std::sort(f.stall_ms.begin(), f.stall_ms.end());
  std::sort(f.flush_ms.begin(), f.flush_ms.end());
  const std::size_t n = f.stall_ms.size();
  if (n == 0 || f.flush_ms.empty()) return;
  const char* form =
      "%-22s %2zu boundaries, %5.1f MB each; stall p50 %.0f ms, max %.0f ms; write and flush p50 %.0f ms, max %.0f ms; %.0f/s\n";
  const double mb = static_cast<double>(f.bytes) / 1e6 / static_cast<double>(f.flush_ms.size());
  std::printf(form, what, n, mb, f.stall_ms[n / 2], f.stall_ms.back(), f.flush_ms[n / 2], f.flush_ms.back(),
              static_cast<double>(f.steps) / seconds);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"What a persist boundary costs with millions of customers: bytes, stall, memory, compaction debt"};
  app.add_option("--customers", o.customers, "accounts in the state")->capture_default_str();
  app.add_option("--steps", o.steps, "events between boundaries")->capture_default_str();
  app.add_option("--rounds", o.rounds, "boundaries measured at full size")->capture_default_str();
  app.add_option("--memory-mb", o.memory_mb, "the bound that peak memory must keep")->capture_default_str();
  app.add_option("--directory", o.directory, "of the state; removed at the start and the end")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::filesystem::remove_all(o.directory);
  std::filesystem::create_directories(o.directory);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  int code = 0;
  {
    Probe probe(o);
    std::int64_t n = 0, last = 0;
    Figures load, full;
    auto began = Clock::now();
    const auto each = [&](std::int64_t customer, Figures& f) {
      probe.step(customer, n++);
      if (n % static_cast<std::int64_t>(slice) == 0) probe.go_on(f, objects_per_slice);
      if (n - last >= o.steps || probe.full()) {
        probe.boundary(f);
        last = n;
      }
      ++f.steps;
    };
    for (std::int64_t c = 0; c < o.customers; ++c) each(c, load);
    print("while loading", load, ms_since(began) / 1e3);
    began = Clock::now();
    std::uint64_t seed = 42;
    for (std::int64_t i = 0; i < o.rounds * o.steps; ++i) {
      seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
      each(static_cast<std::int64_t>((seed >> 20) % static_cast<std::uint64_t>(o.customers)), full);
    }
    print("at full size, uniform", full, ms_since(began) / 1e3);
    probe.finish(full);
    const auto at_end = probe.rows().figures();
    const auto waited = Clock::now();
    probe.rows().wait_for_compaction();
    const auto later = probe.rows().figures();
    const char* form = "peak memory %lld MB (bound %lld); files %.0f MB; compactions left %llu at once, none %.1f s later\n";
    std::printf(form, static_cast<long long>(memory_peak_mb()), static_cast<long long>(o.memory_mb),
                static_cast<double>(later.files_bytes) / 1e6, static_cast<unsigned long long>(at_end.compactions_left),
                ms_since(waited) / 1e3);
    if (memory_peak_mb() > o.memory_mb) code = 1;
  }
  std::filesystem::remove_all(o.directory);
  return code;
}
