#include "schemas/base/event_time.h"

#include <gtest/gtest.h>

#include <string_view>

namespace due {
namespace {

EventTime at(std::string_view text) {
  const auto time = parse_time(text);
  EXPECT_TRUE(time.has_value()) << text;
  return time.value_or(EventTime{});
}

TEST(ParseDate, CountsDaysFromTheEpoch) {
  EXPECT_EQ(parse_date("1970-01-01"), Date{0});
  EXPECT_EQ(parse_date("1969-12-31"), Date{-1});
  EXPECT_EQ(parse_date("2000-02-29"), Date{11'016});
  EXPECT_EQ(parse_date("2025-01-31"), Date{20'119});
}

TEST(ParseDate, TakesTheYears1900To9998AndNoOthers) {
  EXPECT_EQ(parse_date("1899-12-31"), std::nullopt);
  EXPECT_EQ(parse_date("1900-01-01"), Date{-25'567});
  EXPECT_EQ(parse_date("9998-12-31"), Date{2'932'531});
  EXPECT_EQ(parse_date("9999-01-01"), std::nullopt);
}

TEST(ParseDate, KnowsWhichDaysExist) {
  for (const std::string_view good : {"2024-02-29", "2000-02-29", "2025-02-28", "2025-04-30", "2025-12-31", "2025-01-01"})
    EXPECT_TRUE(parse_date(good)) << good;
  for (const std::string_view bad :
       {"2025-02-29", "1900-02-29", "2100-02-29", "2025-04-31", "2025-12-32", "2025-13-01", "2025-00-10", "2025-01-00"})
    EXPECT_FALSE(parse_date(bad)) << bad;
}

TEST(ParseDate, TakesNothingButTenCharacters) {
  for (const std::string_view bad :
       {"", "2025-1-01", "2025-01-1", "20250101", "2025/01/01", "2025-01/01", " 2025-01-01", "2025-01-01 ", "2025-01-0a", "2025-0a-01",
        "20a5-01-01", "2025-01-01T00:00:00Z", "-025-01-01", "+025-01-01", "2025-01-:1"})
    EXPECT_FALSE(parse_date(bad)) << bad;
}

TEST(ParseTime, ReadsEqualInstantsWrittenDifferentlyAsEqual) {
  const EventTime noon = at("2025-03-01T12:00:00Z");
  EXPECT_EQ(noon, start_of(*parse_date("2025-03-01")).plus_micros(micros_per_day / 2));
  for (const std::string_view same :
       {"2025-03-01T12:00:00.0Z", "2025-03-01T12:00:00.000000000Z", "2025-03-01T13:00:00+01:00", "2025-03-01T12:00:00+00:00",
        "2025-03-01T12:00:00-00:00", "2025-03-02T11:59:00+23:59", "2025-02-28T12:01:00-23:59", "2025-03-01T17:30:00+05:30"})
    EXPECT_EQ(at(same), noon) << same;
}

TEST(ParseTime, CutsOffBelowAMicrosecond) {
  EXPECT_EQ(at("1970-01-01T00:00:00.1Z").micros, 100'000);
  EXPECT_EQ(at("1970-01-01T00:00:00.123456Z").micros, 123'456);
  EXPECT_EQ(at("1970-01-01T00:00:00.123456999Z").micros, 123'456);
  EXPECT_EQ(at("1969-12-31T23:59:59.999999Z").micros, -1);
  EXPECT_FALSE(parse_time("1970-01-01T00:00:00.1234567890Z"));
  EXPECT_FALSE(parse_time("1970-01-01T00:00:00.Z"));
}

TEST(ParseTime, TakesALeapSecondAsTheFirstInstantOfTheNextDay) {
  EXPECT_EQ(at("2016-12-31T23:59:60Z"), at("2017-01-01T00:00:00Z"));
  EXPECT_EQ(at("2016-12-31T23:59:60.5Z"), at("2017-01-01T00:00:00Z"));
  EXPECT_EQ(at("2017-01-01T00:59:60+01:00"), at("2017-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_time("2016-12-31T12:30:60Z"));
  EXPECT_FALSE(parse_time("2016-12-31T23:59:61Z"));
}

TEST(ParseTime, KnowsBothSidesOfEveryField) {
  for (const std::string_view good : {"2025-03-01T00:00:00Z", "2025-03-01T23:59:59Z"}) EXPECT_TRUE(parse_time(good)) << good;
  for (const std::string_view bad : {"2025-03-01T24:00:00Z", "2025-03-01T23:60:00Z", "2025-02-29T00:00:00Z", "2025-03-01T00:00:00+24:00",
                                     "2025-03-01T00:00:00+00:60"})
    EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(ParseTime, TakesInstantsOfTheYears1900To9998AndNoOthers) {
  EXPECT_TRUE(parse_time("1900-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_time("1899-12-31T23:59:59.999999Z"));
  EXPECT_FALSE(parse_time("1900-01-01T00:00:00+00:01"));
  EXPECT_TRUE(parse_time("1899-12-31T23:59:00-00:01"));
  EXPECT_TRUE(parse_time("9998-12-31T23:59:59.999999Z"));
  EXPECT_FALSE(parse_time("9999-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_time("9998-12-31T23:59:60Z"));
}

TEST(ParseTime, RefusesWhatIsNotRfc3339WithTAndZone) {
  for (const std::string_view bad :
       {"", "2025-03-01", "2025-03-01T12:00:00", "2025-03-01 12:00:00Z", "2025-03-01t12:00:00Z", "2025-03-01T12:00:00z",
        "2025-03-01T12:00Z", "2025-03-01T12:00:00+0100", "2025-03-01T12:00:00+01", "2025-03-01T12:00:00,5Z", "2025-03-01T12:00:00Z ",
        "2025-03-01T12.00:00Z", "2025-03-01T12:00.00Z", "2018-04-08 08:31:00", "2025-03-01T1a:00:00Z", "2025-03-01T12:00:00 01:00",
        "2025-03-01T12:00:00+01-00"})
    EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(DateOf, FloorsBeforeTheEpoch) {
  EXPECT_EQ(date_of({-1}), Date{-1});
  EXPECT_EQ(date_of({0}), Date{0});
  EXPECT_EQ(date_of({micros_per_day - 1}), Date{0});
  EXPECT_EQ(date_of({micros_per_day}), Date{1});
  EXPECT_EQ(date_of({-micros_per_day}), Date{-1});
  EXPECT_EQ(date_of({-micros_per_day - 1}), Date{-2});
}

TEST(Format, GivesBackTheDaysOfTheWholeRange) {
  for (std::int32_t day = -25'567; day < 2'932'532; day += 17) {
    const std::optional<Date> again = parse_date(format(Date{day}));
    ASSERT_TRUE(again == Date{day}) << day;
  }
}

TEST(Format, LeavesOutTrailingZerosOfTheFraction) {
  EXPECT_EQ(format(at("2025-01-31T23:59:59.123456Z")), "2025-01-31T23:59:59.123456Z");
  EXPECT_EQ(format(at("2025-01-31T23:59:59.120000Z")), "2025-01-31T23:59:59.12Z");
  EXPECT_EQ(format(at("2025-01-31T23:59:59.000001Z")), "2025-01-31T23:59:59.000001Z");
  EXPECT_EQ(format(at("2025-01-31T01:02:03+00:00")), "2025-01-31T01:02:03Z");
  EXPECT_EQ(format(EventTime{-1}), "1969-12-31T23:59:59.999999Z");
}

TEST(Format, SaysSomethingForInstantsOutsideTheRange) {
  EXPECT_EQ(format(EventTime::earliest()), "-290308-12-21T19:59:05.224192Z");
  EXPECT_EQ(format(EventTime{INT64_MAX}), "294247-01-10T04:00:54.775807Z");
}

}  // namespace
}  // namespace due
