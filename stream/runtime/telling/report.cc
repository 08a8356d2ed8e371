#include "stream/runtime/telling/report.h"

#include "schemas/codec/json_writer.h"

namespace due::runtime {
namespace {

// Bare where that can be read back by blanks and equals signs alone; one line in any case.
void append_text(std::string& out, std::string_view text) {
  const bool bare = !text.empty() && text.find_first_of(" \"=") == std::string_view::npos;
  if (!bare) out.push_back('"');
  for (const char c : text) {
    if (c == '"') out.push_back('\\');
    out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  }
  if (!bare) out.push_back('"');
}

}  // namespace

const char* name_of(Level level) {
  static constexpr const char* names[] = {"debug", "info", "warning", "error"};
  return names[static_cast<std::size_t>(level)];
}

std::string as_text(std::string_view event, std::span<const Field> fields) {
  std::string out(event);
  for (const Field& f : fields) {
    out.push_back(' ');
    out.append(f.name);
    out.push_back('=');
    if (f.is_number) {
      out.append(std::to_string(f.number));
    } else {
      append_text(out, f.text);
    }
  }
  return out;
}

std::string as_json(std::string_view time, Level level, std::string_view event, std::span<const Field> fields) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key("ts").value(time).key("level").value(name_of(level)).key("event").value(event);
  for (const Field& f : fields) {
    json.key(f.name);
    if (f.is_number) {
      json.value(f.number);
    } else {
      json.value(f.text);
    }
  }
  json.end_object();
  return out;
}

}  // namespace due::runtime
