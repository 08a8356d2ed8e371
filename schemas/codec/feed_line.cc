#include "schemas/codec/feed_line.h"

#include <simdjson.h>

namespace due::codec {
namespace {

namespace dom = simdjson::dom;

Error broken(std::string what) { return {Remedy::quarantine_record, std::move(what)}; }

// A member that is a string, or null or absent.
Result<std::optional<std::string>> text_or_null(dom::object object, std::string_view name) {
  dom::element element;
  if (object[name].get(element) != simdjson::SUCCESS || element.is_null()) return std::optional<std::string>{};
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return broken("\"" + std::string{name} + "\" must be a string or null");
  return std::optional<std::string>{std::string{text}};
}

Result<std::variant<EventLine, WrapperLine>> event_line(dom::object object) {
  EventLine line;
  std::string_view text;
  if (object["type"].get(text) != simdjson::SUCCESS)
    return broken("an event needs a \"type\"; to publish it as it is, wrap it as \"value\"");
  line.type = text;
  if (object.at_pointer("/data/customer_id").get(text) == simdjson::SUCCESS) line.customer_id = text;
  if (object["time"].get(text) == simdjson::SUCCESS) line.time = parse_time(text);
  return std::variant<EventLine, WrapperLine>{std::move(line)};
}

Result<std::variant<EventLine, WrapperLine>> wrapper_line(dom::object object) {
  WrapperLine line;
  std::string_view topic;
  if (object["topic"].get(topic) != simdjson::SUCCESS || topic.empty())
    return broken("a line is an event (it has \"specversion\") or names a \"topic\"");
  line.topic = topic;
  const auto key = text_or_null(object, "key");
  if (!key) return key.error();
  line.key = key.value();
  const auto value = text_or_null(object, "value");
  if (!value) return value.error();
  line.value = value.value();
  const auto timestamp = text_or_null(object, "timestamp");
  if (!timestamp) return timestamp.error();
  if (timestamp.value()) {
    line.timestamp = parse_time(*timestamp.value());
    if (!line.timestamp) return broken("\"timestamp\" must be an RFC 3339 instant such as 2025-03-01T12:30:00Z");
  }
  dom::element headers;
  if (object["headers"].get(headers) == simdjson::SUCCESS && !headers.is_null()) {
    dom::object members;
    if (headers.get(members) != simdjson::SUCCESS) return broken("\"headers\" must be an object of strings");
    for (const auto [name, element] : members) {
      std::string_view text;
      if (element.get(text) != simdjson::SUCCESS) return broken("header \"" + std::string{name} + "\" must be a string");
      line.headers.emplace_back(name, text);
    }
  }
  return std::variant<EventLine, WrapperLine>{std::move(line)};
}

}  // namespace

struct FeedLineReader::Parser {
  dom::parser json;
};

FeedLineReader::FeedLineReader() : parser_(std::make_unique<Parser>()) {}
FeedLineReader::~FeedLineReader() = default;

Result<std::variant<EventLine, WrapperLine>> FeedLineReader::read(std::string_view line) {
  dom::object object;
  if (line.empty() || parser_->json.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS)
    return broken("a line must be one JSON object");
  return object["specversion"].error() == simdjson::SUCCESS ? event_line(object) : wrapper_line(object);
}

}  // namespace due::codec
