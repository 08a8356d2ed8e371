#include "schemas/codec/event_decoder.h"

#include "schemas/codec/document_rules.h"
#include "schemas/codec/reader/cloud_event.h"

namespace due::codec {
namespace {

class DataBuilder {
 public:
  DataBuilder(const Fields& fields, const CloudEventReader& reader, std::deque<std::string>& arena)
      : fields_(fields), reader_(reader), arena_(arena) {}

  events::Data build(EventType type) {
    using namespace events;
    switch (type) {
      case EventType::invoice_issued:
        return InvoiceIssued{text(Field::invoice_id), date(Field::issue_date), date(Field::due_date), currency(),
                             number(Field::gross_minor), text(Field::legal_entity_id)};
      case EventType::invoice_corrected:
        return InvoiceCorrected{
            text(Field::invoice_id),   number(Field::version), date(Field::issue_date), date(Field::due_date), currency(),
            number(Field::gross_minor)};
      case EventType::invoice_cancelled:
        return InvoiceCancelled{text(Field::cancellation_id), text(Field::invoice_id), date(Field::cancel_date),
                                text(Field::legal_entity_id)};
      case EventType::payment_received:
        return PaymentReceived{text(Field::payment_id), text(Field::invoice_id), date(Field::value_date), currency(),
                               number(Field::amount_minor)};
      case EventType::payment_reversed:
        return PaymentReversed{text(Field::reversal_id), text(Field::payment_id), date(Field::value_date), currency(),
                               number(Field::amount_minor)};
      case EventType::invoice_credited:
        return InvoiceCredited{text(Field::credit_memo_id), text(Field::invoice_id), date(Field::credit_date), currency(),
                               number(Field::amount_minor)};
      case EventType::usage_recorded: break;
    }
    const bool has_case = fields_.has(Field::case_id) && !fields_[Field::case_id].text.empty();
    return UsageRecorded{text(Field::usage_id), text(Field::meter), has_case, number(Field::quantity),
                         EventTime{number(Field::occurred_at)}};
  }
  std::string_view text(Field field) { return fields_.has(field) ? reader_.keep(fields_[field].text, arena_) : std::string_view{}; }

 private:
  std::int64_t number(Field field) const { return fields_[field].integer; }
  Date date(Field field) const { return {static_cast<std::int32_t>(number(field))}; }
  Currency currency() const { return {static_cast<std::uint32_t>(number(Field::currency))}; }

  const Fields& fields_;
  const CloudEventReader& reader_;
  std::deque<std::string>& arena_;
};

// The type belongs to the content: the same members mean another fact under another type.
Hash128 content_of(EventType type, const Hash128& members) {
  return hash128({reinterpret_cast<const char*>(&members), sizeof members}, static_cast<std::uint64_t>(type) + 1);
}

}  // namespace

struct EventDecoder::Parser {
  CloudEventReader reader{document_words};
  Fields fields;
  DocumentItems items;
  Hash128 content;

  events::Event build(EventType type, std::deque<std::string>& arena) const;
};

events::Event EventDecoder::Parser::build(EventType type, std::deque<std::string>& arena) const {
  DataBuilder facts{fields, reader, arena};
  events::Event event;
  event.id = reader.keep(Attribute::id, arena);
  event.source = reader.keep(Attribute::source, arena);
  event.customer_id = facts.text(Field::customer_id);
  event.content = content_of(type, content);
  event.data = facts.build(type);
  event.time = reader.has_time() ? reader.time() : start_of(events::business_date(event));
  return event;
}

EventDecoder::EventDecoder() : parser_(std::make_unique<Parser>()) {}
EventDecoder::~EventDecoder() = default;

std::variant<events::Event, Refusal> EventDecoder::decode(std::optional<std::string_view> value, std::span<const HeaderView> headers,
                                                          std::deque<std::string>& arena) {
  Parser& p = *parser_;
  p.fields.clear();
  p.items.clear();
  p.content = {};
  if (auto refused = p.reader.read(value, headers, {p.fields, p.items, p.content})) return std::move(*refused);
  const std::optional<EventType> type = event_type_named(p.reader.type());
  if (!type) return p.reader.unknown_type(event_types);
  if (auto refused = p.reader.check_data_is_object()) return std::move(*refused);
  if (auto refused = check_data(*type, p.fields, p.items)) return std::move(*refused);
  return p.build(*type, arena);
}

}  // namespace due::codec
