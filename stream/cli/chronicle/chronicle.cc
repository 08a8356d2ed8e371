#include "stream/cli/chronicle/chronicle.h"

#include <algorithm>
#include <cstdio>

#include "schemas/codec/json_writer.h"
#include "stream/cli/chronicle/proof.h"
#include "stream/cli/chronicle/rows.h"
#include "stream/cli/text/words.h"
#include "stream/cli/topic_reader.h"

namespace due::cli {
namespace {

constexpr std::size_t last_default = 20;
constexpr std::size_t rows_at_once = 500;
constexpr log::Duration positions_deadline{2'000};

// Prints the records of one task.
class Printer {
 public:
  Printer(const ChronicleArguments& a, const topology::Subtopology& subtopology, const TaskPlace& place, std::string committed)
      : a_(a),
        subtopology_(subtopology),
        place_(place),
        committed_(std::move(committed)),
        table_(chronicle_columns(), colours_of(stdout)) {}

  void row(std::int64_t offset, std::string_view bytes) {
    const auto c = runtime::decode_chronicle(bytes);
    if (a_.json && c) {
      std::printf("%s\n", runtime::as_json(*c, place_.name).c_str());
    } else if (a_.json) {
      std::string out;
      codec::JsonWriter json(out);
      json.begin_object().key("task").value(place_.name).key("offset").value(offset).key("damaged").value(c.error().what).end_object();
      std::printf("%s\n", out.c_str());
    } else if (!c) {
      table_.row({"?", "", "", Cell("offset " + std::to_string(offset) + ": " + c.error().what, Paint::bad)});
    } else {
      table_.row(chronicle_row(*c, hash128(bytes), subtopology_, marks_of(c->seq, hash128(bytes))));
    }
    if (table_.pending() >= rows_at_once) flush();
  }
  void flush() { std::fputs(table_.take().c_str(), stdout); }

 private:
  std::string marks_of(std::int64_t seq, Hash128 hash) const {
    const auto name = runtime::BatchName::parse(committed_);
    if (!name || !name->same_batch({seq, hash, false})) return "";
    return name->released ? "the group stands here, released" : "the group stands here";
  }

  const ChronicleArguments& a_;
  const topology::Subtopology& subtopology_;
  const TaskPlace& place_;
  std::string committed_;  // metadata of the group's position
  Table table_;
};

// Where batches lie is not known, but never before the offset of their number.
Status print_window(log::Log& log, const ChronicleArguments& a, const TaskPlace& place, const log::Bounds& bounds, Printer& printer) {
  const std::int64_t first = std::clamp(a.from.value_or(0), bounds.start.value, bounds.end.value);
  const Stretch stretch[] = {{place.chronicle.partition, first, bounds.end.value}};
  return scan(
      log, place.chronicle.topic, stretch,
      [&](std::int32_t, const log::Record& r) {
        const auto c = runtime::decode_chronicle(r.value.value_or(""));
        if (c && a.to && c->seq > *a.to) return Next::stop;
        if (!c || c->seq >= a.from.value_or(0)) printer.row(r.offset.value, r.value.value_or(""));
        return Next::go_on;
      },
      [] { return Next::go_on; });
}

Status print_last(log::Log& log, const TaskPlace& place, const log::Bounds& bounds, std::size_t count, Printer& printer) {
  const Newest wanted{place.chronicle.topic, {{place.chronicle.partition, bounds.start.value, bounds.end.value}}, count};
  auto found = newest(log, wanted, [](const log::Record&) { return true; });
  if (!found) return found.error();
  for (const KeptRecord& r : found->records) printer.row(r.offset.value, r.value.value_or(""));
  return Done{};
}

Status print(log::Log& log, const ChronicleArguments& a, Wire& wire, const TaskPlace& place) {
  const auto& all = wire.topology().subtopologies;
  const auto subtopology =
      std::find_if(all.begin(), all.end(), [&](const topology::Subtopology& s) { return place.name.starts_with(s.name + "-"); });
  check(subtopology != all.end(), "a task of no subtopology");
  const log::TopicPartition spine[] = {place.spine};
  const auto position = log.committed(a.app.name, spine, positions_deadline);
  const bool known = position && position->front();  // without it only a mark is missing
  auto bounds = log.bounds(place.chronicle, log::Isolation::read_committed);
  if (!bounds) return bounds.error();
  Printer printer(a, *subtopology, place, known ? position->front()->metadata : "");
  if (!a.json) std::printf("%s: %s/%d\n", place.name.c_str(), place.chronicle.topic.c_str(), static_cast<int>(place.chronicle.partition));
  const bool window = a.from || a.to;
  if (Status printed = window ? print_window(log, a, place, *bounds, printer)
                              : print_last(log, place, *bounds, a.last.value_or(last_default), printer);
      !printed)
    return printed;
  printer.flush();
  if (!a.json) std::printf("\n");
  return Done{};
}

void print_json(const Proof& p) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key("holds").raw(p.holds() ? "true" : "false");
  json.key("outputs").value(p.outputs_seen).key("outputs_no_longer_kept").value(p.outputs_gone).key("tasks").begin_array();
  for (const TaskProof& t : p.tasks) {
    json.begin_object().key("task").value(t.task).key("records").value(t.records).key("outputs").value(t.outputs);
    json.key("last").value(t.last.seq).key("hash").value(t.last.hash.hex());
    json.key("position").value(t.position_gone ? "gone" : t.finding.empty() ? "agrees" : "see finding");
    if (!t.finding.empty()) json.key("finding").value(t.finding);
    json.end_object();
  }
  json.end_array().key("findings").begin_array();
  for (const std::string& f : p.findings) json.value(f);
  json.end_array().end_object();
  std::printf("%s\n", out.c_str());
}

void print_text(const Proof& p) {
  using Align = Table::Align;
  Table table({{"task"}, {"records", Align::right}, {"outputs", Align::right}, {"last hash"}, {"chain"}, {"group's position"}},
              colours_of(stdout));
  for (const TaskProof& t : p.tasks)
    table.row({t.task, grouped(t.records), grouped(t.outputs), t.last.hash.hex(),
               t.finding.empty() ? Cell("whole", Paint::good) : Cell("see below", Paint::bad),
               t.position_gone ? Cell("none (expired, or never run)", Paint::faint) : Cell(t.finding.empty() ? "names its end" : "")});
  std::fputs(table.take().c_str(), stdout);
  std::printf("\n");
  for (const TaskProof& t : p.tasks)
    if (!t.finding.empty()) std::printf("  %s\n", printable(t.finding).c_str());
  for (const std::string& f : p.findings) std::printf("  %s\n", printable(f).c_str());
  std::printf("%s outputs are there, each covered once%s%s\n", grouped(p.outputs_seen).c_str(),
              p.outputs_gone > 0 ? (", " + grouped(p.outputs_gone) + " more are no longer kept by their topics").c_str() : "",
              p.holds() ? ": nothing was changed, removed or added" : ", but for what is said above");
}

int verify(log::Log& log, const ChronicleArguments& a, Wire& wire, const std::vector<TaskPlace>& places) {
  const auto proof = prove(log, {a.app.name, a.log.prefix, &wire.topology()}, places);
  if (!proof) {
    (void)complain(proof.error());
    return Exit::usage;
  }
  if (a.json) {
    print_json(*proof);
  } else {
    print_text(*proof);
  }
  return proof->holds() ? Exit::ok : Exit::failed;
}

}  // namespace

int chronicle(const ChronicleArguments& a, Wire& wire) {
  auto log = wire.open_log(a.log, Access::read);
  if (!log) return complain(log.error());
  const auto places = task_places(**log, wire.topology(), a.log.prefix, a.tasks);
  if (!places) return complain(places.error());
  if (a.verify) return verify(**log, a, wire, *places);
  for (const TaskPlace& place : *places)
    if (Status printed = print(**log, a, wire, place); !printed) return complain(printed.error());
  return Exit::ok;
}

}  // namespace due::cli
