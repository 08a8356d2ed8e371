#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/schemas/codec/published.h"
#include "tests/unit/schemas/codec/samples.h"

namespace due::codec {
namespace {

namespace dom = simdjson::dom;

// A decoded event, or why not, as text.
std::string outcome(MasterDecoder& decoder, std::string_view value, const std::vector<HeaderView>& headers = {}) {
  const auto decoded = decoder.decode(value, headers);
  if (const auto* refused = std::get_if<Refusal>(&decoded)) {
    EXPECT_TRUE(refused->remedy.starts_with("Send ") && refused->remedy.ends_with('.')) << refused->remedy;
    return std::string{reason_code(refused->reason)} + ' ' + refused->field;
  }
  const auto& event = std::get<events::MasterEvent>(decoded);
  return "taken " + event.id + ' ' + event.source + ' ' + format(event.time) + ' ' + event.content.hex() + ' ' +
         std::to_string(event.data.index());
}

// Calls `look` with every example, its schema, and a decoder of its topic.
template <class Look>
void for_each_example(Look look) {
  for (const published::Schema& of : published::master) {
    SCOPED_TRACE(of.file);
    dom::parser parser;
    const dom::element schema = published::load(of.file, parser);
    MasterDecoder decoder{of.topic};
    for (const dom::element example : dom::array(schema["examples"])) look(schema, example, decoder);
  }
}

std::string with_data(dom::element example, const published::Members& data) {
  auto envelope = published::members_of(example);
  samples::put(envelope, "data", samples::object(data));
  return samples::object(envelope);
}

TEST(MasterSchemas, HaveExamplesThatDecodeInBothModesToTheSameEvent) {
  std::size_t seen = 0;
  for_each_example([&](dom::element, dom::element example, MasterDecoder& decoder) {
    const std::string structured = outcome(decoder, simdjson::minify(example));
    const published::Headers headers = published::attributes_of(example);
    EXPECT_TRUE(structured.starts_with("taken ")) << structured;
    EXPECT_EQ(outcome(decoder, simdjson::minify(dom::element(example["data"])), headers.views), structured);
    ++seen;
  });
  EXPECT_EQ(seen, 24U);
}

TEST(MasterSchemas, NameAsRequiredWhatTheDecoderRequires) {
  for_each_example([](dom::element schema, dom::element example, MasterDecoder& decoder) {
    const auto data = published::members_of(example["data"]);
    std::vector<std::string> required;
    for (const dom::element name : dom::array(schema.at_pointer("/properties/data/required")))
      required.emplace_back(std::string_view(name));
    for (const auto& [name, json] : data) {
      auto without = data;
      samples::put(without, name, "-");
      const std::string found = outcome(decoder, with_data(example, without));
      const bool is_required = std::find(required.begin(), required.end(), name) != required.end();
      if (is_required) EXPECT_EQ(found, "MISSING_FIELD data." + name);
      else EXPECT_NE(found, "MISSING_FIELD data." + name);
    }
    for (const std::string& name : required)
      EXPECT_TRUE(std::any_of(data.begin(), data.end(), [&](const auto& m) { return m.first == name; })) << name;
  });
}

TEST(MasterSchemas, RequireTheTimeSinceWhichAFactIsKnown) {
  for_each_example([](dom::element, dom::element example, MasterDecoder& decoder) {
    auto envelope = published::members_of(example);
    samples::put(envelope, "time", "-");
    EXPECT_EQ(outcome(decoder, samples::object(envelope)), "MISSING_FIELD time");
  });
}

// Every name of `properties` is one that the decoder knows: a value of no possible form is refused.
TEST(MasterSchemas, NameNoFieldThatTheDecoderDoesNotJudge) {
  for_each_example([](dom::element schema, dom::element example, MasterDecoder& decoder) {
    for (const auto [name, property] : dom::object(schema.at_pointer("/properties/data/properties"))) {
      auto data = published::members_of(example["data"]);
      samples::put(data, name, "-1.5");
      const std::string found = outcome(decoder, with_data(example, data));
      EXPECT_TRUE(found.starts_with("WRONG_TYPE data." + std::string{name})) << name << ": " << found;
    }
  });
}

TEST(MasterSchemas, ListTheWordsThatTheDecoderTakes) {
  std::size_t words = 0;
  for_each_example([&](dom::element schema, dom::element example, MasterDecoder& decoder) {
    for (const auto [name, property] : dom::object(schema.at_pointer("/properties/data/properties"))) {
      dom::array choices;
      if (property["enum"].get(choices) != simdjson::SUCCESS) continue;
      auto data = published::members_of(example["data"]);
      samples::put(data, name, R"("no such word")");
      EXPECT_EQ(outcome(decoder, with_data(example, data)), "UNKNOWN_VALUE data." + std::string{name});
      for (const dom::element choice : choices) {
        samples::put(data, name, simdjson::minify(choice));
        const std::string found = outcome(decoder, with_data(example, data));
        EXPECT_FALSE(found.starts_with("UNKNOWN_VALUE") || found.starts_with("WRONG_TYPE")) << name << ": " << choice << ": " << found;
        ++words;
      }
    }
  });
  EXPECT_GT(words, 50U);
}

// ------------------------------------------------------------------------------------------------------------- robustness

const std::vector<std::pair<MasterTopic, std::string>>& examples() {
  static const auto all = [] {
    std::vector<std::pair<MasterTopic, std::string>> found;
    for (const published::Schema& of : published::master) {
      dom::parser parser;
      for (const dom::element example : dom::array(published::load(of.file, parser)["examples"]))
        found.emplace_back(of.topic, simdjson::minify(example));
    }
    return found;
  }();
  return all;
}

MasterDecoder& decoder_of(MasterTopic topic) {
  static std::vector<std::unique_ptr<MasterDecoder>> decoders;
  while (decoders.size() <= static_cast<std::size_t>(topic))
    decoders.push_back(std::make_unique<MasterDecoder>(static_cast<MasterTopic>(decoders.size())));
  return *decoders[static_cast<std::size_t>(topic)];
}

RC_GTEST_PROP(MasterRobustness, SurvivesAnyBytes, (std::uint8_t topic, std::vector<char> bytes)) {
  const auto decoded = decoder_of(static_cast<MasterTopic>(topic % master_topics)).decode(std::string{bytes.begin(), bytes.end()}, {});
  RC_ASSERT(std::holds_alternative<Refusal>(decoded));
}

RC_GTEST_PROP(MasterRobustness, SurvivesMutationsOfValidRecords,
              (std::uint8_t which, std::vector<std::tuple<std::uint8_t, std::uint16_t, std::uint8_t>> changes)) {
  static constexpr std::string_view letters = "{}[]\",:\\0-.e \x01\x80u";
  const auto& [topic, record] = examples()[which % examples().size()];
  std::string value = record;
  for (const auto& [kind, place, with] : changes) {
    if (value.empty()) break;
    const std::size_t at = place % value.size();
    switch (kind % 5) {
      case 0: value[at] = static_cast<char>(with); break;
      case 1: value[at] = letters[with % letters.size()]; break;
      case 2: value.erase(at, with % 9U); break;
      case 3: value.insert(at, value.substr(with % value.size(), at % 17)); break;
      default: value.insert(at, 1, letters[with % letters.size()]);
    }
    const auto decoded = decoder_of(topic).decode(value, {});
    if (const auto* refused = std::get_if<Refusal>(&decoded)) RC_ASSERT(refused->remedy.starts_with("Send "));
  }
}

TEST(MasterRobustness, SurvivesEveryPrefixOfAValidRecord) {
  for (const auto& [topic, record] : examples())
    for (std::size_t size = 0; size < record.size(); ++size)
      EXPECT_TRUE(std::holds_alternative<Refusal>(decoder_of(topic).decode(record.substr(0, size), {}))) << record.substr(0, size);
}

// The members of data in any order are one content; any other value of any member is another one.
RC_GTEST_PROP(MasterContent, DoesNotDependOnTheOrderOfMembers, (std::uint8_t which, std::uint32_t seed)) {
  const auto& [topic, record] = examples()[which % examples().size()];
  dom::parser parser;
  const dom::element example = parser.parse(record);
  auto data = published::members_of(example["data"]);
  std::uint32_t state = seed;
  for (std::size_t left = data.size(); left > 1; --left)
    std::swap(data[left - 1], data[(state = state * 1'664'525 + 1'013'904'223) % left]);
  RC_ASSERT(outcome(decoder_of(topic), with_data(example, data)) == outcome(decoder_of(topic), record));
  data.emplace_back("x", "1");
  RC_ASSERT(outcome(decoder_of(topic), with_data(example, data)) != outcome(decoder_of(topic), record));
}

}  // namespace
}  // namespace due::codec
