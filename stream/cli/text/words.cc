#include "stream/cli/text/words.h"

#include <charconv>

#include "schemas/base/int128.h"

namespace due::cli {
namespace {

std::uint64_t magnitude(std::int64_t n) { return n < 0 ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n); }

// 1234567 with two decimals: 12,345.67
std::string decimal(std::uint64_t n, int decimals) {
  std::string text = std::to_string(n);
  const auto places = static_cast<std::size_t>(decimals);
  if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
  std::size_t at = text.size() - places;
  if (places > 0) text.insert(at, ".");
  for (; at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string signed_decimal(std::int64_t n, int decimals) { return (n < 0 ? "-" : "") + decimal(magnitude(n), decimals); }

}  // namespace

std::string money(std::int64_t minor, Currency currency) {
  const std::string text = signed_decimal(minor, currency_exponent(currency).value_or(2));
  return currency.none() ? text : text + " " + currency.text();
}

std::string money(std::int64_t minor, std::string_view currency) { return money(minor, Currency::parse(currency).value_or(Currency{})); }

std::string grouped(std::int64_t number) { return signed_decimal(number, 0); }

std::string scaled(std::int64_t number, std::int64_t scale, int decimals) {
  std::uint64_t unit = 1;
  for (int i = 0; i < decimals; ++i) unit *= 10;
  const Int128 rounded =
      (static_cast<Int128>(magnitude(number)) * unit * 2 + scale) / (static_cast<Int128>(scale) * 2);  // of 10^-decimals
  const auto whole = static_cast<std::uint64_t>(rounded / unit);
  std::string text = (number < 0 && rounded > 0 ? "-" : "") + decimal(whole, 0);
  if (decimals == 0) return text;
  const std::string places = std::to_string(static_cast<std::uint64_t>(rounded % unit));
  return text + "." + std::string(static_cast<std::size_t>(decimals) - places.size(), '0') + places;
}

std::string event_in_words(std::string_view type) {
  if (!type.starts_with("due.")) return std::string(type);
  type.remove_prefix(4);
  if (const auto version = type.rfind(".v"); version != std::string_view::npos) type.remove_suffix(type.size() - version);
  std::string words(type);
  for (char& c : words)
    if (c == '.' || c == '-') c = ' ';
  return words;
}

namespace {

EventWords words(const events::InvoiceIssued& d) {
  return {std::string(d.invoice_id), money(d.gross_minor, d.currency), "due " + format(d.due_date)};
}
EventWords words(const events::InvoiceCorrected& d) {
  return {std::string(d.invoice_id) + " version " + std::to_string(d.version), money(d.gross_minor, d.currency),
          "due " + format(d.due_date)};
}
EventWords words(const events::InvoiceCancelled& d) {
  return {std::string(d.cancellation_id), "", "cancels " + std::string(d.invoice_id)};
}
EventWords words(const events::InvoiceCredited& d) {
  return {std::string(d.credit_memo_id), money(d.amount_minor, d.currency),
          d.invoice_id.empty() ? "of no invoice" : "credits " + std::string(d.invoice_id)};
}
EventWords words(const events::PaymentReceived& d) {
  return {std::string(d.payment_id), money(d.amount_minor, d.currency),
          d.invoice_id.empty() ? "for no invoice" : "pays " + std::string(d.invoice_id)};
}
EventWords words(const events::PaymentReversed& d) {
  return {std::string(d.reversal_id), money(d.amount_minor, d.currency), "reverses " + std::string(d.payment_id)};
}
EventWords words(const events::UsageRecorded& d) { return {std::string(d.usage_id), grouped(d.quantity), std::string(d.meter)}; }

}  // namespace

EventWords words_of(const events::Event& event) {
  return std::visit([](const auto& data) { return words(data); }, event.data);
}

std::string to_seconds(EventTime at) {
  const std::int64_t fraction = (at.micros % 1'000'000 + 1'000'000) % 1'000'000;
  return format(EventTime{at.micros - fraction});
}

std::string reason_in_words(const codec::ReasonView& r, std::string_view currency) {
  const auto delay = r.figure("delay_days_sum"), payments = r.figure("payments"), days = r.figure("threshold_days");
  if (r.code == "AVG_DELAY_180D" && delay && payments && days && *payments > 0)
    return "pays " + scaled(*delay, *payments, 1) + " days late on average (" + grouped(*payments) +
           (*payments == 1 ? " payment" : " payments") + " in 180 days), limit " + grouped(*days);
  const auto owed = r.figure("outstanding_minor"), limit = r.figure("threshold_minor");
  if (r.code == "OUTSTANDING" && owed && limit) return "owes " + money(*owed, currency) + ", limit " + money(*limit, currency);
  return r.code;
}

std::string reasons_in_words(const codec::DecisionView& d) {
  std::string words;
  for (const codec::ReasonView& r : d.reasons) words += (words.empty() ? "" : "; ") + reason_in_words(r, d.currency);
  return words;
}

}  // namespace due::cli
