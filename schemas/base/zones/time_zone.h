// schemas/base/zones/time_zone.h
// The business date of an instant: its date in a time zone, by rules that are compiled in. Equal everywhere and in ten years.
//
//   Source   table.inc, made by make_table.py from the release of the IANA time zone database that tzdata_release() names
//   Window   exact from 1970 to 2040 by that release, later by each zone's present rule; before 1970 the offset of 1970-01-01T00:00:00Z
//   Errors   find() returns nullopt for a name that the release does not have; names are case-sensitive
//   Clock    none
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "schemas/base/event_time.h"

namespace due {

// A zone by its place in the table, which another release may change: stored and sent are names. As made: UTC.
class TimeZone {
 public:
  TimeZone() = default;
  static std::optional<TimeZone> find(std::string_view name);  // "Europe/Berlin"

  std::int32_t offset_seconds(EventTime at) const;  // east of UTC
  Date date_of(EventTime at) const { return due::date_of(at.plus_micros(offset_seconds(at) * std::int64_t{1'000'000})); }
  bool operator==(const TimeZone&) const = default;

 private:
  explicit TimeZone(std::uint16_t zone) : zone_(static_cast<std::int32_t>(zone)) {}
  std::int32_t zone_ = -1;  // -1: UTC, whether the table has it or not
};

std::string_view tzdata_release();

}  // namespace due
