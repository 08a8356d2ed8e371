#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "schemas/codec/event_decoder.h"
#include "tests/unit/schemas/codec/samples.h"

namespace due::codec {
namespace {

// Choices taken from bytes that RapidCheck makes and shrinks; zeros when they are used up.
class Choices {
 public:
  explicit Choices(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  unsigned below(unsigned n) { return (at_ < bytes_.size() ? bytes_[at_++] : 0U) % n; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

struct Json {
  enum class Kind { text, scalar, object, array } kind = Kind::scalar;
  std::string text = "0";  // of a text: what it says; of a scalar: its JSON
  std::vector<std::pair<std::string, Json>> members;  // of an array: without names
};

std::string some_text(Choices& choices) {
  static const char* const pieces[] = {"a", "Z", "0", " ", "/", "\"", "\\", "\n", "\t", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                       "x"};
  std::string text;
  for (unsigned n = choices.below(6); n > 0; --n) text += pieces[choices.below(13)];
  return text;
}

Json some_value(Choices& choices, unsigned depth) {
  static const char* const scalars[] = {"0", "-1", "42", "1.5", "-2.25e3", "9223372036854775808", "true", "false", "1e-7"};
  Json value;
  switch (choices.below(depth > 3 ? 2 : 4)) {
    case 0: value.text = scalars[choices.below(9)]; break;
    case 1: value = {Json::Kind::text, some_text(choices), {}}; break;
    case 2: {
      value.kind = Json::Kind::object;
      std::set<std::string> names;
      for (unsigned n = choices.below(5); n > 0; --n) names.insert(some_text(choices));
      for (const std::string& name : names) value.members.emplace_back(name, some_value(choices, depth + 1));
      break;
    }
    default:
      value.kind = Json::Kind::array;
      for (unsigned n = choices.below(4); n > 0; --n) value.members.emplace_back("", some_value(choices, depth + 1));
  }
  return value;
}

// The same facts in one of many spellings.
class Speller {
 public:
  explicit Speller(Choices& choices) : choices_(choices) {}

  std::string spell(const Json& value) {
    switch (value.kind) {
      case Json::Kind::scalar: return space() + value.text + space();
      case Json::Kind::text: return space() + quoted(value.text) + space();
      case Json::Kind::array: return space() + '[' + joined(value.members, '[') + ']' + space();
      case Json::Kind::object: break;
    }
    auto members = value.members;
    for (std::size_t left = members.size(); left > 1; --left)
      std::swap(members[left - 1], members[choices_.below(static_cast<unsigned>(left))]);
    return space() + '{' + joined(members, '{') + '}' + space();
  }

 private:
  std::string joined(const std::vector<std::pair<std::string, Json>>& members, char bracket) {
    std::string out = space();
    for (const auto& [name, member] : members) {
      if (&name != &members.front().first) out += ',';
      if (bracket == '{') out += space() + quoted(name) + space() + ':';
      out += spell(member);
    }
    return out;
  }
  std::string space() {
    static const char* const spaces[] = {"", "", "", " ", "\n", "\t\r "};
    return spaces[choices_.below(6)];
  }
  std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || c == '"' || c == '\\' || (byte < 0x80 && choices_.below(3) == 0)) {
        char escaped[8];
        std::snprintf(escaped, sizeof escaped, choices_.below(2) == 0 ? "\\u%04x" : "\\u%04X", byte);
        out += c == '/' ? "\\/" : c == '\n' ? "\\n" : escaped;
      } else {
        out += c;
      }
    }
    return out + '"';
  }
  Choices& choices_;
};

Json event_with(const Json& further, std::string_view type) {
  Json data{Json::Kind::object, "", {}};
  for (const auto& [name, json] : samples::data_of(type))
    data.members.emplace_back(
        name, json.front() == '"' ? Json{Json::Kind::text, json.substr(1, json.size() - 2), {}} : Json{Json::Kind::scalar, json, {}});
  data.members.emplace_back("x", further);
  Json event{Json::Kind::object, "", {}};
  for (const auto& [name, value] : {std::pair{"specversion", "1.0"}, std::pair{"id", "E1"}, std::pair{"source", "/erp"}})
    event.members.emplace_back(name, Json{Json::Kind::text, value, {}});
  event.members.emplace_back("type", Json{Json::Kind::text, std::string{type}, {}});
  event.members.emplace_back("data", data);
  return event;
}

Hash128 content_of(std::string_view value) {
  EventDecoder decoder;
  std::deque<std::string> arena;
  const auto decoded = decoder.decode(value, {}, arena);
  if (const auto* refused = std::get_if<Refusal>(&decoded))
    RC_FAIL(std::string{reason_code(refused->reason)} + ' ' + refused->field + '\n' + std::string{value});
  return std::get<events::Event>(decoded).content;
}

std::string_view some_type(Choices& choices) { return samples::types[choices.below(6)]; }

RC_GTEST_PROP(ContentProperties, DependsNeitherOnOrderNorOnWhiteSpaceNorOnEscapes,
              (std::vector<std::uint8_t> facts, std::vector<std::uint8_t> one, std::vector<std::uint8_t> other)) {
  Choices choices{facts};
  const Json event = event_with(some_value(choices, 0), some_type(choices));
  Choices first{one};
  Choices second{other};
  RC_ASSERT(content_of(Speller{first}.spell(event)) == content_of(Speller{second}.spell(event)));
}

RC_GTEST_PROP(ContentProperties, DependsOnEveryValue, (std::vector<std::uint8_t> facts, std::vector<std::uint8_t> others)) {
  Choices choices{facts};
  Choices other_choices{others};
  const Json one = some_value(choices, 0);
  const Json other = some_value(other_choices, 0);
  Choices plain{{}};
  Speller speller{plain};
  const bool same = speller.spell(one) == speller.spell(other);
  RC_ASSERT((content_of(speller.spell(event_with(one, samples::types[0]))) ==
             content_of(speller.spell(event_with(other, samples::types[0])))) == same);
}

Hash128 content_with(std::string_view type, std::string_view name, std::string_view json) {
  auto data = samples::data_of(type);
  samples::put(data, name, json);
  return content_of(samples::structured(type, samples::object(data)));
}

TEST(Content, TakesEqualInstantsAsEqualAndOthersAsOthers) {
  constexpr std::string_view usage = "due.usage.recorded.v1";
  const Hash128 noon = content_with(usage, "occurred_at", R"("2025-03-01T12:00:00Z")");
  EXPECT_EQ(noon, content_with(usage, "occurred_at", R"("2025-03-01T13:00:00.000+01:00")"));
  EXPECT_NE(noon, content_with(usage, "occurred_at", R"("2025-03-01T12:00:00.000001Z")"));
}

TEST(Content, TakesEqualNumbersAsEqualAndOthersAsOthers) {
  constexpr std::string_view type = "due.invoice.issued.v1";
  for (const std::string_view same : {"120.0", "1.2e2", "12E+1", "1200e-1"})
    EXPECT_EQ(content_with(type, "x", same), content_with(type, "x", "120")) << same;
  for (const std::string_view same : {"-0", "0.0", "0e5", "-0.000"})
    EXPECT_EQ(content_with(type, "x", same), content_with(type, "x", "0")) << same;
  EXPECT_EQ(content_with(type, "x", "1.50"), content_with(type, "x", "15e-1"));
  EXPECT_EQ(content_with(type, "x", "10000000000000000000"), content_with(type, "x", "1e19"));
  EXPECT_EQ(content_with(type, "x", "-9223372036854775808"), content_with(type, "x", "-9223372036854775808.0"));
  for (const std::string_view other : {"\"120\"", "121", "-120", "120.5", "[120]", "{\"x\":120}", "true", "120e1"})
    EXPECT_NE(content_with(type, "x", other), content_with(type, "x", "120")) << other;
}

TEST(Content, TakesNullAsAbsenceButNotInArrays) {
  constexpr std::string_view type = "due.invoice.issued.v1";
  EXPECT_EQ(content_with(type, "x", "null"), content_with(type, "x", "-"));
  EXPECT_NE(content_with(type, "x", "\"\""), content_with(type, "x", "-"));
  EXPECT_NE(content_with(type, "x", "[null]"), content_with(type, "x", "[]"));
}

TEST(Content, OrdersArraysAndNamesMembers) {
  constexpr std::string_view type = "due.invoice.issued.v1";
  EXPECT_NE(content_with(type, "x", "[1,2]"), content_with(type, "x", "[2,1]"));
  EXPECT_NE(content_with(type, "x", "[[1],2]"), content_with(type, "x", "[1,[2]]"));
  EXPECT_NE(content_with(type, "x", R"({"a":1,"b":2})"), content_with(type, "x", R"({"a":2,"b":1})"));
  EXPECT_NE(content_with(type, "x", "1"), content_with(type, "y", "1"));
  EXPECT_NE(content_with(type, "x", R"({"y":1})"), content_with(type, "x", R"({"z":1})"));
}

TEST(Content, LeavesOutTheAttributesButNotTheType) {
  const auto data = samples::object(samples::data_of("due.invoice.issued.v1"));
  auto envelope = samples::envelope("due.invoice.issued.v1", data);
  const Hash128 content = content_of(samples::object(envelope));
  samples::put(envelope, "id", R"("E2")");
  samples::put(envelope, "source", R"("/other")");
  samples::put(envelope, "time", "-");
  samples::put(envelope, "sappassport", R"("x")");
  EXPECT_EQ(content_of(samples::object(envelope)), content);
  auto members = samples::data_of("due.invoice.corrected.v1");
  EXPECT_NE(content_of(samples::structured("due.invoice.issued.v1", samples::object(members))),
            content_of(samples::structured("due.invoice.corrected.v1", samples::object(members))));
}

}  // namespace
}  // namespace due::codec
