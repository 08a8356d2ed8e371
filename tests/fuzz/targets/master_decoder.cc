// Records of customers, contracts, disputes, rates, provider rules and controls: as event_decoder.cc.
#include <array>

#include "schemas/codec/master_decoder.h"
#include "tests/fuzz/target.h"

namespace due::fuzz {
namespace {

using codec::MasterTopic;
using test::bad_input::Mode;

constexpr std::pair<std::string_view, MasterTopic> master_topics[] = {
    {"customers", MasterTopic::customers}, {"contracts", MasterTopic::contracts},           {"disputes", MasterTopic::disputes},
    {"fx-rates", MasterTopic::fx_rates},   {"provider-rules", MasterTopic::provider_rules}, {"controls", MasterTopic::controls}};

codec::MasterDecoder& decoder_of(std::string_view topic) {
  static std::array<codec::MasterDecoder, std::size(master_topics)> decoders{
      codec::MasterDecoder{MasterTopic::customers}, codec::MasterDecoder{MasterTopic::contracts},
      codec::MasterDecoder{MasterTopic::disputes},  codec::MasterDecoder{MasterTopic::fx_rates},
      codec::MasterDecoder{MasterTopic::provider_rules}, codec::MasterDecoder{MasterTopic::controls}};
  for (const auto& [name, master] : master_topics)
    if (name == topic) return decoders[static_cast<std::size_t>(master)];
  return decoders.front();
}

}  // namespace

std::vector<std::string> valid_inputs() {
  std::vector<std::string> all;
  for (const std::string& event : test::bad_input::master_data())
    for (const Mode mode : {Mode::structured, Mode::binary}) all.push_back(as_text(test::bad_input::valid(event, "C1", mode)));
  return all;
}

std::vector<std::string> broken_inputs() {
  std::vector<std::string> all;
  test::bad_input::each_case([&all](const test::bad_input::Case& c) {
    std::string text = as_text(c.record);
    for (const auto& [name, master] : master_topics)
      if (text.size() < 4'096 && c.record.topic == name) all.push_back(std::move(text));
  }, test::bad_input::Large::leave_out);
  return all;
}

void run(std::string_view input) {
  const RecordText record = read_record(input);
  codec::MasterDecoder& decoder = decoder_of(record.topic);
  const auto decoded = decoder.decode(record.value, record.headers);
  if (const auto* refusal = std::get_if<codec::Refusal>(&decoded)) return require_clear(*refusal);
  const auto& event = std::get<events::MasterEvent>(decoded);
  require(is_json_text(record.value), "what is taken is JSON to another parser, too");
  const std::string plain = without_space(record.value);
  const auto again = decoder.decode(plain, record.headers);
  require(std::holds_alternative<events::MasterEvent>(again), "white space decides nothing");
  const auto& same = std::get<events::MasterEvent>(again);
  require(same.content == event.content && same.time == event.time && same.data.index() == event.data.index(), "one text has one reading");
}

}  // namespace due::fuzz
