#include "schemas/codec/event_decoder.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "schemas/codec/json_reader.h"
#include "schemas/codec/type_rules.h"

namespace due::codec {
namespace {

constexpr std::size_t source_bytes_max = 256;

enum class Mode : std::uint8_t { structured, binary };

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
    Field field = Field::unknown;
    if (name == "content-type") {
      field = Field::datacontenttype;
    } else if (name.starts_with(attribute_prefix)) {
      name.remove_prefix(attribute_prefix.size());
      field = field_named(name);
      if (field > Field::dataschema || field == Field::datacontenttype) continue;
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
std::string shown(Field field, Mode mode) {
  if (mode == Mode::binary && field == Field::datacontenttype) return "content-type";
  return std::string{mode == Mode::binary ? attribute_prefix : std::string_view{}}.append(name_of(field));
}

// specversion, id, source, type and time; what `data` is, but not what is in it.
std::optional<Refusal> check_envelope(Fields& envelope, Mode mode) {
  for (const Field field : {Field::specversion, Field::id, Field::source, Field::type})
    if (!envelope.has(field) || envelope[field].kind != Kind::text)
      return no_cloudevent(shown(field, mode), "Send a CloudEvent 1.0: specversion, id, source and type are required strings.");
  if (envelope[Field::specversion].text != "1.0") return no_cloudevent(shown(Field::specversion, mode), "Send specversion as \"1.0\".");
  const auto unfit = [mode](Field field, std::string_view size) {
    return Refusal{Reason::text_too_long, shown(field, mode),
                   std::string{"Send a string of 1 to "}.append(size).append(" bytes without control characters.")};
  };
  if (!is_name(envelope[Field::id].text, id_bytes_max)) return unfit(Field::id, "64");
  if (!is_name(envelope[Field::source].text, source_bytes_max)) return unfit(Field::source, "256");
  if (envelope.has(Field::datacontenttype)) {
    const Value& type = envelope[Field::datacontenttype];
    if (type.kind != Kind::text || !is_json(type.text))
      return no_cloudevent(shown(Field::datacontenttype, mode), "Send data as application/json.");
  }
  if (envelope.has(Field::time)) {
    Value& time = envelope[Field::time];
    const std::optional<EventTime> at = time.kind == Kind::text ? parse_time(time.text) : std::nullopt;
    if (!at)
      return Refusal{
          Reason::bad_time, shown(Field::time, mode),
          "Send an RFC 3339 instant with T and zone, such as 2025-03-01T12:30:00Z or 2025-03-01T13:30:00.25+01:00, or leave it out."};
    time.integer = at->micros;
  }
  return std::nullopt;
}

std::optional<Refusal> check_data_is_object(const Fields& envelope) {
  if (envelope.has(Field::data_base64)) return no_cloudevent("data_base64", "Send data as a JSON object in the member data.");
  if (!envelope.has(Field::data))
    return Refusal{Reason::missing_field, "data", "Send the facts of the event as a JSON object in the member data."};
  if (envelope[Field::data].kind != Kind::object)
    return Refusal{Reason::wrong_type, "data", "Send data as a JSON object, not as a string."};
  return std::nullopt;
}

// Turns views into the reader's copy into views into the record, and unescaped texts into texts in the arena.
class Texts {
 public:
  Texts(const JsonReader& reader, std::string_view record, std::deque<std::string>& arena)
      : reader_(reader), record_(record), arena_(arena) {}
  std::string_view keep(std::string_view text) {
    if (const auto view = reader_.inside(record_, text)) return *view;
    return arena_.emplace_back(text);
  }

 private:
  const JsonReader& reader_;
  std::string_view record_;
  std::deque<std::string>& arena_;
};

class DataBuilder {
 public:
  DataBuilder(const Fields& fields, Texts& texts) : fields_(fields), texts_(texts) {}

  events::Data build(EventType type) {
    using namespace events;
    switch (type) {
      case EventType::invoice_issued:
        return InvoiceIssued{text(Field::invoice_id), date(Field::issue_date), date(Field::due_date), currency(),
                             number(Field::gross_minor)};
      case EventType::invoice_corrected:
        return InvoiceCorrected{
            text(Field::invoice_id),   number(Field::version), date(Field::issue_date), date(Field::due_date), currency(),
            number(Field::gross_minor)};
      case EventType::invoice_cancelled:
        return InvoiceCancelled{text(Field::cancellation_id), text(Field::invoice_id), date(Field::cancel_date)};
      case EventType::payment_received:
        return PaymentReceived{text(Field::payment_id), text(Field::invoice_id), date(Field::value_date), currency(),
                               number(Field::amount_minor)};
      case EventType::payment_reversed:
        return PaymentReversed{text(Field::reversal_id), text(Field::payment_id), date(Field::value_date), currency(),
                               number(Field::amount_minor)};
      case EventType::usage_recorded: break;
    }
    const bool has_case = fields_.has(Field::case_id) && !fields_[Field::case_id].text.empty();
    return UsageRecorded{text(Field::usage_id), text(Field::meter), has_case, number(Field::quantity),
                         EventTime{number(Field::occurred_at)}};
  }
  std::string_view text(Field field) { return fields_.has(field) ? texts_.keep(fields_[field].text) : std::string_view{}; }

 private:
  std::int64_t number(Field field) const { return fields_[field].integer; }
  Date date(Field field) const { return {static_cast<std::int32_t>(number(field))}; }
  Currency currency() const { return {static_cast<std::uint32_t>(number(Field::currency))}; }

  const Fields& fields_;
  Texts& texts_;
};

// The type belongs to the content: the same members mean another fact under another type.
Hash128 content_of(EventType type, const Hash128& members) {
  return hash128({reinterpret_cast<const char*>(&members), sizeof members}, static_cast<std::uint64_t>(type) + 1);
}

}  // namespace

struct EventDecoder::Parser {
  JsonReader reader;
  Fields envelope;
  DataFields data;

  void clear() {
    envelope.clear();
    data.top.clear();
    data.lines = {};
    data.preceding = {};
    data.content = {};
  }
  std::optional<Refusal> read(std::string_view value, std::span<const HeaderView> headers, Mode mode);
  events::Event build(std::string_view value, EventType type, Mode mode, std::deque<std::string>& arena);
};

std::optional<Refusal> EventDecoder::Parser::read(std::string_view value, std::span<const HeaderView> headers, Mode mode) {
  clear();
  if (mode == Mode::binary) {
    if (auto refused = read_attributes(headers, envelope)) return refused;
    if (auto refused = check_envelope(envelope, mode)) return refused;
    return reader.read_data(value, data);
  }
  if (auto refused = reader.read_structured(value, envelope, data)) return refused;
  return check_envelope(envelope, mode);
}

events::Event EventDecoder::Parser::build(std::string_view value, EventType type, Mode mode, std::deque<std::string>& arena) {
  Texts texts{reader, value, arena};
  const auto attribute = [&](Field field) { return mode == Mode::binary ? envelope[field].text : texts.keep(envelope[field].text); };
  DataBuilder facts{data.top, texts};
  events::Event event;
  event.id = attribute(Field::id);
  event.source = attribute(Field::source);
  event.customer_id = facts.text(Field::customer_id);
  event.content = content_of(type, data.content);
  event.data = facts.build(type);
  event.time = envelope.has(Field::time) ? EventTime{envelope[Field::time].integer} : start_of(events::business_date(event));
  return event;
}

EventDecoder::EventDecoder() : parser_(std::make_unique<Parser>()) {}
EventDecoder::~EventDecoder() = default;

std::variant<events::Event, Refusal> EventDecoder::decode(std::optional<std::string_view> value, std::span<const HeaderView> headers,
                                                          std::deque<std::string>& arena) {
  if (!value || value->empty())
    return Refusal{Reason::empty_value, {}, "Send one event per record; there is nothing to delete by a null value."};
  std::variant<Mode, Refusal> found = mode_of(headers);
  if (auto* refused = std::get_if<Refusal>(&found)) return std::move(*refused);
  const Mode mode = std::get<Mode>(found);
  if (auto refused = parser_->read(*value, headers, mode)) return std::move(*refused);
  const std::optional<EventType> type = event_type_named(parser_->envelope[Field::type].text);
  if (!type)
    return Refusal{Reason::unknown_type, shown(Field::type, mode),
                   "Send one of due.invoice.issued.v1, due.invoice.corrected.v1, due.invoice.cancelled.v1, due.payment.received.v1, "
                   "due.payment.reversed.v1, due.usage.recorded.v1."};
  if (mode == Mode::structured)
    if (auto refused = check_data_is_object(parser_->envelope)) return std::move(*refused);
  if (auto refused = check_data(*type, parser_->data)) return std::move(*refused);
  return parser_->build(*value, *type, mode, arena);
}

}  // namespace due::codec
