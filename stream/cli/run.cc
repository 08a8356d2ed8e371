#include "stream/cli/run.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include "schemas/codec/json_writer.h"
#include "stream/cli/topics/start.h"
#include "stream/cli/usage.h"
#include "stream/cli/watched/engine_pages.h"
#include "stream/cli/watched/listen.h"
#include "stream/runtime/worker.h"

namespace due::cli {
namespace {

std::atomic<bool> interrupted{false};
void on_signal(int) { interrupted = true; }

using Clock = std::chrono::steady_clock;

struct Team {
  std::vector<std::unique_ptr<runtime::Worker>> workers;
  std::vector<std::thread> threads;
  std::vector<Result<runtime::WorkerFigures>> results;
  std::atomic<int> running{0};
  std::int64_t done() const {
    std::int64_t n = 0;
    for (const auto& w : workers) n += w->records_done();
    return n;
  }
  std::vector<runtime::WorkerStanding> standings() const {
    std::vector<runtime::WorkerStanding> all;
    for (const auto& w : workers) all.push_back(w->standing());
    return all;
  }
  void stop() {
    for (const auto& w : workers) w->stop();
  }
};

std::size_t standby_max(const RunArguments& a) {
  if (a.standby == "off") return 0;
  return a.standby == "all" ? SIZE_MAX : static_cast<std::size_t>(std::stoul(a.standby));
}

WorkerMemory memory_of_worker(const RunArguments& a, const MemoryShares& shares) {
  return worker_memory(shares, a.workers, a.standby == "off" ? 1 : 2);
}

runtime::WorkerOptions worker_options(const RunArguments& a, const WorkerMemory& memory, Wire& wire, RowsFactory& rows, int worker) {
  runtime::WorkerOptions o;
  o.app = a.app.name;
  o.instance = a.app.name + "-" + a.app.slot + "-" + std::to_string(worker);
  o.topic_prefix = a.log.prefix;
  o.topology = &wire.topology();
  o.logic = a.logic;
  o.logic_version = wire.logic_version(a.logic);
  o.session_timeout = log::Duration(a.session_timeout_ms);
  o.revoke_budget = log::Duration(std::max(1'000, a.session_timeout_ms / 2));
  o.commit_min = std::chrono::milliseconds(std::min(a.commit_min_ms, a.commit_max_ms));
  o.commit_max = std::chrono::milliseconds(a.commit_max_ms);
  o.recovery_budget = std::chrono::milliseconds(a.recovery_budget_ms);
  o.cache_bytes_max = memory.state;
  o.queued_bytes_max = memory.queued;
  o.output_bytes_max = memory.outputs;
  o.limits.batch_records_max = a.batch_records;
  o.limits.merge_wait = std::chrono::milliseconds(a.merge_wait_ms);
  o.until_caught_up = a.until_caught_up;
  o.seal_only = a.seal_only;
  o.standby_max = standby_max(a);
  o.open_rows = [&rows](const std::string& task) { return rows.open(task); };
  return o;
}

// How many records the inputs hold in all, where that can be asked.
std::int64_t backlog(log::Log& log, const RunArguments& a, Wire& wire) {
  std::int64_t n = 0;
  for (const topology::Subtopology& s : wire.topology().subtopologies) {
    std::int32_t tasks = 0;
    for (const auto* inputs : {&s.inputs, &s.broadcast})
      for (const std::string& topic : *inputs) {
        const std::string names[] = {a.log.prefix + topic};
        auto infos = log.describe(names);
        if (!infos || infos->empty()) return 0;
        if (inputs == &s.inputs) tasks = infos->front().partitions;
        for (std::int32_t p = 0; p < infos->front().partitions; ++p)
          if (auto bounds = log.bounds({names[0], p}, log::Isolation::read_committed))
            n += (bounds->end.value - bounds->start.value) * (inputs == &s.broadcast ? tasks : 1);
      }
  }
  return n;
}

void show_progress(std::int64_t done, std::int64_t total, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::fprintf(stderr, "\r  %lld events, %.0f/s", static_cast<long long>(done), rate);
  if (total > done && rate > 0) std::fprintf(stderr, ", %.0f s left   ", static_cast<double>(total - done) / rate);
  std::fprintf(stderr, "\033[K");
  std::fflush(stderr);
}

struct Summary {
  topology::Counts counts;
  runtime::WorkerFigures all;
  double seconds = 0, cpu = 0;
  double per_cpu_second() const { return cpu > 0 ? static_cast<double>(counts.documents.inputs) / cpu : 0; }
};

void add_tally(codec::JsonWriter& json, const char* done, const topology::Tally& t) {
  json.key("inputs").value(t.inputs).key(done).value(t.done).key("duplicates").value(t.duplicates);
  json.key("conflicts").value(t.conflicts).key("dead_letters").value(t.dead_letters).key("parked").value(t.parked);
}

void print_json(const Summary& s) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object();
  add_tally(json, "decisions", s.counts.documents);
  json.key("master").begin_object();
  add_tally(json, "applied", s.counts.master);
  json.end_object();
  json.key("internal").begin_object();
  add_tally(json, "answered", s.counts.internal);
  json.end_object();
  json.key("seconds")
      .raw(thousandths(s.seconds))
      .key("cpu_seconds")
      .raw(thousandths(s.cpu))
      .key("events_per_cpu_second")
      .value(static_cast<std::int64_t>(s.per_cpu_second()))
      .key("memory_peak_bytes")
      .value(memory_peak_bytes())
      .key("commits")
      .value(s.all.commits)
      .key("commit_micros_mean")
      .value(s.all.commits > 0 ? s.all.commit_micros / s.all.commits : 0)
      .key("sent_again")
      .value(s.all.doubtful_batches)
      .key("persists")
      .value(s.all.persists)
      .key("steps_folded")
      .value(s.all.steps_folded)
      .key("state_digest")
      .value(s.all.digest.hex())
      .end_object();
  std::printf("%s\n", out.c_str());
}

void print_text(const Summary& s) {
  std::printf("\n  decided in %.1f s, %.1f s of CPU: %.0f events/s, %.0f events per CPU-second, %.0f MB at the peak\n", s.seconds, s.cpu,
              s.seconds > 0 ? static_cast<double>(s.counts.documents.inputs) / s.seconds : 0, s.per_cpu_second(),
              static_cast<double>(memory_peak_bytes()) / 1e6);
  std::printf("\n  %-10s %12s %12s %12s %12s %12s %12s\n", "", "inputs", "done", "duplicates", "conflicts", "dead letters", "parked");
  const auto row = [](const char* name, const topology::Tally& t) {
    std::printf("  %-10s", name);
    for (const std::int64_t v : {t.inputs, t.done, t.duplicates, t.conflicts, t.dead_letters, t.parked})
      std::printf(" %12lld", static_cast<long long>(v));
    std::printf("\n");
  };
  row("documents", s.counts.documents);
  row("master", s.counts.master);
  row("internal", s.counts.internal);
  std::printf("  state digest   %s\n", s.all.digest.hex().c_str());
}

void print_sealed(const Summary& s, const RunArguments& a) {
  if (a.json) {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object().key("tasks_sealed").value(s.all.tasks_sealed).key("steps_folded").value(s.all.steps_folded);
    json.key("sealed").raw(s.all.sealed ? "true" : "false").key("state_digest").value(s.all.digest.hex()).end_object();
    std::printf("%s\n", out.c_str());
  } else {
    std::printf("%lld tasks are sealed; %lld steps were folded, nothing was decided; state digest %s\n",
                static_cast<long long>(s.all.tasks_sealed), static_cast<long long>(s.all.steps_folded), s.all.digest.hex().c_str());
  }
}

void watch(Team& team, const RunArguments& a, std::int64_t total) {
  const bool terminal = isatty(STDERR_FILENO) != 0 && !a.json;
  const auto began = Clock::now();
  while (team.running > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(terminal ? 100 : 20));
    if (interrupted) team.stop();
    if (terminal) show_progress(team.done(), total, std::chrono::duration<double>(Clock::now() - began).count());
  }
  if (terminal) std::fprintf(stderr, "\r\033[K");
}

// Last words go where the others went: whoever reads JSON lines shall not stumble over the one that matters.
int end_with(const RunArguments& a, const runtime::Report& report, const Error& error) {
  if (a.app.log_format == "text") return complain(error);
  report(runtime::Level::error, "run.failed", {{"why", error.what}});
  return Exit::failed;
}

// A line for each task that could not go on, behind what the others did. A worker that ended gave its own to the next, which tried again.
int end_of_stopped(const RunArguments& a, const runtime::Report& report, const std::map<std::string, std::string>& stopped) {
  for (const auto& [task, why] : stopped) end_with(a, report, {Remedy::stop, why});
  return stopped.empty() ? Exit::ok : Exit::failed;
}

int refuse(const RunArguments& a, const runtime::Report& report, const std::vector<std::string>& lines) {
  if (a.app.log_format == "text") return complain(lines);
  for (const std::string& line : lines) report(runtime::Level::error, "run.refused", {{"why", line}});
  return Exit::usage;
}

// What operators see while it runs.
struct Watched {
  std::unique_ptr<LagMeter> meter;
  std::unique_ptr<http::Server> server;
};

Result<Watched> watched(const RunArguments& a, const MemoryShares& memory, Wire& wire, log::Log& log, const Team& team,
                        const runtime::Report& report) {
  Watched w;
  const auto standings = [&team] { return team.standings(); };
  w.meter = std::make_unique<LagMeter>(log, [standings] { return places_of(standings()); });
  const metrics::EngineFacts facts{.version = "",
                                   .logic = wire.logic_version(a.logic),
                                   .memory = {memory.all, memory.state, memory.blocks, memory.fetched, memory.outputs},
                                   .recovery_budget = std::chrono::milliseconds(a.recovery_budget_ms),
                                   .session_timeout = std::chrono::milliseconds(a.session_timeout_ms)};
  AppChoice app = a.app;
  if (a.until_caught_up && app.listen.empty()) app.listen = "off";  // over before anybody scrapes it
  auto server = listen(app, "127.0.0.1:9464", engine_pages(facts, standings, log, *w.meter), report);
  if (!server) return server.error();
  w.server = std::move(*server);
  return w;
}

struct Outside {
  std::unique_ptr<log::Log> log;
  std::unique_ptr<RowsFactory> rows;
};

// The log with its topics as they must be, and the state that belongs to it; else the exit code, with everything said.
int open_outside(const RunArguments& a, const MemoryShares& shares, Wire& wire, const runtime::Report& report, Outside& outside) {
  LogChoice choice = a.log;
  choice.reader_bytes = memory_of_worker(a, shares).reader;
  choice.producer_bytes = memory_of_worker(a, shares).producer;
  auto log = wire.open_log(choice, Access::write);
  if (!log) return end_with(a, report, log.error());
  outside.log = std::move(*log);
  if (Status made = topics::create_if_wanted(*outside.log, a.log, wire.topology()); !made) return end_with(a, report, made.error());
  const auto wrong = topics::wrong_at_start(*outside.log, a.log, wire.topology());
  if (!wrong) return end_with(a, report, wrong.error());
  if (!wrong->empty()) return refuse(a, report, *wrong);
  const auto cluster = outside.log->cluster();
  if (!cluster) return end_with(a, report, cluster.error());
  auto rows = wire.open_state({a.state_directory, shares.blocks, a.checkpoints}, {*cluster, a.app.name, a.log.prefix}, report);
  if (!rows) return refuse(a, report, {rows.error().what});
  outside.rows = std::move(*rows);
  return Exit::ok;
}

}  // namespace

std::vector<std::string> contradictions(const RunArguments& a) {
  std::vector<std::string> complaints;
  if (a.workers > 1 && a.standby != "off")
    complaints.push_back("run.standby = " + a.standby + " with run.workers = " + std::to_string(a.workers) +
                         ": a process with standbys has one worker; set run.workers = 1 and start more processes, or run.standby = off");
  if (const auto shares = shares_of(a.memory()); !shares) complaints.push_back(shares.error().what);
  return complaints;
}

int run(const RunArguments& a, Wire& wire) {
  const auto began = Clock::now();
  const runtime::Report report = wire.report(a.app);
  if (const auto complaints = contradictions(a); !complaints.empty()) return refuse(a, report, complaints);
  const auto shares = shares_of(a.memory());
  Outside outside;
  if (const int code = open_outside(a, *shares, wire, report, outside); code != Exit::ok) return code;
  bug_listener = runtime::throw_bug_of_step;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);

  Team team;
  for (int w = 0; w < a.workers; ++w) {
    team.workers.push_back(std::make_unique<runtime::Worker>(
        *outside.log, worker_options(a, memory_of_worker(a, *shares), wire, *outside.rows, w), report));
    team.results.emplace_back(Error{});
  }
  auto seen = watched(a, *shares, wire, *outside.log, team, report);
  if (!seen) return leave(a.log, refuse(a, report, {seen.error().what}));
  team.running = a.workers;
  for (std::size_t w = 0; w < team.workers.size(); ++w)
    team.threads.emplace_back([&team, w] {
      team.results[w] = team.workers[w]->run();
      if (!team.results[w]) team.stop();
      --team.running;
    });
  watch(team, a, a.until_caught_up ? backlog(*outside.log, a, wire) : 0);
  for (std::thread& t : team.threads) t.join();

  Summary s;
  s.all.sealed = true;
  for (const auto& r : team.results) {
    if (!r) return leave(a.log, end_with(a, report, r.error()));
    s.counts.add(r->counts);
    s.all.commits += r->commits;
    s.all.commit_micros += r->commit_micros;
    s.all.doubtful_batches += r->doubtful_batches;
    s.all.persists += r->persists;
    s.all.steps_folded += r->steps_folded;
    s.all.tasks_sealed += r->tasks_sealed;
    s.all.sealed = s.all.sealed && r->sealed;
    s.all.digest = s.all.digest.plus(r->digest);
    s.all.stopped.insert(r->stopped.begin(), r->stopped.end());
  }
  outside.rows->finish();
  s.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  s.cpu = cpu_seconds();
  if (a.seal_only) {
    print_sealed(s, a);
    if (!s.all.sealed)
      return leave(a.log, end_with(a, report, {Remedy::retry, "not every task could be sealed, the brokers did not answer: run it again"}));
  } else if (a.json) {
    print_json(s);
  } else {
    print_text(s);
  }
  return leave(a.log, end_of_stopped(a, report, s.all.stopped));
}

}  // namespace due::cli
