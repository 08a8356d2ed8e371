#include <charconv>
#include <optional>

#include "stream/checkpoint/store.h"

namespace due::checkpoint {
namespace {

constexpr std::string_view heading = "duestream checkpoint 1";

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 0) return std::nullopt;
  return n;
}

std::optional<Hash128> hash(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  Hash128 h;
  for (auto [part, at] : {std::pair{&h.high, 0}, std::pair{&h.low, 16}}) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 16, *part, 16);
    if (error != std::errc() || end != text.data() + at + 16) return std::nullopt;
  }
  return h;
}

std::string_view cut(std::string_view& text, char at) {
  const std::string_view part = text.substr(0, text.find(at));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

Error damaged(std::string_view what) {
  return {Remedy::stop, "a checkpoint manifest is damaged: " + std::string(what) + "; an older one will do"};
}

bool plain_file_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.find('/') == name.npos;
}

}  // namespace

std::int64_t Manifest::bytes() const {
  std::int64_t sum = 0;
  for (const File& f : files) sum += f.bytes;
  return sum;
}

std::string Manifest::text() const {
  std::string out = std::string(heading) + "\ntask " + task + "\nseq " + std::to_string(seq) + "\nstate-digest " + state_digest +
                    "\nof " + application + "\n";
  for (const File& f : files) out += "file " + f.hash.hex() + " " + std::to_string(f.bytes) + " " + f.name + "\n";
  return out + "end " + hash128(out).hex() + "\n";
}

Result<Manifest> Manifest::parse(std::string_view text) {
  const std::size_t end = text.rfind("end ");
  if (end == text.npos || text.substr(end) != "end " + hash128(text.substr(0, end)).hex() + "\n")
    return damaged("its last line is not the hash of the others");
  std::string_view rest = text.substr(0, end);
  if (cut(rest, '\n') != heading) return damaged("it does not begin with \"" + std::string(heading) + "\"");
  Manifest m;
  std::optional<std::int64_t> seq;
  while (!rest.empty()) {
    std::string_view line = cut(rest, '\n');
    const std::string_view key = cut(line, ' ');
    if (key == "task") m.task = line;
    if (key == "seq") seq = number(line);
    if (key == "state-digest") m.state_digest = line;
    if (key == "of") m.application = line;
    if (key != "file") continue;
    const auto h = hash(cut(line, ' '));
    const auto bytes = number(cut(line, ' '));
    if (!h || !bytes || !plain_file_name(line)) return damaged("a line of a file is none");
    m.files.push_back({std::string(line), *bytes, *h});
  }
  if (m.task.empty() || !seq || m.files.empty()) return damaged("task, seq or files are missing");
  m.seq = *seq;
  return m;
}

}  // namespace due::checkpoint
