#include "stream/cli/chronicle/rows.h"

#include <algorithm>

#include "stream/cli/text/words.h"

namespace due::cli {
namespace {

constexpr std::size_t listed_max = 5;   // runs and ranges on a line; --json has all
constexpr std::size_t hash_digits = 12;

void append(std::string& list, std::size_t at, const std::string& text) {
  if (at < listed_max) list += (list.empty() ? "" : ", ") + text;
}

std::string and_more(std::size_t all) { return all > listed_max ? ", and " + std::to_string(all - listed_max) + " more" : ""; }

std::string stretch(std::int64_t first, std::int64_t last) {
  return first == last ? std::to_string(first) : std::to_string(first) + ".." + std::to_string(last);
}

std::string name(const std::vector<std::string>& names, std::size_t at) { return at < names.size() ? names[at] : std::to_string(at); }

std::string steps(const runtime::ChronicleRecord& c, const topology::Subtopology& s) {
  std::vector<std::string> inputs = s.inputs;
  inputs.insert(inputs.end(), s.broadcast.begin(), s.broadcast.end());
  std::string list;
  for (std::size_t i = 0; i < c.runs.size(); ++i) {
    const runtime::Run& run = c.runs[i];
    append(list, i, run.input == runtime::Run::tick ? "tick" : name(inputs, run.input) + " " + stretch(run.first, run.last));
  }
  return list + and_more(c.runs.size());
}

std::string outputs(const runtime::ChronicleRecord& c, const topology::Subtopology& s) {
  std::string list;
  for (std::size_t i = 0; i < c.outputs.size(); ++i) {
    const runtime::OutputRange& o = c.outputs[i];
    append(list, i, name(s.outputs, o.topic) + "/" + std::to_string(o.partition) + " " + stretch(o.first, o.first + o.count - 1));
  }
  return list + and_more(c.outputs.size());
}

std::string marks_of(const runtime::ChronicleRecord& c, const std::string& others) {
  std::string all;
  const auto add = [&all](const std::string& mark) { all += (all.empty() ? "" : ", ") + mark; };
  if (c.genesis) add("genesis");
  if (c.sealed) add("sealed");
  if (!c.genesis && !c.sealed && c.runs.empty()) add("new owner");
  if (c.digest) add("digest behind " + std::to_string(c.digest->seq) + ": " + c.digest->digest.hex().substr(0, hash_digits));
  if (!others.empty()) add(others);
  return all;
}

}  // namespace

std::vector<Table::Column> chronicle_columns() {
  using Align = Table::Align;
  return {{"batch", Align::right}, {"task time", Align::left, 20}, {"steps", Align::right, 6}, {"in runs"}, {"outputs", Align::right, 7},
          {"numbered"}, {"hash", Align::left, hash_digits}, {"continues", Align::left, hash_digits}, {"written by"}, {"marks"}};
}

std::vector<Cell> chronicle_row(const runtime::ChronicleRecord& c, Hash128 hash, const topology::Subtopology& s,
                                const std::string& marks) {
  std::int64_t taken = 0, emitted = 0;
  for (const runtime::Run& run : c.runs) taken += run.input == runtime::Run::tick ? 1 : run.count;
  for (const runtime::OutputRange& o : c.outputs) emitted += o.count;
  return {std::to_string(c.seq),
          to_seconds(c.time),
          grouped(taken),
          steps(c, s),
          grouped(emitted),
          outputs(c, s),
          hash.hex().substr(0, hash_digits),
          Cell(c.previous.hex().substr(0, hash_digits), Paint::faint),
          Cell(c.transactional_id, Paint::faint),
          marks_of(c, marks)};
}

}  // namespace due::cli
