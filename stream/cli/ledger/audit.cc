#include "stream/cli/ledger/audit.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "schemas/codec/json_writer.h"
#include "stream/postgres/audit.h"

namespace due::cli {
namespace {

// One chain a line: topic, partition, seq, rows, link, task. The task is last because an input's is empty.
Result<std::vector<postgres::KnownLink>> read_heads(const std::string& path) {
  std::ifstream in(path);
  if (!in) return Error{Remedy::stop, "--expect " + path + " cannot be read; check its path and rights"};
  std::vector<postgres::KnownLink> heads;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    postgres::KnownLink h;
    if (!(fields >> h.topic >> h.partition >> h.seq >> h.rows >> h.link) || h.link.size() != 64)
      return Error{Remedy::stop, "--expect " + path + ": \"" + line + "\" is not a line of `duestream audit --heads FILE`"};
    fields >> h.task;
    heads.push_back(std::move(h));
  }
  return heads;
}

Status write_heads(const std::string& path, const std::vector<postgres::KnownLink>& heads) {
  std::ofstream out(path);
  for (const postgres::KnownLink& h : heads)
    out << h.topic << ' ' << h.partition << ' ' << h.seq << ' ' << h.rows << ' ' << h.link << ' ' << h.task << '\n';
  out.close();
  if (!out) return Error{Remedy::stop, "--heads " + path + " cannot be written; check its path and rights"};
  return Done{};
}

void print_json(const postgres::Audit& a) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key("rows").value(a.rows).key("seals").value(a.seals).key("chains").begin_array();
  for (const postgres::KnownLink& h : a.heads)
    json.begin_object()
        .key("topic").value(h.topic)
        .key("partition").value(std::int64_t{h.partition})
        .key("task").value(h.task)
        .key("seq").value(h.seq)
        .key("rows").value(h.rows)
        .key("link").value(h.link)
        .end_object();
  json.end_array().key("findings").begin_array();
  for (const std::string& f : a.findings) json.value(f);
  json.end_array().end_object();
  std::printf("%s\n", out.c_str());
}

void print_text(const postgres::Audit& a, std::size_t kept) {
  for (const std::string& f : a.findings) std::printf("  %s\n", f.c_str());
  std::printf("  %lld rows in %zu chains, %lld seals", static_cast<long long>(a.rows), a.heads.size(), static_cast<long long>(a.seals));
  if (kept > 0) std::printf(", %zu kept heads", kept);
  if (a.findings.empty()) {
    std::printf(": nothing was changed, removed or added\n");
  } else {
    std::printf(": %zu findings. The log still says what was written: duestream sink --from-beginning names the first row that differs\n",
                a.findings.size());
  }
}

}  // namespace

int audit(const AuditArguments& a) {
  postgres::AuditOptions options;
  options.uri = a.to;
  if (!a.expect.empty()) {
    auto kept = read_heads(a.expect);
    if (!kept) return complain(kept.error());
    options.kept = std::move(*kept);
  }
  const bool terminal = isatty(STDERR_FILENO) != 0 && !a.json;
  if (terminal)
    options.progress = [](std::int64_t rows) { std::fprintf(stderr, "\r  %lld rows\033[K", static_cast<long long>(rows)); };
  const auto done = postgres::audit_database(options);
  if (terminal) std::fprintf(stderr, "\r\033[K");
  if (!done) return complain(done.error());
  if (a.json) {
    print_json(*done);
  } else {
    print_text(*done, options.kept.size());
  }
  if (!done->findings.empty()) return Exit::failed;
  if (!a.heads.empty())
    if (Status written = write_heads(a.heads, done->heads); !written) return complain(written.error());
  return Exit::ok;
}

}  // namespace due::cli
