// schemas/base/event_time.h
// Instants and business dates, as the rest of the code passes them around. Nothing here reads a clock.
//
//   Units    EventTime: microseconds since 1970-01-01T00:00:00Z; Date: days since 1970-01-01, proleptic Gregorian
//   Errors   parse_* return nullopt for anything that is not exactly the stated form, or outside years 1900 to 9998
//   Clock    none
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace due {

struct Date {
  std::int32_t days = 0;
  constexpr auto operator<=>(const Date&) const = default;
  constexpr Date plus(std::int32_t n) const { return {days + n}; }
};

struct EventTime {
  std::int64_t micros = 0;
  constexpr auto operator<=>(const EventTime&) const = default;
  constexpr EventTime plus_micros(std::int64_t n) const { return {micros + n}; }
  static constexpr EventTime earliest() { return {INT64_MIN}; }
};

inline constexpr std::int64_t micros_per_day = 86'400'000'000;

// The UTC date of an instant; floor, so that 1969-12-31T23:59:59Z is day -1.
constexpr Date date_of(EventTime at) {
  const std::int64_t d = at.micros / micros_per_day;
  return {static_cast<std::int32_t>(at.micros % micros_per_day < 0 ? d - 1 : d)};
}
constexpr EventTime start_of(Date d) { return {d.days * micros_per_day}; }

std::optional<Date> parse_date(std::string_view text);  // YYYY-MM-DD, a date that exists

// RFC 3339 with 'T' and a zone ("Z" or an offset), up to nine fractional digits (below a microsecond: cut off).
// A leap second (:60) is taken as the first instant of the next minute.
std::optional<EventTime> parse_time(std::string_view text);

std::string format(Date date);        // 2025-01-31
std::string format(EventTime at);     // 2025-01-31T23:59:59.123456Z; trailing zeros of the fraction left out

}  // namespace due
