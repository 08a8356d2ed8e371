// What the table of tests/bad_input does not say of master data.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/schemas/codec/published.h"
#include "tests/unit/schemas/codec/samples.h"

namespace due::codec {
namespace {

std::string refusal_of(MasterTopic topic, std::string_view value) {
  MasterDecoder decoder{topic};
  const auto decoded = decoder.decode(value, {});
  const auto* refused = std::get_if<Refusal>(&decoded);
  if (refused == nullptr) return "taken";
  EXPECT_TRUE(refused->remedy.starts_with("Send ") && refused->remedy.ends_with('.')) << refused->remedy;
  return std::string{reason_code(refused->reason)} + ' ' + refused->field;
}

TEST(MasterRefusals, KeepEachTopicToItsOwnTypes) {
  for (const published::Schema& of : published::master) {
    simdjson::dom::parser parser;
    const std::string example = simdjson::minify(simdjson::dom::array(published::load(of.file, parser)["examples"]).at(0));
    for (int topic = 0; topic < master_topics; ++topic)
      EXPECT_EQ(refusal_of(static_cast<MasterTopic>(topic), example),
                static_cast<MasterTopic>(topic) == of.topic ? "taken" : "UNKNOWN_TYPE type")
          << of.file;
  }
}

TEST(MasterRefusals, AskForTheEnvelopeBeforeTheData) {
  EXPECT_EQ(refusal_of(MasterTopic::customers, ""), "EMPTY_VALUE ");
  EXPECT_EQ(refusal_of(MasterTopic::customers, "x"), "NOT_JSON ");
  EXPECT_EQ(refusal_of(MasterTopic::customers, "{}"), "NOT_CLOUDEVENT specversion");
  EXPECT_EQ(refusal_of(MasterTopic::customers, samples::structured("due.customer.created.v1", "7")), "WRONG_TYPE data");
}

}  // namespace
}  // namespace due::codec
