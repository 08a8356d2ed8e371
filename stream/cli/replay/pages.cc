#include "stream/cli/replay/pages.h"

#include <algorithm>

#include "schemas/codec/json_writer.h"
#include "stream/cli/text/words.h"

namespace due::cli {
namespace {

using Align = Table::Align;
using runtime::Difference;
using runtime::Replayed;

std::int64_t rate(std::int64_t n, double seconds) { return seconds > 0 ? static_cast<std::int64_t>(static_cast<double>(n) / seconds) : 0; }

std::string decimals(double v, int places) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", places, v);
  return text;
}

TaskReplay sum_of(const ReplayPage& page) {
  TaskReplay s;
  for (const TaskReplay& t : page.tasks) {
    s.done.records += t.done.records;
    s.done.steps += t.done.steps;
    s.done.events += t.done.events;
    s.done.outputs += t.done.outputs;
    s.done.differences += t.done.differences;
    s.done.digests += t.done.digests;
    s.seconds += t.seconds;
    s.cpu += t.cpu;
  }
  return s;
}

void add_figures(codec::JsonWriter& json, const TaskReplay& t) {
  const Replayed& r = t.done;
  json.key("records").value(r.records).key("steps").value(r.steps).key("events").value(r.events);
  json.key("outputs").value(r.outputs).key("differences").value(r.differences).key("digests").value(r.digests);
  json.key("seconds").raw(decimals(t.seconds, 3)).key("cpu_seconds").raw(decimals(t.cpu, 3));
  json.key("events_per_second").value(rate(r.events, t.seconds)).key("events_per_cpu_second").value(rate(r.events, t.cpu));
}

void add_difference(codec::JsonWriter& json, const Difference& d) {
  json.begin_object().key("batch").value(d.batch).key("topic").value(d.topic).key("partition").value(std::int64_t{d.partition});
  json.key("offset");
  d.offset >= 0 ? json.value(d.offset) : json.null();
  json.key("number");
  d.number >= 0 ? json.value(d.number) : json.null();
  json.key("field").value(d.field).key("derived").value(d.derived).key("emitted").value(d.emitted).end_object();
}

void add_task(codec::JsonWriter& json, const TaskReplay& t) {
  json.begin_object().key("task").value(t.done.task);
  if (!t.failed.empty()) {
    json.key("failed").value(t.failed).end_object();
    return;
  }
  json.key("equal").raw(t.done.equal() ? "true" : "false").key("first").value(t.done.first).key("last").value(t.done.last);
  add_figures(json, t);
  json.key("state_digest").value(t.done.digest.hex());
  if (t.done.difference) {
    json.key("difference");
    add_difference(json, *t.done.difference);
  }
  if (!t.done.diverged.empty()) json.key("diverged").value(t.done.diverged);
  json.end_object();
}

std::string lines_of(const std::string& text) {
  std::string out;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find('\n', from), text.size());
    out += "  " + printable(text.substr(from, to - from)) + "\n";
    from = to + 1;
  }
  return out;
}

}  // namespace

bool ReplayPage::different() const {
  return std::any_of(tasks.begin(), tasks.end(), [](const TaskReplay& t) { return t.failed.empty() && !t.done.equal(); });
}
bool ReplayPage::complete() const {
  return std::all_of(tasks.begin(), tasks.end(), [](const TaskReplay& t) { return t.failed.empty(); });
}

std::string as_text(const ReplayPage& page, Colours colours) {
  if (std::none_of(page.tasks.begin(), page.tasks.end(), [](const TaskReplay& t) { return t.failed.empty(); })) return "";
  Table table({{"task"}, {"batches"}, {"steps", Align::right}, {"outputs", Align::right}, {"events/s", Align::right},
               {"per CPU-second", Align::right}, {"differences"}},
              colours);
  std::string found;
  for (const TaskReplay& t : page.tasks) {
    const Replayed& r = t.done;
    if (!t.failed.empty()) {
      table.row({r.task, "", "", "", "", "", Cell("not replayed", Paint::bad)});
      continue;
    }
    const Cell verdict = r.equal() ? Cell("none", Paint::good) : Cell(r.diverged.empty() ? grouped(r.differences) : "diverged", Paint::bad);
    table.row({r.task, std::to_string(r.first) + " to " + std::to_string(r.last), grouped(r.steps), grouped(r.outputs),
               grouped(rate(r.events, t.seconds)), grouped(rate(r.events, t.cpu)), verdict});
    if (r.difference)
      found += "\n" + r.task + ": " + grouped(r.differences) + (r.differences == 1 ? " difference" : " differences, the first:") + "\n" +
               lines_of(r.difference->text());
    if (!r.diverged.empty()) found += "\n" + lines_of(r.diverged);
  }
  const TaskReplay all = sum_of(page);
  std::string out = table.take() + found + "\n" + grouped(all.done.outputs) + " outputs compared with what was emitted, " +
                    grouped(all.done.differences) + " different; " + grouped(all.done.digests) + " digests of the state\n";
  return out + grouped(all.done.events) + " events in " + decimals(all.seconds, 1) + " s, " + decimals(all.cpu, 1) + " s of CPU: " +
         grouped(rate(all.done.events, all.seconds)) + " events/s, " + grouped(rate(all.done.events, all.cpu)) +
         " events per CPU-second, " + grouped(page.memory_peak_bytes / 1'000'000) + " MB at the peak\n";
}

std::string as_json(const ReplayPage& page) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key("outputs_equal").raw(page.complete() && !page.different() ? "true" : "false");
  json.key("complete").raw(page.complete() ? "true" : "false");
  add_figures(json, sum_of(page));
  json.key("memory_peak_bytes").value(page.memory_peak_bytes).key("tasks").begin_array();
  for (const TaskReplay& t : page.tasks) add_task(json, t);
  json.end_array().end_object();
  return out + "\n";
}

}  // namespace due::cli
