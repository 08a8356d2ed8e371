#include <gtest/gtest.h>
#include <simdjson.h>

#include <deque>
#include <string>
#include <vector>

#include "schemas/codec/event_decoder.h"
#include "tests/unit/schemas/codec/published.h"

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

TEST(PublishedExamples, DecodeInBothModesToTheSameEvent) {
  std::size_t seen = 0;
  for (const char* const name :
       {"invoice-issued", "invoice-corrected", "invoice-cancelled", "invoice-credited", "payment-received", "payment-reversed",
        "usage-recorded"}) {
    simdjson::dom::parser parser;
    const simdjson::dom::element schema = published::load(name, parser);
    for (const simdjson::dom::element example : simdjson::dom::array(schema["examples"])) {
      const std::string structured = outcome(simdjson::minify(example), {});
      const published::Headers headers = published::attributes_of(example);
      EXPECT_TRUE(structured.starts_with("due.")) << name << ": " << structured;
      EXPECT_EQ(outcome(simdjson::minify(simdjson::dom::element(example["data"])), headers.views), structured) << name;
      ++seen;
    }
  }
  EXPECT_EQ(seen, 11U);
}

}  // namespace
}  // namespace due::codec
