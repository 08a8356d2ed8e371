#include "stream/cli/checkpoints.h"

#include <cstdio>

#include "schemas/codec/json_writer.h"
#include "stream/checkpoint/store.h"
#include "stream/cli/text/table.h"

namespace due::cli {
namespace {

using Align = Table::Align;

struct Line {
  checkpoint::Manifest manifest;
  std::string why;  // nothing: nothing is wrong with it
};

std::vector<Line> look(const checkpoint::Store& store, bool verify) {
  std::vector<Line> lines;
  for (const std::string& task : store.tasks())
    for (const std::int64_t seq : store.sequences(task)) {
      auto manifest = store.read(task, seq);
      if (!manifest) {
        lines.push_back({{task, seq, {}, {}, {}}, manifest.error().what});
        continue;
      }
      const Status whole = verify ? store.verify(*manifest) : Status(Done{});
      lines.push_back({std::move(*manifest), whole ? "" : whole.error().what});
    }
  return lines;
}

void print_json(const std::vector<Line>& lines, bool verify) {
  for (const Line& l : lines) {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object().key("task").value(l.manifest.task).key("seq").value(l.manifest.seq);
    json.key("bytes").value(l.manifest.bytes()).key("files").value(static_cast<std::int64_t>(l.manifest.files.size()));
    json.key("state_digest").value(l.manifest.state_digest).key("of").value(l.manifest.application);
    json.key("state").value(!l.why.empty() ? "damaged" : verify ? "whole" : "not verified").end_object();
    std::printf("%s\n", out.c_str());
  }
}

void print_table(const std::vector<Line>& lines, bool verify) {
  Table table({{"task"}, {"seq", Align::right}, {"MB", Align::right}, {"files", Align::right}, {"state digest"}, {"state"}},
              colours_of(stdout));
  char megabytes[32];
  for (const Line& l : lines) {
    std::snprintf(megabytes, sizeof megabytes, "%.1f", static_cast<double>(l.manifest.bytes()) / 1e6);
    const Cell good = verify ? Cell("whole", Paint::good) : Cell("not verified", Paint::faint);
    const checkpoint::Manifest& m = l.manifest;
    table.row({m.task, std::to_string(m.seq), megabytes, std::to_string(m.files.size()), m.state_digest,
               l.why.empty() ? good : Cell("damaged", Paint::bad)});
  }
  std::fputs(table.take().c_str(), stdout);
  if (!verify) std::printf("\n--verify reads every file and compares it with its hash\n");
}

}  // namespace

int checkpoints(const CheckpointsArguments& a) {
  const auto lines = look(checkpoint::Store(a.checkpoints.to), a.verify);
  if (lines.empty())
    return complain(Error{Remedy::stop, a.checkpoints.to + " holds no checkpoint; `duestream run --checkpoints` writes them"});
  if (a.json) {
    print_json(lines, a.verify);
  } else {
    print_table(lines, a.verify);
  }
  int code = Exit::ok;
  for (const Line& l : lines)
    if (!l.why.empty()) code = complain(Error{Remedy::stop, l.why});
  return code;
}

}  // namespace due::cli
