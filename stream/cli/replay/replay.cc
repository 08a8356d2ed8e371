#include "stream/cli/replay/replay.h"

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "stream/cli/replay/pages.h"
#include "stream/cli/replay/scratch.h"
#include "stream/cli/replay/tasks.h"
#include "stream/cli/usage.h"

namespace due::cli {
namespace {

constexpr std::size_t queue_bytes = 8U << 20;  // of an input: nobody waits for an answer, so less is fetched ahead than by a run

std::atomic<bool> interrupted{false};
void on_signal(int) { interrupted = true; }  // the folder with the state is to go all the same

struct Beginning {
  bool checkpoint = false;
  std::optional<std::int64_t> at_or_before;
};

Result<Beginning> beginning_of(const ReplayArguments& a) {
  const Error wrong{Remedy::stop, "--from " + a.from + ": allowed is beginning, checkpoint (the newest) or checkpoint:SEQ (the newest at "
                                  "or before that batch)"};
  if (a.from == "beginning") return Beginning{};
  Beginning b{true, std::nullopt};
  if (a.from.starts_with("checkpoint:")) {
    const std::string number = a.from.substr(11);
    std::int64_t seq = 0;
    const auto [end, bad] = std::from_chars(number.data(), number.data() + number.size(), seq);
    if (bad != std::errc{} || end != number.data() + number.size() || seq < 0) return wrong;
    b.at_or_before = seq;
  } else if (a.from != "checkpoint") {
    return wrong;
  }
  if (a.checkpoints.to.empty()) return Error{Remedy::stop, "--from " + a.from + " needs --checkpoints DIRECTORY (checkpoint.to)"};
  return b;
}

runtime::WorkerOptions options_of(const ReplayArguments& a, Wire& wire) {
  runtime::WorkerOptions o = options_beside(a.app, a.log, a.logic, wire, "replay");
  o.queue_bytes_max = queue_bytes;
  return o;
}

// Replays one task after the other, each on rows of its own.
class Replays {
 public:
  Replays(const ReplayArguments& a, Wire& wire, log::Log& log, Scratch scratch, Beginning beginning)
      : a_(a), log_(log), scratch_(std::move(scratch)), beginning_(beginning), options_(options_of(a, wire)) {
    options_.open_rows = [this](const std::string& task) { return scratch_.rows(task); };
  }

  Result<ReplayPage> run() {
    auto tasks = task_places(log_, *options_.topology, a_.log.prefix, a_.tasks);
    if (!tasks) return tasks.error();
    auto ends = runtime::output_ends(log_, *options_.topology, options_.topic_prefix);
    if (!ends) return ends.error();
    ReplayPage page;
    for (const TaskPlace& task : *tasks) {
      if (interrupted) return Error{Remedy::stop, "interrupted before task " + task.name};
      options_.cache_bytes_max = a_.cache_bytes / 2 * task.siblings;  // one at a time has all the memory, not its share of it
      page.tasks.push_back(one(task.name, task.spine, *ends));
      if (!page.tasks.back().failed.empty()) (void)complain(Error{Remedy::stop, page.tasks.back().failed});
      scratch_.forget(task.name);
    }
    page.memory_peak_bytes = memory_peak_bytes();
    return page;
  }
  const std::string& directory() const { return scratch_.directory(); }

 private:
  using Clock = std::chrono::steady_clock;

  TaskReplay one(const std::string& name, const log::TopicPartition& spine, const runtime::OutputEnds& ends) {
    TaskReplay t;
    t.done.task = name;
    const auto began = Clock::now();
    const double cpu = cpu_seconds();
    auto replayed = checked(name, spine, ends);
    t.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    t.cpu = cpu_seconds() - cpu;
    if (replayed) {
      t.done = std::move(*replayed);
    } else {
      t.failed = replayed.error().what;
    }
    return t;
  }

  Result<runtime::Replayed> checked(const std::string& name, const log::TopicPartition& spine, const runtime::OutputEnds& ends) {
    try {
      if (beginning_.checkpoint)
        if (Status fetched = scratch_.begin_with_checkpoint(a_.checkpoints.to, name, beginning_.at_or_before); !fetched)
          return fetched.error();
      return runtime::replay(log_, options_, spine, ends, {a_.to, a_.cache_bytes / 4, &interrupted});
    } catch (const std::runtime_error& failure) {
      return Error{Remedy::stop, failure.what()};
    }
  }

  const ReplayArguments& a_;
  log::Log& log_;
  Scratch scratch_;
  Beginning beginning_;
  runtime::WorkerOptions options_;
};

Result<ReplayPage> replay_all(const ReplayArguments& a, Wire& wire) {
  auto beginning = beginning_of(a);
  if (!beginning) return beginning.error();
  auto log = wire.open_log(a.log, Access::read);
  if (!log) return log.error();
  auto cluster = (*log)->cluster();
  if (!cluster) return cluster.error();
  auto scratch = Scratch::open(wire, {a.work, a.keep, a.cache_bytes / 2, {*cluster, a.app.name, a.log.prefix}});
  if (!scratch) return scratch.error();
  Replays replays(a, wire, **log, std::move(*scratch), *beginning);
  auto page = replays.run();
  if (page && a.keep && !a.json) std::printf("the state is kept in %s\n\n", replays.directory().c_str());
  return page;
}

}  // namespace

int replay(const ReplayArguments& a, Wire& wire) {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const auto page = replay_all(a, wire);
  if (!page) {
    (void)complain(page.error());
    return Exit::usage;
  }
  const std::string text = a.json ? as_json(*page) : as_text(*page, colours_of(stdout));
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (page->different()) return Exit::failed;
  return page->complete() ? Exit::ok : Exit::usage;
}

}  // namespace due::cli
