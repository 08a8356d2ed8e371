// schemas/codec/type_rules.h
// What each event type demands of its data: which fields, of which form, and what must agree. Private to the codec.
//
//   Source   schemas/json/*.schema.json says the same to publishers
//   Units    as schemas/events/events.h
//   Errors   Refusal: the first broken rule in the order of the type's table, whatever the order of the text
//   Clock    none
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/codec/event_decoder.h"
#include "schemas/codec/fields.h"

namespace due::codec {

enum class EventType : std::uint8_t {
  invoice_issued, invoice_corrected, invoice_cancelled, payment_received, payment_reversed, usage_recorded
};

std::optional<EventType> event_type_named(std::string_view name);
std::string_view name_of(EventType type);

// What an array of objects (lines, preceding) came to, gathered while it is read.
struct Items {
  std::size_t count = 0;
  std::optional<std::int64_t> net_sum = 0;  // of lines; nullopt: it left int64
  std::optional<Refusal> broken;            // the first item that breaks a rule
};

struct DataFields {
  Fields top;
  Items lines, preceding;
  Hash128 content;  // over the members of data, without the type
};

// Takes item `index` of lines or of preceding into `items`. Its net amount counts where it is one.
void take_line(Fields& line, std::size_t index, Items& items);
void take_preceding(Fields& item, std::size_t index, Items& items);
// The same of an element that is no object.
void take_other(Field array, std::size_t index, Items& items);

// Checks everything; afterwards the values of dates (days), instants (micros) and currencies (code) stand in Value::integer.
std::optional<Refusal> check_data(EventType type, DataFields& data);

// 1 to `bytes_max` bytes, none of them a control character.
bool is_name(std::string_view text, std::size_t bytes_max);
inline constexpr std::size_t id_bytes_max = 64;

}  // namespace due::codec
