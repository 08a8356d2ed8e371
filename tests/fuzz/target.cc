#include "tests/fuzz/target.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace due::fuzz {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

std::string as_text(const test::bad_input::Record& record) {
  std::string text = "topic: " + record.topic + "\n";
  if (record.key) text += "key: " + *record.key + "\n";
  for (const auto& [name, value] : record.headers) text.append(name).append(": ").append(value).append("\n");
  return text + "\n" + record.value.value_or("");
}

RecordText read_record(std::string_view text) {
  RecordText r;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) break;
    const std::size_t colon = std::min(line.find(": "), line.size());
    const std::string_view name = line.substr(0, colon), value = line.substr(std::min(colon + 2, line.size()));
    if (name == "topic")
      r.topic = value;
    else if (name == "key")
      r.key = value;
    else
      r.headers.push_back({name, value});
  }
  r.value = text;
  return r;
}

void require_clear(const codec::Refusal& refusal) {
  require(!refusal.remedy.empty() && refusal.remedy.size() < 1'000, "a remedy is one sentence");
  require(!codec::reason_code(refusal.reason).empty(), "a reason has a code");
  for (const std::string* text : {&refusal.field, &refusal.remedy}) {
    require(simdjson::validate_utf8(*text), "a refusal is UTF-8");
    require(std::none_of(text->begin(), text->end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
            "a refusal has no control characters");
  }
}

std::string without_space(std::string_view json) {
  std::string out(json.size(), '\0');
  std::size_t size = 0;
  require(simdjson::minify(json.data(), json.size(), out.data(), size) == simdjson::SUCCESS, "JSON can be written without white space");
  out.resize(size);
  return out;
}

}  // namespace due::fuzz
