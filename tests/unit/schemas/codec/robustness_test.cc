#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "schemas/codec/event_decoder.h"
#include "tests/unit/schemas/codec/samples.h"

namespace due::codec {
namespace {

// Decodes as structured and as binary. Every outcome is good but one that points outside the record and the arena, or a crash.
void survive(const std::string& value) {
  static EventDecoder decoder;
  static const std::vector<HeaderView> binary = {
      {"ce_specversion", "1.0"}, {"ce_id", "E1"}, {"ce_source", "/erp"}, {"ce_type", "due.invoice.issued.v1"}};
  for (const auto& headers : {std::vector<HeaderView>{}, binary}) {
    std::deque<std::string> arena;
    const auto decoded = decoder.decode(value, headers, arena);
    const auto* event = std::get_if<events::Event>(&decoded);
    if (event == nullptr) {
      RC_ASSERT(std::get<Refusal>(decoded).remedy.starts_with("Send "));
      continue;
    }
    bool known =
        event->customer_id.data() >= value.data() && event->customer_id.data() + event->customer_id.size() <= value.data() + value.size();
    for (const std::string& text : arena) known = known || event->customer_id.data() == text.data();
    RC_ASSERT(known);
    RC_ASSERT(!event->customer_id.empty());
  }
}

RC_GTEST_PROP(Robustness, SurvivesAnyBytes, (std::vector<char> bytes)) { survive({bytes.begin(), bytes.end()}); }

RC_GTEST_PROP(Robustness, SurvivesAnythingInJsonLetters, (std::vector<std::uint8_t> choices)) {
  static constexpr std::string_view letters = "{}[]\",:\\0129-.eE tfn\n\x01\xc3u";
  std::string value;
  for (const std::uint8_t choice : choices) value.push_back(letters[choice % letters.size()]);
  survive(value);
  survive("{" + value + "}");
  survive(R"({"specversion":"1.0","data":{)" + value + "}}");
}

RC_GTEST_PROP(Robustness, SurvivesMutationsOfValidRecords,
              (std::uint8_t type, std::vector<std::tuple<std::uint8_t, std::uint16_t, std::uint8_t>> changes)) {
  static constexpr std::string_view letters = "{}[]\",:\\0-.e \x01\x80u";
  std::string value = samples::structured(samples::types[type % std::size(samples::types)]);
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
    survive(value);
  }
}

TEST(Robustness, SurvivesEveryPrefixOfAValidRecord) {
  for (const std::string_view type : samples::types) {
    const std::string value = samples::structured(type);
    EventDecoder decoder;
    std::deque<std::string> arena;
    for (std::size_t size = 0; size < value.size(); ++size)
      EXPECT_TRUE(std::holds_alternative<Refusal>(decoder.decode(value.substr(0, size), {}, arena))) << value.substr(0, size);
  }
}

TEST(Robustness, ReadsALargeRecordAndASmallOneAfterIt) {
  EventDecoder decoder;
  std::deque<std::string> arena;
  auto data = samples::data_of("due.invoice.issued.v1");
  std::string lines = "[";
  for (int n = 0; n < 20'000; ++n)
    lines.append(n == 0 ? "" : ",").append(R"({"line_id":")").append(std::to_string(n)).append(R"(","net_minor":1,"a\u0061":{"b":[1]}})");
  samples::put(data, "lines", lines + "]");
  samples::put(data, "net_minor", "20000");
  EXPECT_TRUE(std::holds_alternative<events::Event>(
      decoder.decode(samples::structured("due.invoice.issued.v1", samples::object(data)), {}, arena)));
  EXPECT_TRUE(std::holds_alternative<events::Event>(decoder.decode(samples::structured("due.usage.recorded.v1"), {}, arena)));
}

TEST(Robustness, FindsANameTwiceAmongManyThousandsSoonEnough) {
  std::string many = "{";
  for (int n = 0; n < 50'000; ++n) many.append(n == 0 ? "\"" : ",\"").append(std::to_string(n)).append("\":0");
  EventDecoder decoder;
  std::deque<std::string> arena;
  const auto refusal_with = [&](const std::string& object) {
    auto data = samples::data_of("due.usage.recorded.v1");
    samples::put(data, "x", object);
    const auto decoded = decoder.decode(samples::structured("due.usage.recorded.v1", samples::object(data)), {}, arena);
    return std::holds_alternative<Refusal>(decoded) ? std::get<Refusal>(decoded).field : "taken";
  };
  EXPECT_EQ(refusal_with(many + "}"), "taken");
  EXPECT_EQ(refusal_with(many + ",\"25000\":0}"), "data.x.25000");
}

}  // namespace
}  // namespace due::codec
