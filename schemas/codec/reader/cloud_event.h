// schemas/codec/reader/cloud_event.h
// A CloudEvent 1.0 of a Kafka record, structured or binary mode, read into fields: everything but what its data must hold.
// Private to the codec.
//
//   Source   CloudEvents Kafka binding: header content-type starting with application/cloudevents, or no ce_* header at all and a
//            JSON object with specversion: structured; header ce_specversion: binary (attributes in ce_*, value is data)
//   Shape    texts point into the reader's buffers until the next read(); keep() makes them outlive it
//   Errors   Refusal; what is wrong with the form comes first, then the envelope, then (by the caller) type and data
//   Clock    none
//   Threads  one reader per thread
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schemas/base/event_time.h"
#include "schemas/base/header_view.h"
#include "schemas/codec/reader/json_reader.h"

namespace due::codec {

class CloudEventReader {
 public:
  enum class Mode : std::uint8_t { structured, binary };

  explicit CloudEventReader(const Vocabulary& vocabulary) : json_(vocabulary) {}

  std::optional<Refusal> read(std::optional<std::string_view> value, std::span<const HeaderView> headers, const DataSink& data);

  // Of what was read.
  std::string_view type() const { return envelope_[Attribute::type].text; }
  bool has_time() const { return envelope_.has(Attribute::time); }
  EventTime time() const { return {envelope_[Attribute::time].integer}; }
  std::optional<Refusal> check_data_is_object() const;
  Refusal unknown_type(std::span<const std::string_view> known) const;
  Refusal missing(Attribute attribute, std::string remedy) const;

  // The same text as a view into the record, or, where it had to be unescaped, into `arena`.
  std::string_view keep(std::string_view text, std::deque<std::string>& arena) const {
    if (const auto view = json_.inside(record_, text)) return *view;
    return arena.emplace_back(text);
  }
  std::string_view keep(Attribute attribute, std::deque<std::string>& arena) const {
    return mode_ == Mode::binary ? envelope_[attribute].text : keep(envelope_[attribute].text, arena);
  }
  std::string_view text(Attribute attribute) const { return envelope_[attribute].text; }  // as long as the reader's buffers

 private:
  JsonReader json_;
  Fields envelope_;
  Mode mode_ = Mode::structured;
  std::string_view record_;
};

}  // namespace due::codec
