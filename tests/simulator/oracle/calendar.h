// tests/simulator/oracle/calendar.h
// Days since 1970-01-01 and their text, once more and apart from schemas/base: the oracle shares nothing with what it checks.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace due::oracle {

inline constexpr std::int64_t day_micros = 86'400'000'000;

struct Civil {
  int year, month, day;
};

inline Civil civil(std::int64_t days) {
  int year = 1970;
  const auto leap = [](int y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); };
  for (; days >= (leap(year) ? 366 : 365); ++year) days -= leap(year) ? 366 : 365;
  const int lengths[] = {31, leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int month = 0;
  while (days >= lengths[month]) days -= lengths[month++];
  return {year, month + 1, static_cast<int>(days) + 1};
}

// Of days from 1970 on.
inline std::string day_text(std::int64_t days) {
  const Civil c = civil(days);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", c.year, c.month, c.day);
  return text;
}

// Whole seconds, in UTC.
inline std::string time_text(std::int64_t micros) {
  const std::int64_t days = micros / day_micros, seconds = micros % day_micros / 1'000'000;
  char text[40];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60),
                static_cast<int>(seconds % 60));
  return day_text(days) + text;
}

}  // namespace due::oracle
