// stream/cli/text/words.h
// What stands in records as codes and integers, as people say it.
//
//   Units    money: minor units in, the currency's own decimals out
//   Errors   none: what is not known is shown as it is
#pragma once

#include <string>
#include <string_view>

#include "schemas/base/event_time.h"
#include "schemas/base/money.h"
#include "schemas/codec/decision_reader.h"
#include "schemas/events/events.h"

namespace due::cli {

std::string money(std::int64_t minor, Currency currency);  // 1,234.56 EUR; without a currency two decimals, and no code
std::string money(std::int64_t minor, std::string_view currency);
std::string grouped(std::int64_t number);                  // 1,234,567
// A scaled integer with that many decimals, rounded half away from zero: scaled(241'300, 10'000, 1) is 24.1.
std::string scaled(std::int64_t number, std::int64_t scale, int decimals);

std::string event_in_words(std::string_view type);  // due.invoice.issued.v1: invoice issued
// What an event is about: its document, its amount or quantity, and what else a person asks for.
struct EventWords {
  std::string document, amount, and_also;
};
EventWords words_of(const events::Event& event);

std::string to_seconds(EventTime at);  // 2025-01-31T23:59:59Z

// owes 12,000.00 EUR, limit 10,000.00 EUR
std::string reason_in_words(const codec::ReasonView& reason, std::string_view currency);
std::string reasons_in_words(const codec::DecisionView& decision);

}  // namespace due::cli
