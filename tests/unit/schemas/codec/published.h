// tests/unit/schemas/codec/published.h
// The published schemas of master data and their examples, as tests decode them.
#pragma once

#include <simdjson.h>

#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/base/header_view.h"
#include "schemas/codec/master_decoder.h"

namespace due::codec::published {

struct Schema {
  std::string_view file;  // without .schema.json
  MasterTopic topic;
};
inline constexpr Schema master[] = {{"customer-created", MasterTopic::customers},
                                    {"customer-changed", MasterTopic::customers},
                                    {"customer-deactivated", MasterTopic::customers},
                                    {"contract-agreed", MasterTopic::contracts},
                                    {"provider-rule-agreed", MasterTopic::provider_rules},
                                    {"dispute-opened", MasterTopic::disputes},
                                    {"dispute-approved", MasterTopic::disputes},
                                    {"dispute-rejected", MasterTopic::disputes},
                                    {"fx-rate-published", MasterTopic::fx_rates},
                                    {"control-close-requested", MasterTopic::controls},
                                    {"control-reopen-requested", MasterTopic::controls},
                                    {"control-check-waived", MasterTopic::controls},
                                    {"control-series-suspended", MasterTopic::controls},
                                    {"control-series-resumed", MasterTopic::controls},
                                    {"control-record-skipped", MasterTopic::controls},
                                    {"control-model-activated", MasterTopic::controls},
                                    {"control-rerun-ordered", MasterTopic::controls},
                                    {"credit-note-requested", MasterTopic::credit_note_requests},
                                    {"credit-note-numbered", MasterTopic::credit_note_outcomes},
                                    {"credit-note-refused", MasterTopic::credit_note_outcomes}};

inline simdjson::dom::element load(std::string_view file, simdjson::dom::parser& parser) {
  const auto path = std::filesystem::path{DUE_SOURCE_DIR} / "schemas" / "json" / (std::string{file} + ".schema.json");
  return parser.load(path.string());
}

// The attributes of an example as headers of binary mode.
struct Headers {
  std::deque<std::string> texts;
  std::vector<HeaderView> views;
};
inline Headers attributes_of(simdjson::dom::element example) {
  Headers headers;
  for (const auto [name, value] : simdjson::dom::object(example)) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) continue;
    headers.texts.push_back(name == "datacontenttype" ? "content-type" : "ce_" + std::string{name});
    headers.texts.emplace_back(text);
  }
  for (std::size_t at = 0; at < headers.texts.size(); at += 2) headers.views.push_back({headers.texts[at], headers.texts[at + 1]});
  return headers;
}

// An object's members as JSON text, in order, so that single ones can be left out, replaced and put elsewhere.
using Members = std::vector<std::pair<std::string, std::string>>;
inline Members members_of(simdjson::dom::element object) {
  Members members;
  for (const auto [name, value] : simdjson::dom::object(object)) members.emplace_back(name, simdjson::minify(value));
  return members;
}

}  // namespace due::codec::published
