#include "schemas/base/zones/time_zone.h"

#include <gtest/gtest.h>

namespace due {
namespace {

Date day(std::string_view text) { return *parse_date(text); }
std::string date_in(std::string_view zone, std::string_view instant) {
  const auto found = TimeZone::find(zone);
  return found ? format(found->date_of(*parse_time(instant))) : "no such zone";
}

TEST(TimeZone, IsUtcWhereThereIsNone) {
  EXPECT_EQ(TimeZone{}.date_of(*parse_time("2025-03-01T23:59:59.999999Z")), day("2025-03-01"));
  EXPECT_EQ(TimeZone{}.offset_seconds(*parse_time("2025-03-01T00:00:00Z")), 0);
}

TEST(TimeZone, KnowsNamesExactly) {
  EXPECT_TRUE(TimeZone::find("Europe/Berlin"));
  EXPECT_TRUE(TimeZone::find("UTC"));
  for (const char* name : {"", "europe/berlin", "Europe/Berlin ", "Europe/Berli", "Mars/Olympus", "Zulu2"})
    EXPECT_FALSE(TimeZone::find(name)) << name;
}

TEST(TimeZone, ChangesTheDateAtLocalMidnight) {
  EXPECT_EQ(date_in("Europe/Berlin", "2025-01-31T22:59:59.999999Z"), "2025-01-31");
  EXPECT_EQ(date_in("Europe/Berlin", "2025-01-31T23:00:00Z"), "2025-02-01");
  EXPECT_EQ(date_in("Europe/Berlin", "2025-07-31T21:59:59Z"), "2025-07-31");
  EXPECT_EQ(date_in("Europe/Berlin", "2025-07-31T22:00:00Z"), "2025-08-01");
  EXPECT_EQ(date_in("Asia/Kathmandu", "2025-01-01T18:14:59Z"), "2025-01-01");
  EXPECT_EQ(date_in("Asia/Kathmandu", "2025-01-01T18:15:00Z"), "2025-01-02");
  EXPECT_EQ(date_in("America/St_Johns", "2025-07-01T02:29:59Z"), "2025-06-30");
}

TEST(TimeZone, SkipsTheDayThatSamoaSkipped) {
  EXPECT_EQ(date_in("Pacific/Apia", "2011-12-30T09:59:59Z"), "2011-12-29");
  EXPECT_EQ(date_in("Pacific/Apia", "2011-12-30T10:00:00Z"), "2011-12-31");
}

TEST(TimeZone, FollowsARuleBehindTheTable) {
  const TimeZone berlin = *TimeZone::find("Europe/Berlin");
  EXPECT_EQ(berlin.offset_seconds(*parse_time("2099-03-29T00:59:59Z")), 3'600);
  EXPECT_EQ(berlin.offset_seconds(*parse_time("2099-03-29T01:00:00Z")), 7'200);
  EXPECT_EQ(berlin.offset_seconds(*parse_time("2099-10-25T00:59:59Z")), 7'200);
  EXPECT_EQ(berlin.offset_seconds(*parse_time("2099-10-25T01:00:00Z")), 3'600);
  const TimeZone sydney = *TimeZone::find("Australia/Sydney");  // summer over the turn of the year
  EXPECT_EQ(sydney.offset_seconds(*parse_time("2050-01-01T00:00:00Z")), 39'600);
  EXPECT_EQ(sydney.offset_seconds(*parse_time("2050-07-01T00:00:00Z")), 36'000);
}

TEST(TimeZone, HoldsTheOffsetOf1970Before) {
  const TimeZone berlin = *TimeZone::find("Europe/Berlin");
  EXPECT_EQ(berlin.offset_seconds(*parse_time("1945-07-01T00:00:00Z")), 3'600);
  EXPECT_EQ(TimeZone::find("America/New_York")->date_of(*parse_time("1969-12-31T23:59:59Z")), day("1969-12-31"));
}

TEST(TimeZone, NamesItsRelease) { EXPECT_EQ(tzdata_release().size(), 5U); }

}  // namespace
}  // namespace due
