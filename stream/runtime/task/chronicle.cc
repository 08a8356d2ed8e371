#include "stream/runtime/task/chronicle.h"

#include <charconv>

#include "schemas/base/bytes.h"
#include "schemas/codec/json_writer.h"

namespace due::runtime {
namespace {

constexpr std::uint8_t version = 1;
enum : std::uint8_t { has_genesis = 1, has_digest = 2, is_sealed = 4 };

void write(ByteWriter& w, const Genesis& g) {
  w.text(g.app);
  w.text(g.task);
  w.text(g.partitioner);
  w.zigzag(g.partitions);
  w.varint(g.inputs.size());
  for (const InputOrigin& i : g.inputs) {
    w.text(i.topic);
    w.text(i.id);
    w.zigzag(i.start);
  }
  w.varint(g.outputs.size());
  for (const OutputTarget& o : g.outputs) {
    w.text(o.topic);
    w.zigzag(o.partitions);
    w.zigzag(o.message_bytes_max);
  }
}

Genesis read_genesis(ByteReader& r) {
  Genesis g;
  g.app = r.text();
  g.task = r.text();
  g.partitioner = r.text();
  g.partitions = static_cast<std::int32_t>(r.zigzag());
  for (std::uint64_t n = r.count(3); n > 0 && r.ok(); --n) {
    InputOrigin i;
    i.topic = r.text();
    i.id = r.text();
    i.start = r.zigzag();
    g.inputs.push_back(std::move(i));
  }
  for (std::uint64_t n = r.count(3); n > 0 && r.ok(); --n) {
    OutputTarget o;
    o.topic = r.text();
    o.partitions = static_cast<std::int32_t>(r.zigzag());
    o.message_bytes_max = r.zigzag();
    g.outputs.push_back(std::move(o));
  }
  return g;
}

// Offsets of a run are relative to where its input stood before it: two or three bytes for most runs.
void write_runs(ByteWriter& w, const std::vector<Run>& runs, std::vector<std::int64_t> at) {
  w.varint(runs.size());
  for (const Run& run : runs) {
    if (run.input == Run::tick) {
      w.varint(0);
      w.zigzag(run.time.micros);
      w.zigzag(run.wall.micros);
      continue;
    }
    check(run.input < at.size(), "a chronicle record has a run of an input without a position");
    w.varint(run.input + 1);
    w.varint(static_cast<std::uint64_t>(run.count));
    w.zigzag(run.first - at[run.input]);
    w.zigzag(run.last - run.first - (run.count - 1));
    at[run.input] = run.last + 1;
  }
}

// Offsets that a log can have. What is read may be damaged, so nothing is added up that could leave 64 bits.
constexpr std::int64_t offset_max = INT64_MAX / 4;
bool is_offset(std::int64_t v) { return v >= 0 && v <= offset_max; }

// A run of records whose input stood at `at`. False: no writer makes such a one.
bool read_run(ByteReader& r, std::int64_t& at, Run& run) {
  const std::uint64_t count = r.varint();
  const std::int64_t skipped = r.zigzag(), gap = r.zigzag();
  if (!is_offset(at) || count < 1 || count > offset_max || skipped < -offset_max || skipped > offset_max || !is_offset(gap)) return false;
  run.count = static_cast<std::int64_t>(count);
  run.first = at + skipped;
  run.last = run.first + run.count - 1 + gap;
  at = run.last + 1;
  return is_offset(run.first) && is_offset(run.last);
}

bool read_runs(ByteReader& r, std::vector<std::int64_t> at, std::vector<Run>& runs) {
  for (std::uint64_t n = r.count(3); n > 0 && r.ok(); --n) {
    Run run;
    const std::uint64_t input = r.varint();
    if (input == 0) {
      run.time.micros = r.zigzag();
      run.wall.micros = r.zigzag();
    } else {
      if (input > at.size()) return false;
      run.input = static_cast<std::uint32_t>(input - 1);
      if (!read_run(r, at[run.input], run)) return false;
    }
    runs.push_back(run);
  }
  return true;
}

}  // namespace

std::string encode(const ChronicleRecord& c) {
  std::string bytes;
  ByteWriter w(bytes);
  w.byte(version);
  w.byte(static_cast<std::uint8_t>((c.genesis ? has_genesis : 0) | (c.digest ? has_digest : 0) | (c.sealed ? is_sealed : 0)));
  w.varint(static_cast<std::uint64_t>(c.seq));
  w.hash(c.previous);
  w.zigzag(c.time.micros);
  w.text(c.logic_version);
  w.text(c.transactional_id);
  if (c.genesis) write(w, *c.genesis);
  if (c.digest) {
    w.varint(static_cast<std::uint64_t>(c.digest->seq));
    w.hash(c.digest->digest);
  }
  w.varint(c.positions.size());
  for (const std::int64_t p : c.positions) w.zigzag(p);
  write_runs(w, c.runs, c.positions);
  w.varint(c.outputs.size());
  for (const OutputRange& o : c.outputs) {
    w.varint(o.topic);
    w.zigzag(o.partition);
    w.zigzag(o.first);
    w.varint(static_cast<std::uint64_t>(o.count));
  }
  w.hash(c.outputs_hash);
  return bytes;
}

Result<ChronicleRecord> decode_chronicle(std::string_view bytes) {
  ByteReader r(bytes);
  ChronicleRecord c;
  if (const auto v = r.byte(); v != version)
    return Error{Remedy::stop, "a chronicle record has format version " + std::to_string(v) +
                                   "; this program knows version 1: run the program that wrote it"};
  const std::uint8_t flags = r.byte();
  c.seq = static_cast<std::int64_t>(r.varint());
  c.previous = r.hash();
  c.time.micros = r.zigzag();
  c.logic_version = r.text();
  c.transactional_id = r.text();
  if ((flags & has_genesis) != 0) c.genesis = read_genesis(r);
  if ((flags & has_digest) != 0) {
    DigestPoint d;
    d.seq = static_cast<std::int64_t>(r.varint());
    d.digest = r.hash();
    c.digest = d;
  }
  for (std::uint64_t n = r.count(1); n > 0 && r.ok(); --n) c.positions.push_back(r.zigzag());
  const bool runs_make_sense = read_runs(r, c.positions, c.runs);
  for (std::uint64_t n = r.count(4); n > 0 && r.ok(); --n) {
    OutputRange o;
    o.topic = static_cast<std::uint16_t>(r.varint());
    o.partition = static_cast<std::int32_t>(r.zigzag());
    o.first = r.zigzag();
    o.count = static_cast<std::int64_t>(r.varint());
    c.outputs.push_back(o);
  }
  c.outputs_hash = r.hash();
  c.sealed = (flags & is_sealed) != 0;
  const bool seals_nothing_else = !c.sealed || (c.runs.empty() && c.outputs.empty() && c.digest);
  if (!runs_make_sense || !seals_nothing_else || !r.ok() || !r.done())
    return Error{Remedy::stop, "chronicle record " + std::to_string(c.seq) +
                                   " is cut short, too long or contradicts itself: it was not written by this program, or damaged"};
  return c;
}

namespace {

void list(std::string& out, const char* name) { out += std::string(",\"") + name + "\":["; }
std::string number(const char* name, std::int64_t v) { return std::string("\"") + name + "\":" + std::to_string(v); }

// A record that was damaged, or written by somebody else, is shown too: names are whatever they are.
std::string quoted(std::string_view name) {
  std::string text;
  codec::JsonWriter{text}.value(name);
  return text;
}

}  // namespace

std::string as_json(const ChronicleRecord& c, std::string_view task) {
  std::string out = "{\"task\":" + quoted(task) + "," + number("seq", c.seq) + ",\"previous\":\"" + c.previous.hex() +
                    "\",\"hash\":\"" + hash128(encode(c)).hex() + "\",\"time\":\"" + format(c.time) + "\"";
  list(out, "steps");
  const char* comma = "";
  for (const Run& run : c.runs) {
    out += comma;
    comma = ",";
    if (run.input == Run::tick) {
      out += "{\"tick\":\"" + format(run.time) + "\",\"wall\":\"" + format(run.wall) + "\"}";
    } else {
      out += "{" + number("input", run.input) + "," + number("first", run.first) + "," + number("last", run.last) + "," +
             number("count", run.count) + "}";
    }
  }
  out += "]";
  list(out, "positions");
  comma = "";
  for (const std::int64_t p : c.positions) {
    out += comma + std::to_string(p);
    comma = ",";
  }
  out += "],\"logic\":" + quoted(c.logic_version);
  list(out, "outputs");
  comma = "";
  for (const OutputRange& o : c.outputs) {
    out += comma;
    comma = ",";
    out += "{" + number("topic", o.topic) + "," + number("partition", o.partition) + "," + number("first_seq", o.first) + "," +
           number("count", o.count) + "}";
  }
  out += "],\"outputs_hash\":\"" + c.outputs_hash.hex() + "\",\"transactional_id\":" + quoted(c.transactional_id);
  if (c.digest) out += ",\"digest\":{" + number("seq", c.digest->seq) + ",\"state\":\"" + c.digest->digest.hex() + "\"}";
  if (c.sealed) out += ",\"sealed\":true";
  if (c.genesis) {
    out += ",\"genesis\":{\"app\":" + quoted(c.genesis->app) + "," + number("partitions", c.genesis->partitions);
    list(out, "inputs");
    comma = "";
    for (const InputOrigin& i : c.genesis->inputs) {
      out += std::string(comma) + "{\"topic\":" + quoted(i.topic) + ",\"id\":" + quoted(i.id) + "," + number("start", i.start) + "}";
      comma = ",";
    }
    out += "]}";
  }
  return out + "}";
}

std::string BatchName::text() const { return "v1 " + std::to_string(seq) + " " + hash.hex() + (released ? " released" : ""); }

std::optional<BatchName> BatchName::parse(std::string_view text) {
  if (!text.starts_with("v1 ")) return std::nullopt;
  text.remove_prefix(3);
  BatchName b;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), b.seq);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.size() < 33 || text[0] != ' ') return std::nullopt;
  const auto hex = [&](std::size_t from, std::uint64_t& into) {
    const auto [at, bad] = std::from_chars(text.data() + from, text.data() + from + 16, into, 16);
    return bad == std::errc{} && at == text.data() + from + 16;
  };
  if (!hex(1, b.hash.high) || !hex(17, b.hash.low)) return std::nullopt;
  text.remove_prefix(33);
  b.released = text == " released";
  if (!text.empty() && !b.released) return std::nullopt;
  return b;
}

}  // namespace due::runtime
