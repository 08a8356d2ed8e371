// Lines of a file that `duestream publish` reads.
#include "schemas/codec/feed_line.h"
#include "schemas/codec/json_writer.h"
#include "tests/fuzz/target.h"

namespace due::fuzz {

std::vector<std::string> valid_inputs() {
  std::vector<std::string> all = {
      R"({"topic":"invoices","key":"C1","value":"x","headers":{"a":"b"},"timestamp":"2025-03-01T00:00:00Z"})",
      R"({"topic":"usage","key":null,"value":null})"};
  for (const std::string& event : test::bad_input::documents()) all.push_back(*test::bad_input::valid(event, "C1").value);
  return all;
}

std::vector<std::string> broken_inputs() { return {"", "{", "[]", "{\"topic\":\"\"}", "{\"topic\":\"a\",\"headers\":[]}"}; }

void run(std::string_view input) {
  static codec::FeedLineReader reader;
  const auto line = reader.read(input);
  if (!line) return require(!line.error().what.empty(), "a refusal says why");
  const auto* wrapper = std::get_if<codec::WrapperLine>(&*line);
  if (wrapper == nullptr) return;
  // Written again as it was understood, it is understood as before.
  std::string text;
  codec::JsonWriter json(text);
  json.begin_object().key("topic").value(wrapper->topic).key("key");
  wrapper->key ? json.value(*wrapper->key) : json.null();
  json.key("value");
  wrapper->value ? json.value(*wrapper->value) : json.null();
  json.key("headers").begin_object();
  for (const auto& [name, value] : wrapper->headers) json.key(name).value(value);
  json.end_object().end_object();
  const codec::WrapperLine kept = *wrapper;
  const auto again = reader.read(text);
  require(static_cast<bool>(again), "what was written can be read");
  const auto& same = std::get<codec::WrapperLine>(*again);
  require(same.topic == kept.topic && same.key == kept.key && same.value == kept.value && same.headers == kept.headers,
          "what was written is what was read");
}

}  // namespace due::fuzz
