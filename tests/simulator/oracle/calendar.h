// tests/simulator/oracle/calendar.h
// Days since 1970-01-01 and their text, once more and apart from schemas/base: the oracle shares nothing with what it checks.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

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

// Micros of such a text, with or without a fraction; of years from 1970 on.
inline std::int64_t micros_of(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const std::string whole(text.substr(0, 19));
  if (std::sscanf(whole.c_str(), "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second) != 6) return 0;
  std::int64_t days = day - 1;
  for (int y = 1970; y < year; ++y) days += y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 366 : 365;
  for (int m = 1; m < month; ++m) days += m == 2 ? (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28)
                                          : m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
  std::int64_t micros = days * day_micros + ((hour * 60 + minute) * 60 + second) * std::int64_t{1'000'000};
  if (text.size() > 20 && text[19] == '.') {
    std::int64_t unit = 100'000;
    for (const char c : text.substr(20)) {
      if (c < '0' || c > '9') break;
      micros += (c - '0') * unit;
      unit /= 10;
    }
  }
  return micros;
}

}  // namespace due::oracle
