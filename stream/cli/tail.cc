#include "stream/cli/tail.h"

#include <atomic>
#include <csignal>
#include <cstdio>

#include "schemas/codec/decision_reader.h"
#include "schemas/codec/json_writer.h"
#include "stream/cli/topic_reader.h"
#include "stream/runtime/task/chronicle.h"

namespace due::cli {
namespace {

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

std::string as_text(std::int32_t partition, const log::Record& r, bool chronicle) {
  std::string out =
      std::to_string(partition) + "/" + std::to_string(r.offset.value) + "  " + std::string(r.key.value_or("(no key)")) + "  ";
  std::string reason;
  for (const log::Header& h : r.headers)
    if (h.name == "x-err.code" || h.name == "x-err.field" || h.name == "x-err.remedy") reason += std::string(h.value) + "  ";
  out += reason;
  if (const auto d = r.value ? codec::read_decision(*r.value) : std::nullopt) {
    out += d->business_date + "  " + d->decision + "  ";
    for (const std::string& code : d->reason_codes) out += code + " ";
    out += " " + d->event_type + " " + d->event_id;
    return out;
  }
  if (chronicle && r.value) {
    if (auto record = runtime::decode_chronicle(*r.value)) return out + runtime::as_json(*record, r.key.value_or(""));
  }
  for (const char c : r.value.value_or("(null)").substr(0, 400)) out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  return out;
}

}  // namespace

int tail(const TailArguments& a, Wire& wire) {
  auto log = wire.open_log(a.log, Access::read);
  if (!log) return complain(log.error());
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::int64_t shown = 0;
  const bool chronicle = a.topic == "chronicle";
  const Status done = scan_topic(
      **log, {a.log.prefix + a.topic, a.from_beginning, a.until_end},
      [&](std::int32_t partition, const log::Record& r) {
        std::printf("%s\n", (a.json ? as_json(partition, r, chronicle) : as_text(partition, r, chronicle)).c_str());
        if (!a.until_end) std::fflush(stdout);
        return a.max > 0 && ++shown >= a.max ? Next::stop : Next::go_on;
      },
      [] { return interrupted.load(); });
  if (!done) return complain(done.error());
  return Exit::ok;
}

}  // namespace due::cli
