#include <gtest/gtest.h>
#include <simdjson.h>

#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "schemas/codec/event_decoder.h"

namespace due::codec {
namespace {

// A decoded event, or why not; compared as text so that both modes can be held against each other.
std::string outcome(std::string_view value, const std::vector<HeaderView>& headers) {
  EventDecoder decoder;
  std::deque<std::string> arena;
  const auto decoded = decoder.decode(value, headers, arena);
  if (const auto* refused = std::get_if<Refusal>(&decoded)) return std::string{reason_code(refused->reason)} + ' ' + refused->field;
  const auto& event = std::get<events::Event>(decoded);
  return std::string{events::type_name(event.data)} + ' ' + std::string{event.id} + ' ' + std::string{event.source} + ' ' +
         std::string{event.customer_id} + ' ' + format(event.time) + ' ' + event.content.hex();
}

struct Headers {
  std::deque<std::string> texts;
  std::vector<HeaderView> views;
};

Headers attributes_of(simdjson::dom::element example) {
  Headers headers;
  for (const auto [name, value] : simdjson::dom::object(example)) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) continue;
    headers.texts.push_back(name == "datacontenttype" ? "content-type" : "ce_" + std::string{name});
    headers.views.push_back({headers.texts.back(), headers.texts.emplace_back(text)});
  }
  for (std::size_t at = 0; at < headers.views.size(); ++at) headers.views[at] = {headers.texts[2 * at], headers.texts[2 * at + 1]};
  return headers;
}

TEST(PublishedExamples, DecodeInBothModesToTheSameEvent) {
  std::size_t seen = 0;
  for (const char* const name :
       {"invoice-issued", "invoice-corrected", "invoice-cancelled", "payment-received", "payment-reversed", "usage-recorded"}) {
    simdjson::dom::parser parser;
    const auto path = std::filesystem::path{DUE_SOURCE_DIR} / "schemas" / "json" / (std::string{name} + ".schema.json");
    const simdjson::dom::element schema = parser.load(path.string());
    for (const simdjson::dom::element example : simdjson::dom::array(schema["examples"])) {
      const std::string structured = outcome(simdjson::minify(example), {});
      const Headers headers = attributes_of(example);
      EXPECT_TRUE(structured.starts_with("due.")) << name << ": " << structured;
      EXPECT_EQ(outcome(simdjson::minify(simdjson::dom::element(example["data"])), headers.views), structured) << name;
      ++seen;
    }
  }
  EXPECT_EQ(seen, 9U);
}

}  // namespace
}  // namespace due::codec
