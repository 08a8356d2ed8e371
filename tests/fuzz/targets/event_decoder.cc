// Records of invoices, payments and usage: an event or a clear refusal, and one reading of one text.
#include <simdjson.h>

#include <deque>

#include "schemas/codec/event_decoder.h"
#include "tests/fuzz/target.h"

namespace due::fuzz {

using test::bad_input::Mode;

std::vector<std::string> valid_inputs() {
  std::vector<std::string> all;
  for (const std::string& event : test::bad_input::documents())
    for (const Mode mode : {Mode::structured, Mode::binary}) all.push_back(as_text(test::bad_input::valid(event, "C1", mode)));
  return all;
}

std::vector<std::string> broken_inputs() {
  std::vector<std::string> all;
  test::bad_input::each_case([&all](const test::bad_input::Case& c) {
    std::string text = as_text(c.record);
    const std::string& topic = c.record.topic;
    if (text.size() < 4'096 && (topic == "invoices" || topic == "payments" || topic == "usage")) all.push_back(std::move(text));
  }, test::bad_input::Large::leave_out);
  return all;
}

void run(std::string_view input) {
  static codec::EventDecoder decoder;
  const RecordText record = read_record(input);
  std::deque<std::string> arena, other_arena;
  const auto decoded = decoder.decode(record.value, record.headers, arena);
  if (const auto* refusal = std::get_if<codec::Refusal>(&decoded)) return require_clear(*refusal);
  const auto& event = std::get<events::Event>(decoded);
  require(!event.customer_id.empty() && event.customer_id.size() <= 64, "a customer's id has 1 to 64 bytes");
  require(simdjson::validate_utf8(event.customer_id.data(), event.customer_id.size()), "a customer's id is UTF-8");
  require(is_json_text(record.value), "what is taken is JSON to another parser, too");
  const std::string plain = without_space(record.value);
  const auto again = decoder.decode(plain, record.headers, other_arena);
  require(std::holds_alternative<events::Event>(again), "white space decides nothing");
  const auto& same = std::get<events::Event>(again);
  require(same.content == event.content && same.customer_id == event.customer_id && same.time == event.time && same.id == event.id,
          "one text has one reading");
}

}  // namespace due::fuzz
