// schemas/codec/event_decoder.h
// Bytes to events: CloudEvents 1.0 with JSON data, structured or binary mode. The sole home of the JSON parser.
//
//   Source   CloudEvents Kafka binding: header content-type starting with application/cloudevents, or no ce_* header at all and a
//            JSON object with specversion: structured; header ce_specversion: binary (attributes in ce_*, value is data)
//   Units    as schemas/events/events.h
//   Errors   Refusal, never an exception: reason code, field, remedy in words; the caller dead-letters the record whole
//   Clock    none
//   Threads  one decoder per thread; a decoded Event may point into the record and into the decoder's arena until reset()
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "schemas/base/header_view.h"
#include "schemas/codec/reason.h"
#include "schemas/events/events.h"

namespace due::codec {

class EventDecoder {
 public:
  EventDecoder();
  ~EventDecoder();
  EventDecoder(const EventDecoder&) = delete;
  EventDecoder& operator=(const EventDecoder&) = delete;

  // `value` absent: a tombstone, refused as EMPTY_VALUE. Strings without JSON escapes are views into `value`; the others live in
  // `arena`, whose elements never move.
  std::variant<events::Event, Refusal> decode(std::optional<std::string_view> value, std::span<const HeaderView> headers,
                                              std::deque<std::string>& arena);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace due::codec
