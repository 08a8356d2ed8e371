// schemas/codec/decision_reader.h
// Our own records, read back: decisions for tables, and whether a text is JSON at all.
//
//   Errors   nullopt for anything that is not a decision of schemas/json/decision.schema.json
//   Clock    none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace due::codec {

struct ReasonView {
  std::string code;
  std::vector<std::pair<std::string, std::int64_t>> figures;  // what was compared, by its name on the wire
  std::optional<std::int64_t> figure(std::string_view name) const;
};

struct DecisionView {
  std::string event_id, customer_id, event_type, business_date, currency, decision;
  std::string id;  // where its event lies: topic/partition/offset
  std::string time, rule, feature_schema, logic;
  std::vector<ReasonView> reasons;
  std::vector<std::int64_t> features;
};

std::optional<DecisionView> read_decision(std::string_view json);
bool is_json(std::string_view text);

}  // namespace due::codec
