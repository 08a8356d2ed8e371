#include "stream/cli/tail/tail.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>

#include "schemas/codec/decision_reader.h"
#include "schemas/codec/json_writer.h"
#include "stream/cli/tail/layouts.h"
#include "stream/cli/text/nearest.h"
#include "stream/cli/topic_reader.h"
#include "stream/runtime/task/chronicle.h"

namespace due::cli {
namespace {

constexpr std::size_t rows_at_once = 50;  // what the widths of a table's first page are taken from

std::atomic<bool> interrupted{false};
void on_signal(int) { interrupted = true; }

// JSON stays JSON; the chronicle is rendered; anything else is a string.
void write_value(codec::JsonWriter& json, const log::Record& r, bool chronicle) {
  if (!r.value) {
    json.null();
    return;
  }
  if (chronicle) {
    if (auto record = runtime::decode_chronicle(*r.value)) {
      json.raw(runtime::as_json(*record, r.key.value_or("")));
      return;
    }
  }
  if (r.value->starts_with('{') && codec::is_json(*r.value)) {
    json.raw(*r.value);
  } else {
    json.value(*r.value);
  }
}

std::string as_json(std::int32_t partition, const log::Record& r, bool chronicle) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object()
      .key("partition")
      .value(std::int64_t{partition})
      .key("offset")
      .value(r.offset.value)
      .key("timestamp")
      .value(format(r.timestamp))
      .key("key");
  if (r.key) {
    json.value(*r.key);
  } else {
    json.null();
  }
  json.key("value");
  write_value(json, r, chronicle);
  json.key("headers").begin_object();
  for (const log::Header& h : r.headers) json.key(h.name).value(h.value);
  json.end_object().end_object();
  return out;
}

// Lines of JSON at once, or rows of a table once their widths can be judged.
class Printer {
 public:
  Printer(const TailArguments& a, const topology::Description& topology)
      : a_(a),
        layout_(layout_of(a.topic, topology)),
        chronicle_(topology::is_chronicle(topology, a.topic)),
        table_(layout_->columns(), colours_of(stdout)) {}

  Next show(std::int32_t partition, const log::Record& r) {
    if (a_.json) {
      std::printf("%s\n", as_json(partition, r, chronicle_).c_str());
    } else {
      table_.row(layout_->row(partition, r));
      if (table_.pending() == rows_at_once) flush();
    }
    return a_.max > 0 && ++shown_ >= a_.max ? Next::stop : Next::go_on;
  }
  void flush() {
    const std::string lines = table_.take();
    std::fwrite(lines.data(), 1, lines.size(), stdout);
    std::fflush(stdout);
  }

 private:
  const TailArguments& a_;
  std::unique_ptr<Layout> layout_;
  bool chronicle_;
  Table table_;
  std::int64_t shown_ = 0;
};

// The newest records first, as `tail -n` does. Says whether --max ended it.
Result<Next> show_last(log::Log& log, const TailArguments& a, const std::vector<Stretch>& whole, Printer& printer) {
  auto found = newest(log, {a.log.prefix + a.topic, whole, static_cast<std::size_t>(a.last)}, [](const log::Record&) { return true; });
  if (!found) return found.error();
  std::vector<log::Header> headers;
  for (const KeptRecord& k : found->records)
    if (printer.show(k.partition, k.view(headers)) == Next::stop) return Next::stop;
  return Next::go_on;
}

// A slip in a topic's name: the one that was meant, of those that duestream writes and reads.
Error with_nearest(Error error, const TailArguments& a) {
  std::vector<std::string> names;
  for (const topics::Topic& t : a.log.topics.topics) names.push_back(t.name);
  if (std::ranges::find(names, a.topic) == names.end()) error.what += nearest_hint(a.topic, names);
  return error;
}

Status show(log::Log& log, const TailArguments& a, Printer& printer) {
  const std::string topic = a.log.prefix + a.topic;
  auto stretches = whole_topic(log, topic);
  if (!stretches) return with_nearest(stretches.error(), a);
  if (a.last > 0) {
    auto next = show_last(log, a, *stretches, printer);
    if (!next) return next.error();
    if (*next == Next::stop || a.until_end) return Done{};
  }
  for (Stretch& s : *stretches) {
    if (!a.from_beginning) s.from = *s.to;
    if (!a.until_end) s.to.reset();
  }
  return scan(
      log, topic, *stretches, [&](std::int32_t partition, const log::Record& r) { return printer.show(partition, r); },
      [&] {
        printer.flush();
        return interrupted ? Next::stop : Next::go_on;
      });
}

}  // namespace

int tail(const TailArguments& a, Wire& wire) {
  auto log = wire.open_log(a.log, Access::read);
  if (!log) return complain(log.error());
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  Printer printer(a, wire.topology());
  const Status done = show(**log, a, printer);
  printer.flush();
  if (!done) return complain(done.error());
  return Exit::ok;
}

}  // namespace due::cli
