#include "schemas/codec/reader/cloud_event.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <variant>

#include "schemas/codec/reader/checks.h"

namespace due::codec {
namespace {

using Mode = CloudEventReader::Mode;

constexpr std::size_t source_bytes_max = 256;

Refusal no_cloudevent(std::string field, std::string remedy) { return {Reason::not_cloudevent, std::move(field), std::move(remedy)}; }

bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
         });
}

// "application/json; charset=utf-8" -> "application/json"
std::string_view media_type(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return type;
}
bool is_json(std::string_view content_type) {
  if (content_type == "application/json") return true;
  const std::string_view type = media_type(content_type);
  constexpr std::string_view suffix = "+json";
  return same_letters(type, "application/json") || same_letters(type, "text/json") ||
         (type.size() > suffix.size() && same_letters(type.substr(type.size() - suffix.size()), suffix));
}

std::optional<std::string_view> header(std::span<const HeaderView> headers, std::string_view name) {
  for (const HeaderView& h : headers)
    if (h.name == name) return h.value;
  return std::nullopt;
}

constexpr Vocabulary attribute_words{{}, {}};
constexpr std::string_view attribute_prefix = "ce_";
constexpr std::string_view event_media_type = "application/cloudevents";

std::variant<Mode, Refusal> mode_of(std::span<const HeaderView> headers) {
  if (headers.empty()) return Mode::structured;
  if (const auto content_type = header(headers, "content-type"); content_type && content_type->starts_with(event_media_type)) {
    const std::string_view type = media_type(*content_type);
    if (type == event_media_type || type == "application/cloudevents+json") return Mode::structured;
    return no_cloudevent("content-type", "Send structured events as application/cloudevents+json, one event per record.");
  }
  const bool attributes =
      std::any_of(headers.begin(), headers.end(), [](const HeaderView& h) { return h.name.starts_with(attribute_prefix); });
  return attributes ? Mode::binary : Mode::structured;
}

// The ce_* headers as attributes. Attributes that are not known are extensions, which carry no meaning here.
std::optional<Refusal> read_attributes(std::span<const HeaderView> headers, Fields& envelope) {
  for (const HeaderView& h : headers) {
    std::string_view name = h.name;
    FieldIndex field = unknown_field;
    if (name == "content-type") {
      field = index_of(Attribute::datacontenttype);
    } else if (name.starts_with(attribute_prefix)) {
      name.remove_prefix(attribute_prefix.size());
      field = attribute_words.find(name);
      if (field > index_of(Attribute::dataschema) || field == index_of(Attribute::datacontenttype)) continue;
    } else {
      continue;
    }
    if (envelope.has(field)) return Refusal{Reason::duplicate_field, std::string{h.name}, "Send each attribute in one header only."};
    if (!simdjson::validate_utf8(h.value)) return no_cloudevent(std::string{h.name}, "Send header values in UTF-8.");
    envelope.set(field, {Kind::text, 0, h.value});
  }
  return std::nullopt;
}

// In binary mode an attribute stands in a header of its own.
std::string shown(Attribute attribute, Mode mode) {
  if (mode == Mode::binary && attribute == Attribute::datacontenttype) return "content-type";
  return std::string{mode == Mode::binary ? attribute_prefix : std::string_view{}}.append(attribute_names[index_of(attribute)]);
}

// specversion, id, source, type and time; what `data` is, but not what is in it.
std::optional<Refusal> check_envelope(Fields& envelope, Mode mode) {
  for (const Attribute attribute : {Attribute::specversion, Attribute::id, Attribute::source, Attribute::type})
    if (!envelope.has(attribute) || envelope[attribute].kind != Kind::text)
      return no_cloudevent(shown(attribute, mode), "Send a CloudEvent 1.0: specversion, id, source and type are required strings.");
  if (envelope[Attribute::specversion].text != "1.0")
    return no_cloudevent(shown(Attribute::specversion, mode), "Send specversion as \"1.0\".");
  const auto unfit = [mode](Attribute attribute, std::string_view size) {
    return Refusal{Reason::text_too_long, shown(attribute, mode),
                   std::string{"Send a string of 1 to "}.append(size).append(" bytes without control characters.")};
  };
  if (!is_name(envelope[Attribute::id].text, id_bytes_max)) return unfit(Attribute::id, "64");
  if (!is_name(envelope[Attribute::source].text, source_bytes_max)) return unfit(Attribute::source, "256");
  if (envelope.has(Attribute::datacontenttype)) {
    const Value& type = envelope[Attribute::datacontenttype];
    if (type.kind != Kind::text || !is_json(type.text))
      return no_cloudevent(shown(Attribute::datacontenttype, mode), "Send data as application/json.");
  }
  if (envelope.has(Attribute::time)) {
    Value& time = envelope[Attribute::time];
    const std::optional<EventTime> at = time.kind == Kind::text ? parse_time(time.text) : std::nullopt;
    if (!at)
      return Refusal{
          Reason::bad_time, shown(Attribute::time, mode),
          "Send an RFC 3339 instant with T and zone, such as 2025-03-01T12:30:00Z or 2025-03-01T13:30:00.25+01:00, or leave it out."};
    time.integer = at->micros;
  }
  return std::nullopt;
}

// The frame that a schema registry's serializers put in front: 0 and a schema id of four bytes, or 1 and a GUID. No JSON begins so;
// but UTF-16 may, with 0 and a brace.
std::optional<Refusal> framed(std::string_view value) {
  constexpr std::size_t id_bytes = 4, guid_bytes = 16;
  const auto refusal = [](const std::string& schema) {
    return Refusal{Reason::schema_frame, {},
                   "Send plain JSON: the value begins with the frame of a schema registry (schema " + schema +
                       "), and none is configured; use a serializer without one."};
  };
  if (value.front() == 0 && value.size() > id_bytes && value[1] != '{') {
    std::uint32_t id = 0;
    for (const char c : value.substr(1, id_bytes)) id = id << 8 | static_cast<unsigned char>(c);
    return refusal("id " + std::to_string(id));
  }
  if (value.front() != 1 || value.size() <= guid_bytes) return std::nullopt;
  static constexpr char digits[] = "0123456789abcdef";
  std::string guid;
  for (const char c : value.substr(1, guid_bytes)) {
    if (guid.size() == 8 || guid.size() == 13 || guid.size() == 18 || guid.size() == 23) guid.push_back('-');
    guid.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    guid.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  return refusal(guid);
}

}  // namespace

std::optional<Refusal> CloudEventReader::read(std::optional<std::string_view> value, std::span<const HeaderView> headers,
                                              const DataSink& data) {
  if (!value || value->empty())
    return Refusal{Reason::empty_value, {}, "Send one event per record; there is nothing to delete by a null value."};
  if (static_cast<unsigned char>(value->front()) <= 1)
    if (auto refused = framed(*value)) return refused;
  std::variant<Mode, Refusal> found = mode_of(headers);
  if (auto* refused = std::get_if<Refusal>(&found)) return std::move(*refused);
  mode_ = std::get<Mode>(found);
  record_ = *value;
  envelope_.clear();
  if (mode_ == Mode::binary) {
    if (auto refused = read_attributes(headers, envelope_)) return refused;
    if (auto refused = check_envelope(envelope_, mode_)) return refused;
    return json_.read_data(record_, data);
  }
  if (auto refused = json_.read_structured(record_, envelope_, data)) return refused;
  return check_envelope(envelope_, mode_);
}

Refusal CloudEventReader::unknown_type(std::span<const std::string_view> known) const {
  std::string remedy;
  for (const std::string_view type : known) remedy.append(remedy.empty() ? "Send one of " : ", ").append(type);
  return {Reason::unknown_type, shown(Attribute::type, mode_), remedy.append(1, '.')};
}

Refusal CloudEventReader::missing(Attribute attribute, std::string remedy) const {
  return {Reason::missing_field, shown(attribute, mode_), std::move(remedy)};
}

std::optional<Refusal> CloudEventReader::check_data_is_object() const {
  if (mode_ == Mode::binary) return std::nullopt;  // it is the whole value
  if (envelope_.has(Attribute::data_base64)) return no_cloudevent("data_base64", "Send data as a JSON object in the member data.");
  if (!envelope_.has(Attribute::data))
    return Refusal{Reason::missing_field, "data", "Send the facts of the event as a JSON object in the member data."};
  if (envelope_[Attribute::data].kind != Kind::object)
    return Refusal{Reason::wrong_type, "data", "Send data as a JSON object, not as a string."};
  return std::nullopt;
}

}  // namespace due::codec
