#include "schemas/codec/decision_reader.h"

#include <simdjson.h>

namespace due::codec {
namespace {

std::string text_at(simdjson::dom::object object, const char* name) {
  std::string_view text;
  if (object[name].get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

}  // namespace

std::optional<DecisionView> read_decision(std::string_view json) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object data;
  if (parser.parse(json.data(), json.size())["data"].get(data) != simdjson::SUCCESS) return std::nullopt;
  DecisionView d;
  d.event_id = text_at(data, "event_id");
  d.customer_id = text_at(data, "customer_id");
  d.event_type = text_at(data, "event_type");
  d.business_date = text_at(data, "business_date");
  d.currency = text_at(data, "currency");
  d.decision = text_at(data, "decision");
  d.input = text_at(data, "input");
  simdjson::dom::array items;
  if (data["reasons"].get(items) != simdjson::SUCCESS) return std::nullopt;
  for (const simdjson::dom::element item : items) {
    simdjson::dom::object reason;
    if (item.get(reason) == simdjson::SUCCESS) d.reason_codes.push_back(text_at(reason, "code"));
  }
  if (data["features"].get(items) != simdjson::SUCCESS) return std::nullopt;
  for (const simdjson::dom::element item : items) {
    std::int64_t v = 0;
    if (item.get(v) != simdjson::SUCCESS) return std::nullopt;
    d.features.push_back(v);
  }
  return d;
}

bool is_json(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  return parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
}

}  // namespace due::codec
