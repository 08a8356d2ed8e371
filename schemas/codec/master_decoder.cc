#include "schemas/codec/master_decoder.h"

#include <vector>

#include "schemas/codec/master/topic_codec.h"
#include "schemas/codec/reader/cloud_event.h"

namespace due::codec {
namespace {

std::unique_ptr<TopicCodec> codec_of(MasterTopic topic) {
  switch (topic) {
    case MasterTopic::customers: return customer_codec();
    case MasterTopic::contracts: return contract_codec();
    case MasterTopic::disputes: return dispute_codec();
    case MasterTopic::fx_rates: return fx_rate_codec();
    case MasterTopic::provider_rules: return provider_rule_codec();
    case MasterTopic::controls: return control_codec();
    case MasterTopic::credit_note_requests: return credit_note_request_codec();
    case MasterTopic::credit_note_outcomes: break;
  }
  return credit_note_outcome_codec();
}

}  // namespace

struct MasterDecoder::Parser {
  explicit Parser(MasterTopic topic) : codec(codec_of(topic)) {
    for (const TopicCodec::Type& type : codec->types()) type_names.push_back(type.name);
  }
  std::optional<std::size_t> type_named(std::string_view name) const {
    for (std::size_t at = 0; at < type_names.size(); ++at)
      if (type_names[at] == name) return at;
    return std::nullopt;
  }
  std::optional<Refusal> check(std::size_t type) {
    const TopicCodec::Type& rules = codec->types()[type];
    if (auto refused = check_rules(rules.rules, fields, codec->words(), "data")) return refused;
    if (auto refused = check_rules(rules.further, fields, codec->words(), "data")) return refused;
    return codec->check_agreement(type, fields);
  }

  std::unique_ptr<TopicCodec> codec;
  CloudEventReader reader{codec->words()};
  std::vector<std::string_view> type_names;
  Fields fields;
  Hash128 content;
};

MasterDecoder::MasterDecoder(MasterTopic topic) : parser_(std::make_unique<Parser>(topic)) {}
MasterDecoder::~MasterDecoder() = default;

std::variant<events::MasterEvent, Refusal> MasterDecoder::decode(std::optional<std::string_view> value,
                                                                 std::span<const HeaderView> headers) {
  Parser& p = *parser_;
  p.fields.clear();
  p.codec->clear();
  p.content = {};
  if (auto refused = p.reader.read(value, headers, {p.fields, *p.codec, p.content})) return std::move(*refused);
  const std::optional<std::size_t> type = p.type_named(p.reader.type());
  if (!type) return p.reader.unknown_type(p.type_names);
  if (!p.reader.has_time())
    return p.reader.missing(Attribute::time, "Send time with master data, as an RFC 3339 instant: since when the fact is known.");
  if (auto refused = p.reader.check_data_is_object()) return std::move(*refused);
  if (auto refused = p.check(*type)) return std::move(*refused);
  events::MasterEvent event;
  event.id = p.reader.text(Attribute::id);
  event.source = p.reader.text(Attribute::source);
  event.time = p.reader.time();
  // The type belongs to the content: the same members mean another fact under another type.
  event.content = hash128({reinterpret_cast<const char*>(&p.content), sizeof p.content}, hash64(p.reader.type()));
  event.data = p.codec->build(*type, p.fields);
  return event;
}

}  // namespace due::codec
