#include "stream/cli/feeds/generator.h"

#include <array>

#include "schemas/codec/json_writer.h"
#include "stream/cli/feeds/event_text.h"

namespace due::cli {
namespace {

using codec::JsonWriter;

constexpr std::string_view source = "/erp/acme";
constexpr std::array<std::string_view, 6> types = {"due.invoice.issued.v1",   "due.invoice.corrected.v1", "due.invoice.cancelled.v1",
                                                   "due.payment.received.v1", "due.payment.reversed.v1",  "due.usage.recorded.v1"};

std::string padded(std::uint64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  return std::string(digits.size() < width ? width - digits.size() : 0, '0') + digits;
}
std::string customer_id(std::uint32_t customer) { return "C" + padded(customer, 6); }

// INV-000017-00003: the third invoice of customer 17.
std::string document_id(std::string_view prefix, std::uint32_t customer, std::uint32_t number) {
  return std::string{prefix}.append(padded(customer, 6)).append(1, '-').append(padded(number, 5));
}

// Equal for a repetition, different for everything else of the same seed.
std::string event_id(const CompanyOptions& options, const Planned& event) {
  static constexpr char digits[] = "0123456789abcdef";
  Dice dice{options.seed * 0xD1342543DE82EF95U ^ std::uint64_t{event.customer} << 32 ^ event.serial};
  std::string id;
  for (int half = 0; half < 2; ++half) {
    const std::uint64_t bits = dice.next();
    for (int shift = 60; shift >= 0; shift -= 4) id.push_back(digits[bits >> shift & 15]);
  }
  return id;
}

// One to four lines whose net amounts add up, and 19 % of tax that is exact: gross - net.
void write_items(JsonWriter& json, const Planned& event) {
  const std::int64_t net = event.amount * 100 / 119;
  json.key("net_minor").value(net).key("tax_minor").value(event.amount - net);
  json.key("lines").begin_array();
  const std::int64_t count = 1 + static_cast<std::int64_t>((event.serial * 7 + event.customer) % 4);
  for (std::int64_t line = 1; line <= count; ++line) {
    const std::int64_t share = line < count ? net / count : net - net / count * (count - 1);
    json.begin_object().key("line_id").value(std::to_string(line)).key("net_minor").value(share);
    json.key("tax_rate").value("19.00").key("meter").value(line % 2 == 0 ? "pages" : "images").end_object();
  }
  json.end_array();
}

void write_invoice(JsonWriter& json, const Planned& event, const Customer& customer) {
  const bool corrected = event.fact == Fact::correction;
  const Date issued = corrected ? Date{event.issue_day} : date_of(event.at);
  json.key("invoice_id").value(document_id("INV-", event.customer, event.document));
  if (corrected) json.key("version").value(2);
  json.key("issue_date").value(format(issued)).key("due_date").value(format(issued.plus(customer.terms_days)));
  json.key("currency").value(customer.currency).key("gross_minor").value(event.amount);
  if (customer.itemised && !corrected) write_items(json, event);
}

void write_payment(JsonWriter& json, const Planned& event, const Customer& customer) {
  if (event.fact == Fact::reversal) {
    json.key("reversal_id").value(document_id("REV-", event.customer, event.document));
    json.key("payment_id").value(document_id("PAY-", event.customer, event.reference));
  } else {
    json.key("payment_id").value(document_id("PAY-", event.customer, event.document));
    json.key("invoice_id").value(document_id("INV-", event.customer, event.reference));
  }
  json.key("value_date").value(format(date_of(event.at))).key("currency").value(customer.currency).key("amount_minor").value(event.amount);
  if (event.fact == Fact::reversal) json.key("kind").value("chargeback");
}

void write_usage(JsonWriter& json, const Planned& event) {
  json.key("usage_id").value(document_id("USE-", event.customer, event.document));
  json.key("meter").value(event.document % 5 == 0 ? "pages" : "images");
  if (event.reference != 0) json.key("case_id").value(document_id("CASE-", event.customer, event.reference));
  json.key("quantity").value(event.amount).key("occurred_at").value(format(event.at));
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  if (const std::size_t at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
}
// Replaces the JSON value of one member.
void put(std::string& text, std::string_view name, std::string_view json) {
  const std::size_t at = text.find('"' + std::string{name} + "\":") + name.size() + 3;
  const std::size_t end = text[at] == '"' ? text.find('"', at + 1) + 1 : text.find_first_of(",}", at);
  text.replace(at, end - at, json);
}
// Adds members at the end of data.
void append(std::string& text, std::string_view members) { text.insert(text.size() - 2, members); }

constexpr std::array<std::string_view, flaw_count + 1> reasons = {
    "",           "NOT_JSON",   "EMPTY_VALUE", "NOT_CLOUDEVENT", "UNKNOWN_TYPE", "MISSING_FIELD",     "DUPLICATE_FIELD",
    "WRONG_TYPE", "WRONG_TYPE", "BAD_DATE",    "BAD_TIME",       "BAD_CURRENCY", "AMOUNT_OUT_OF_RANGE", "TEXT_TOO_LONG",
    "INCONSISTENT", "MISSING_KEY", "WRONG_KEY", "FUTURE_DATED",  "CONFLICT",     "UNKNOWN_REFERENCE", "CURRENCY_MISMATCH"};

}  // namespace

std::string_view expected_reason(Flaw flaw) { return reasons[static_cast<std::size_t>(flaw)]; }

bool GeneratorFeed::next(FeedRecord& out) {
  if (at_ == plan_.size()) return false;
  const Planned& event = plan_[at_++];
  const std::string_view type = types[static_cast<std::size_t>(event.fact)];
  out = {std::string{topic_of_type(type)},
         customer_id(event.customer),
         event_text(event),
         {structured_header(), history_header()},
         event.position};
  if (event.flaw != Flaw::none) {
    spoil(event, out);
    out.headers.emplace_back("expected-reason", expected_reason(event.flaw));
  }
  return true;
}

std::string GeneratorFeed::event_text(const Planned& event) const {
  const Customer customer = customer_of(options_, event.customer);
  const std::string key = customer_id(event.customer);
  std::string text;
  JsonWriter json{text};
  begin_event(json, {event_id(options_, event), source, types[static_cast<std::size_t>(event.fact)], key, event.at});
  switch (event.fact) {
    case Fact::invoice:
    case Fact::correction: write_invoice(json, event, customer); break;
    case Fact::cancellation:
      json.key("cancellation_id").value(document_id("CAN-", event.customer, event.document));
      json.key("invoice_id").value(document_id("INV-", event.customer, event.document)).key("cancel_date").value(format(date_of(event.at)));
      break;
    case Fact::payment:
    case Fact::reversal: write_payment(json, event, customer); break;
    case Fact::usage: write_usage(json, event); break;
  }
  end_event(json);
  return text;
}

void GeneratorFeed::spoil(const Planned& event, FeedRecord& record) const {
  std::string& text = *record.value;
  const auto as_other_fact = [&](Fact fact, std::uint32_t reference) {
    Planned other = event;
    other.fact = fact;
    other.reference = reference;
    text = event_text(other);
    record.topic = "payments";
  };
  switch (event.flaw) {
    case Flaw::none: break;
    case Flaw::cut_off: text.resize(text.size() / 2); break;
    case Flaw::no_value: record.value.reset(); break;
    case Flaw::no_specversion: replace(text, R"("specversion":"1.0",)", ""); break;
    case Flaw::unknown_type: put(text, "type", R"("due.invoice.imagined.v1")"); break;
    case Flaw::no_due_date: put(text, "due_date", "null"); break;
    case Flaw::field_twice: append(text, R"(,"gross_minor":1)"); break;
    case Flaw::amount_as_text: put(text, "gross_minor", '"' + std::to_string(event.amount) + '"'); break;
    case Flaw::amount_with_fraction: put(text, "gross_minor", std::to_string(event.amount) + ".50"); break;
    case Flaw::impossible_date: put(text, "issue_date", R"("2025-02-30")"); break;
    case Flaw::time_without_zone: put(text, "time", R"("2025-02-03 08:15:00")"); break;
    case Flaw::currency_of_four_letters: put(text, "currency", R"("EURO")"); break;
    case Flaw::negative_amount: put(text, "gross_minor", std::to_string(-event.amount)); break;
    case Flaw::endless_id: put(text, "invoice_id", '"' + std::string(65, '9') + '"'); break;
    case Flaw::tax_does_not_add_up:
      if (customer_of(options_, event.customer).itemised)
        put(text, "gross_minor", std::to_string(event.amount + 1));
      else
        append(text, R"(,"net_minor":1,"tax_minor":1)");
      break;
    case Flaw::no_key: record.key.reset(); break;
    case Flaw::foreign_key: record.key = customer_id(event.customer + 1); break;
    case Flaw::far_future:
      put(text, "time", R"("2090-01-01T00:00:00Z")");
      put(text, "issue_date", R"("2090-01-01")");
      put(text, "due_date", R"("2090-01-31")");
      break;
    case Flaw::same_invoice_other_amount: {
      Planned other = event;
      other.amount += 100;
      text = event_text(other);
      break;
    }
    case Flaw::reversal_of_nothing: as_other_fact(Fact::reversal, 99'999); break;  // nobody makes so many payments
    case Flaw::payment_in_other_currency:
      as_other_fact(Fact::payment, event.reference);
      put(text, "currency", R"("CHF")");
      break;
  }
}

}  // namespace due::cli
