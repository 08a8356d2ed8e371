// schemas/codec/master_decoder.h
// Bytes to master data and to what tasks tell each other: the same CloudEvents and the same strictness as
// schemas/codec/event_decoder.h, one decoder per topic.
//
//   Source   topics customers, contracts, disputes, fx-rates, provider-rules, controls, and the internal credit-note-requests and
//            credit-note-outcomes; a type of another topic is UNKNOWN_TYPE
//   Units    as schemas/events/*.h
//   Errors   Refusal, never an exception: reason code, field, remedy in words; the caller dead-letters the record whole
//   Clock    none
//   Threads  one decoder per thread; a decoded event owns its texts
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "schemas/base/header_view.h"
#include "schemas/codec/reason.h"
#include "schemas/events/master.h"

namespace due::codec {

enum class MasterTopic : std::uint8_t {
  customers, contracts, disputes, fx_rates, provider_rules, controls, credit_note_requests, credit_note_outcomes
};
inline constexpr int master_topics = 8;

class MasterDecoder {
 public:
  explicit MasterDecoder(MasterTopic topic);
  ~MasterDecoder();
  MasterDecoder(const MasterDecoder&) = delete;
  MasterDecoder& operator=(const MasterDecoder&) = delete;

  // The event's time is required: it says since when the fact is known where history is loaded.
  std::variant<events::MasterEvent, Refusal> decode(std::optional<std::string_view> value, std::span<const HeaderView> headers);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace due::codec
