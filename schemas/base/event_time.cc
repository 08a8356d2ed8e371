#include "schemas/base/event_time.h"

#include <cstddef>

namespace due {
namespace {

// Day numbers of 1900-01-01 and of 9999-01-01: the stated years, half open.
constexpr std::int32_t first_day = -25'567;
constexpr std::int32_t past_last_day = 2'932'532;

// Two or four decimal digits; a value above 9'999 where one of them is none.
constexpr unsigned not_digits = 10'000;
unsigned two_digits(const char* at) {
  const unsigned tens = static_cast<unsigned char>(at[0]) - unsigned{'0'};
  const unsigned ones = static_cast<unsigned char>(at[1]) - unsigned{'0'};
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : not_digits;
}
unsigned four_digits(const char* at) {
  const unsigned high = two_digits(at);
  const unsigned low = two_digits(at + 2);
  return high <= 99 && low <= 99 ? high * 100 + low : not_digits;
}

bool leap(unsigned year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// Days since 1970-01-01 of a civil date: http://howardhinnant.github.io/date_algorithms.html, years counted from March.
std::int32_t day_number(unsigned year, unsigned month, unsigned day) {
  const std::int32_t y = static_cast<std::int32_t>(year) - (month <= 2 ? 1 : 0);
  const std::int32_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int32_t year_of_era = y - era * 400;
  const std::int32_t month_from_march = static_cast<std::int32_t>(month) + (month > 2 ? -3 : 9);
  const std::int32_t day_of_year = (153 * month_from_march + 2) / 5 + static_cast<std::int32_t>(day) - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

// The ten characters at `at` as a date of any year 0000 to 9999.
std::optional<Date> civil_date(const char* at) {
  static constexpr unsigned days_of_month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const unsigned year = four_digits(at);
  const unsigned month = two_digits(at + 5);
  const unsigned day = two_digits(at + 8);
  if (year == not_digits || at[4] != '-' || at[7] != '-' || month - 1 > 11 || day == 0) return std::nullopt;
  const unsigned last = month == 2 && leap(year) ? 29 : days_of_month[month - 1];
  if (day > last) return std::nullopt;
  return Date{day_number(year, month, day)};
}

// ".5" to ".123456789" at `at`, moved behind it; micros, cut off. No digits: nullopt.
std::optional<std::int64_t> fraction_micros(std::string_view text, std::size_t& at) {
  std::int64_t micros = 0;
  std::size_t digits = 0;
  for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits)
    if (digits < 6) micros = micros * 10 + (text[at] - '0');
  if (digits == 0 || digits > 9) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

// "Z" or "+hh:mm" from `at` to the end of the text, as minutes east of UTC.
std::optional<std::int64_t> zone_minutes(std::string_view text, std::size_t at) {
  const std::string_view zone = text.substr(at);
  if (zone == "Z") return 0;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  const unsigned hours = two_digits(zone.data() + 1);
  const unsigned minutes = two_digits(zone.data() + 4);
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::int64_t east = hours * 60 + minutes;
  return zone[0] == '-' ? -east : east;
}

void append_two(std::string& out, std::int64_t value) {
  out.push_back(static_cast<char>('0' + value / 10));
  out.push_back(static_cast<char>('0' + value % 10));
}

void append(std::string& out, Date date) {
  const std::int64_t shifted = std::int64_t{date.days} + 719'468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  if (year >= 0 && year <= 9'999) {
    append_two(out, year / 100);
    append_two(out, year % 100);
  } else {
    out += std::to_string(year);
  }
  out.push_back('-');
  append_two(out, month);
  out.push_back('-');
  append_two(out, day_of_year - (153 * from_march + 2) / 5 + 1);
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  const std::optional<Date> date = civil_date(text.data());
  if (!date || date->days < first_day || date->days >= past_last_day) return std::nullopt;
  return date;
}

std::optional<EventTime> parse_time(std::string_view text) {
  if (text.size() < 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':') return std::nullopt;
  const std::optional<Date> date = civil_date(text.data());
  const unsigned hours = two_digits(text.data() + 11);
  const unsigned minutes = two_digits(text.data() + 14);
  const unsigned seconds = two_digits(text.data() + 17);
  if (!date || hours > 23 || minutes > 59 || seconds > 60) return std::nullopt;
  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (text[at] == '.') {
    const std::optional<std::int64_t> micros = fraction_micros(text, at);
    if (!micros) return std::nullopt;
    fraction = *micros;
  }
  const std::optional<std::int64_t> east = zone_minutes(text, at);
  if (!east) return std::nullopt;
  const std::int64_t second_of_day = std::int64_t{hours} * 3'600 + std::int64_t{minutes} * 60 + seconds - *east * 60;
  EventTime time = start_of(*date).plus_micros(second_of_day * 1'000'000);
  if (seconds == 60) {
    if (time != start_of(date_of(time))) return std::nullopt;  // a leap second ends a UTC day, nothing else
  } else {
    time = time.plus_micros(fraction);
  }
  if (time < start_of({first_day}) || time >= start_of({past_last_day})) return std::nullopt;
  return time;
}

std::string format(Date date) {
  std::string out;
  append(out, date);
  return out;
}

std::string format(EventTime at) {
  const Date date = date_of(at);
  std::int64_t rest = at.micros % micros_per_day;
  if (rest < 0) rest += micros_per_day;
  const std::int64_t seconds = rest / 1'000'000;
  std::int64_t fraction = rest % 1'000'000;
  std::string out;
  out.reserve(27);
  append(out, date);
  out.push_back('T');
  append_two(out, seconds / 3'600);
  out.push_back(':');
  append_two(out, seconds / 60 % 60);
  out.push_back(':');
  append_two(out, seconds % 60);
  if (fraction != 0) {
    out.push_back('.');
    for (std::int64_t unit = 100'000; fraction != 0; unit /= 10) {
      out.push_back(static_cast<char>('0' + fraction / unit));
      fraction %= unit;
    }
  }
  out.push_back('Z');
  return out;
}

}  // namespace due
