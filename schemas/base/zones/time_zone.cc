#include "schemas/base/zones/time_zone.h"

#include <algorithm>
#include <iterator>

namespace due {
namespace {

// A day of a year by month, week and weekday, and the seconds of that day; month 0: never.
struct Change {
  std::int8_t month, week, weekday;
  std::int32_t seconds;
};
struct Rule {
  std::int32_t standard, summer;
  Change start, end;
};
struct Zone {
  std::uint8_t first_offset;
  std::uint16_t first_transition, transition_count;
  std::uint8_t rule;
};
struct Name {
  std::string_view name;
  std::uint16_t zone;
};

namespace table {
#include "schemas/base/zones/table.inc"
}  // namespace table

std::int64_t day_number(std::int64_t year, std::int64_t month) {  // of its first day
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
  return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719'468;
}

std::int64_t year_of(std::int64_t day) {
  std::int64_t year = 1970 + day / 366;  // never too late
  while (day_number(year + 1, 1) <= day) ++year;
  return year;
}

// The start of the day that a change falls on, in seconds of local time.
std::int64_t local_second(const Change& c, std::int64_t year) {
  const std::int64_t first = day_number(year, c.month);
  std::int64_t day = first + (c.weekday - (first + 4) % 7 + 7) % 7 + 7 * (c.week - 1);
  const std::int64_t next_month = c.month == 12 ? day_number(year + 1, 1) : day_number(year, c.month + 1);
  if (day >= next_month) day -= 7;
  return day * 86'400 + c.seconds;
}

std::int32_t offset_by_rule(const Rule& rule, std::int64_t at) {
  if (rule.start.month == 0) return rule.standard;
  const std::int64_t year = year_of((at + rule.standard) / 86'400);
  const std::int64_t start = local_second(rule.start, year) - rule.standard, end = local_second(rule.end, year) - rule.summer;
  const bool summer = start < end ? start <= at && at < end : at >= start || at < end;
  return summer ? rule.summer : rule.standard;
}

}  // namespace

std::optional<TimeZone> TimeZone::find(std::string_view name) {
  const auto found = std::lower_bound(std::begin(table::names), std::end(table::names), name,
                                      [](const Name& n, std::string_view wanted) { return n.name < wanted; });
  if (found == std::end(table::names) || found->name != name) return std::nullopt;
  return TimeZone{found->zone};
}

std::int32_t TimeZone::offset_seconds(EventTime at) const {
  if (zone_ < 0) return 0;
  const Zone& zone = table::zones[zone_];
  const std::int64_t second = at.micros >= 0 ? at.micros / 1'000'000 : 0;
  const std::uint32_t* const begin = table::transitions + zone.first_transition;
  const std::uint32_t* const end = begin + zone.transition_count;
  const std::uint32_t* const next =
      std::upper_bound(begin, end, second, [](std::int64_t s, std::uint32_t t) { return s < std::int64_t{t}; });
  if (at.micros < 0 || (next == begin && zone.transition_count > 0)) return table::offsets[zone.first_offset];
  if (next == end) return offset_by_rule(table::rules[zone.rule], second);
  return table::offsets[table::transition_offsets[next - table::transitions - 1]];
}

std::string_view tzdata_release() { return table::release; }

}  // namespace due
