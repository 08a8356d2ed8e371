// schemas/codec/document_rules.h
// What invoices, payments and usage demand of their data: which fields, of which form, and what must agree. Private to the codec.
//
//   Source   schemas/json/{invoice,payment,usage}-*.schema.json say the same to publishers
//   Units    as schemas/events/events.h
//   Errors   Refusal: the first broken rule in the order of the type's table, whatever the order of the text
//   Clock    none
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "schemas/codec/reader/json_reader.h"
#include "schemas/codec/reader/vocabulary.h"
#include "schemas/codec/reason.h"

namespace due::codec {

enum class Field : FieldIndex {
  // required ones first
  customer_id = first_own_field, invoice_id, issue_date, due_date, currency, gross_minor, version, cancellation_id, cancel_date,
  payment_id, value_date, amount_minor, reversal_id, usage_id, meter, case_id, quantity, occurred_at,
  net_minor, tax_minor, prepaid_minor, lines, preceding, number, document_type, legal_entity_id, contract_id, service_from, service_to,
  payment_terms_id, tax_currency, reason_code, kind, method, remittance_text, bank_ref, unit, dimensions, provider_id,
  credit_memo_id, credit_date,
  // items of lines
  line_id, tax_category, tax_rate, unit_price, allowance_reason,
};
inline constexpr std::array<std::string_view, 46> document_field_names = {
    "customer_id", "invoice_id", "issue_date", "due_date", "currency", "gross_minor", "version", "cancellation_id", "cancel_date",
    "payment_id", "value_date", "amount_minor", "reversal_id", "usage_id", "meter", "case_id", "quantity", "occurred_at",
    "net_minor", "tax_minor", "prepaid_minor", "lines", "preceding", "number", "document_type", "legal_entity_id", "contract_id",
    "service_from", "service_to", "payment_terms_id", "tax_currency", "reason_code", "kind", "method", "remittance_text", "bank_ref",
    "unit", "dimensions", "provider_id", "credit_memo_id", "credit_date",
    "line_id", "tax_category", "tax_rate", "unit_price", "allowance_reason"};
inline constexpr Vocabulary document_words{
    document_field_names, {.instants = set_of(Field::occurred_at), .decimals = 0, .items = set_of(Field::lines, Field::preceding)}};
static_assert(document_words.find("customer_id") == index_of(Field::customer_id));
static_assert(document_words.find("allowance_reason") == index_of(Field::allowance_reason));
static_assert(document_words.find("customer") == unknown_field && document_words.find("") == unknown_field);

enum class EventType : std::uint8_t {
  invoice_issued, invoice_corrected, invoice_cancelled, payment_received, payment_reversed, usage_recorded, invoice_credited
};

inline constexpr std::array<std::string_view, 7> event_types = {  // in the order of EventType
    "due.invoice.issued.v1",   "due.invoice.corrected.v1", "due.invoice.cancelled.v1",
    "due.payment.received.v1", "due.payment.reversed.v1",  "due.usage.recorded.v1",
    "due.invoice.credited.v1"};
std::optional<EventType> event_type_named(std::string_view name);

// What the arrays of objects came to, judged while they are read. The net amount of a line counts where it is one.
class DocumentItems final : public ItemSink {
 public:
  struct Items {
    std::size_t count = 0;
    std::optional<Refusal> broken;  // the first item that breaks a rule
  };
  void clear();
  void take(FieldIndex array, Fields& item, std::size_t index) override;
  void take_other(FieldIndex array, std::size_t index) override;

  Items lines, preceding;
  std::optional<std::int64_t> net_sum = 0;  // of lines; nullopt: it left int64
};

// Checks everything; what the checks parse stands in Value::integer afterwards, see reader/checks.h.
std::optional<Refusal> check_data(EventType type, Fields& fields, const DocumentItems& items);

}  // namespace due::codec
