#include "schemas/codec/decision_reader.h"

#include <simdjson.h>

namespace due::codec {
namespace {

std::string text_at(simdjson::dom::object object, const char* name) {
  std::string_view text;
  if (object[name].get(text) != simdjson::SUCCESS) return {};
  return std::string(text);
}

ReasonView reason_at(simdjson::dom::object object) {
  ReasonView r;
  for (const simdjson::dom::key_value_pair member : object) {
    std::int64_t figure = 0;
    std::string_view text;
    if (member.key == "code" && member.value.get(text) == simdjson::SUCCESS) r.code = text;
    if (member.value.get(figure) == simdjson::SUCCESS) r.figures.emplace_back(member.key, figure);
  }
  return r;
}

}  // namespace

std::optional<std::int64_t> ReasonView::figure(std::string_view name) const {
  for (const auto& [n, value] : figures)
    if (n == name) return value;
  return std::nullopt;
}

std::optional<DecisionView> read_decision(std::string_view json) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object event, data;
  if (json.empty() || parser.parse(json.data(), json.size()).get(event) != simdjson::SUCCESS) return std::nullopt;
  if (event["data"].get(data) != simdjson::SUCCESS) return std::nullopt;
  DecisionView d;
  d.id = text_at(event, "id");
  d.time = text_at(event, "time");
  d.event_id = text_at(data, "event_id");
  d.customer_id = text_at(data, "customer_id");
  d.event_type = text_at(data, "event_type");
  d.business_date = text_at(data, "business_date");
  d.currency = text_at(data, "currency");
  d.decision = text_at(data, "decision");
  d.rule = text_at(data, "rule");
  d.feature_schema = text_at(data, "feature_schema");
  d.logic = text_at(data, "logic");
  simdjson::dom::array items;
  if (data["reasons"].get(items) != simdjson::SUCCESS) return std::nullopt;
  for (const simdjson::dom::element item : items) {
    simdjson::dom::object reason;
    if (item.get(reason) == simdjson::SUCCESS) d.reasons.push_back(reason_at(reason));
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
  return !text.empty() && parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
}

}  // namespace due::codec
