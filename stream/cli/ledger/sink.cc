#include "stream/cli/ledger/sink.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "schemas/codec/json_writer.h"
#include "stream/cli/usage.h"
#include "stream/cli/watched/listen.h"
#include "stream/cli/watched/sink_pages.h"
#include "stream/postgres/sink.h"
#include "topology/features/features.h"

namespace due::cli {
namespace {

std::atomic<bool> interrupted{false};
void on_signal(int) { interrupted = true; }

using Clock = std::chrono::steady_clock;

postgres::SinkOptions options_of(const SinkArguments& a) {
  postgres::SinkOptions o;
  o.uri = a.to;
  o.name = a.name;
  o.prefix = a.log.prefix;
  for (std::size_t from = 0; from < a.topics.size();) {
    const std::size_t comma = std::min(a.topics.find(',', from), a.topics.size());
    o.topics.push_back(a.topics.substr(from, comma - from));
    from = comma + 1;
  }
  o.migrate = a.migrate == "auto";
  o.from_beginning = a.from_beginning;
  o.until_caught_up = a.until_caught_up;
  o.batch_bytes = a.batch_bytes;
  o.linger = std::chrono::milliseconds(a.linger_ms);
  o.feature_schema = topology::features::schema_id();
  for (const auto& f : topology::features::catalogue()) o.features.push_back({f.name, f.unit, f.meaning, f.scale});
  return o;
}

struct Summary {
  postgres::SinkFigures figures;
  double seconds = 0, cpu = 0;
  std::int64_t rows() const { return figures.inserted + figures.repeated; }
  double per_second() const { return seconds > 0 ? static_cast<double>(rows()) / seconds : 0; }
};

void print_json(const Summary& s) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key("inserted").value(s.figures.inserted).key("repeated").value(s.figures.repeated).key("tables").begin_object();
  for (const auto& [table, rows] : s.figures.rows) json.key(table).value(rows);
  json.end_object()
      .key("transactions").value(s.figures.transactions)
      .key("waits").value(s.figures.waits)
      .key("migrations").value(std::int64_t{s.figures.migrations})
      .key("seconds").raw(thousandths(s.seconds))
      .key("cpu_seconds").raw(thousandths(s.cpu))
      .key("rows_per_second").value(static_cast<std::int64_t>(s.per_second()))
      .key("memory_peak_bytes").value(memory_peak_bytes())
      .end_object();
  std::printf("%s\n", out.c_str());
}

void print_text(const Summary& s) {
  std::printf("  %lld rows written in %.1f s: %.0f rows/s, %.1f s of CPU, %lld transactions, %.0f MB at the peak\n",
              static_cast<long long>(s.figures.inserted), s.seconds, s.per_second(), s.cpu, static_cast<long long>(s.figures.transactions),
              static_cast<double>(memory_peak_bytes()) / 1e6);
  if (s.figures.migrations > 0) std::printf("  schema duestream: %d migrations applied\n", s.figures.migrations);
  for (const auto& [table, rows] : s.figures.rows) std::printf("  %-16s %12lld\n", table.c_str(), static_cast<long long>(rows));
  if (s.figures.repeated > 0)
    std::printf("  %lld rows were there already, and are the same byte for byte\n", static_cast<long long>(s.figures.repeated));
  if (s.figures.waits > 0) std::printf("  the database was away %lld times\n", static_cast<long long>(s.figures.waits));
}

void show_progress(const postgres::Sink& sink, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(sink.rows_done()) / seconds : 0;
  std::fprintf(stderr, "\r  %lld rows, %.0f/s, %lld behind\033[K", static_cast<long long>(sink.rows_done()), rate,
               static_cast<long long>(sink.left()));
  std::fflush(stderr);
}

// The sink in a thread of its own, progress and signals here.
Result<postgres::SinkFigures> watch(postgres::Sink& sink, bool terminal) {
  Result<postgres::SinkFigures> result = Error{};
  std::atomic<bool> running{true};
  std::thread thread([&] {
    result = sink.run();
    running = false;
  });
  const auto began = Clock::now();
  while (running) {
    std::this_thread::sleep_for(std::chrono::milliseconds(terminal ? 100 : 20));
    if (interrupted) sink.stop();
    if (terminal) show_progress(sink, std::chrono::duration<double>(Clock::now() - began).count());
  }
  if (terminal) std::fprintf(stderr, "\r\033[K");
  thread.join();
  return result;
}

}  // namespace

int migrate(const SinkArguments& a) {
  const auto done = postgres::migrate_database(a.to);
  if (!done) return complain(done.error());
  if (a.json) {
    std::printf("{\"migrations\":%d}\n", *done);
  } else {
    std::printf("  schema duestream: %d migrations applied\n", *done);
  }
  return Exit::ok;
}

int sink(const SinkArguments& a, Wire& wire) {
  const auto began = Clock::now();
  LogChoice choice = a.log;
  // The database sets the pace: more would be prefetched for nothing. A fetch is compressed, some six times as large in memory.
  choice.kafka_properties.try_emplace("queued.max.messages.kbytes", "8192");
  choice.kafka_properties.try_emplace("fetch.message.max.bytes", "262144");
  auto log = wire.open_log(choice, Access::read);
  if (!log) return complain(log.error());
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const runtime::Report report = wire.report(a.app);
  postgres::Sink sink(**log, options_of(a), report);
  const LagMeter meter(**log, [&sink] { return places_of(sink.standing()); });
  AppChoice app = a.app;
  if (a.until_caught_up && app.listen.empty()) app.listen = "off";  // over before anybody scrapes it
  const auto server = listen(app, "127.0.0.1:9465", sink_pages(a.name, sink, meter), report);
  if (!server) return complain(std::vector{server.error().what});
  auto figures = watch(sink, isatty(STDERR_FILENO) != 0 && !a.json);
  if (!figures) {
    const int code = complain(figures.error());
    return leave(a.log, sink.superseded() ? Exit::superseded : code);
  }
  Summary s{std::move(*figures), std::chrono::duration<double>(Clock::now() - began).count(), cpu_seconds()};
  if (a.json) {
    print_json(s);
  } else {
    print_text(s);
  }
  return leave(a.log, Exit::ok);
}

}  // namespace due::cli
