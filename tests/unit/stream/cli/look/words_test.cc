#include "stream/cli/text/words.h"

#include <gtest/gtest.h>

namespace due::cli {
namespace {

Currency currency(const char* code) { return *Currency::parse(code); }

TEST(Money, HasTheDecimalsOfItsCurrency) {
  EXPECT_EQ(money(123'456, currency("EUR")), "1,234.56 EUR");
  EXPECT_EQ(money(123'456, currency("JPY")), "123,456 JPY");
  EXPECT_EQ(money(123'456, currency("KWD")), "123.456 KWD");
  EXPECT_EQ(money(123'456, std::string_view("EUR")), "1,234.56 EUR");
}

TEST(Money, KeepsZerosAndSignsAndGroups) {
  EXPECT_EQ(money(0, currency("EUR")), "0.00 EUR");
  EXPECT_EQ(money(5, currency("EUR")), "0.05 EUR");
  EXPECT_EQ(money(-100'000'05, currency("EUR")), "-100,000.05 EUR");
  EXPECT_EQ(money(99'999, currency("EUR")), "999.99 EUR");
  EXPECT_EQ(money(100'000'000, currency("EUR")), "1,000,000.00 EUR");
  EXPECT_EQ(money(INT64_MIN, currency("JPY")), "-9,223,372,036,854,775,808 JPY");
}

TEST(Money, WithoutACurrencyNamesNone) { EXPECT_EQ(money(1'234, Currency{}), "12.34"); }

TEST(Scaled, RoundsHalfAwayFromZero) {
  EXPECT_EQ(scaled(241'300, 10'000, 1), "24.1");
  EXPECT_EQ(scaled(241'500, 10'000, 1), "24.2");
  EXPECT_EQ(scaled(-241'500, 10'000, 1), "-24.2");
  EXPECT_EQ(scaled(-400, 10'000, 1), "0.0");  // and no minus before a zero
  EXPECT_EQ(scaled(INT64_MAX, 1, 2), "9,223,372,036,854,775,807.00");
}

TEST(EventInWords, LeavesAloneWhatIsNotOurs) {
  EXPECT_EQ(event_in_words("due.invoice.issued.v1"), "invoice issued");
  EXPECT_EQ(event_in_words("com.example.thing"), "com.example.thing");
}

TEST(ReasonInWords, SaysTheFiguresThatWereCompared) {
  EXPECT_EQ(reason_in_words({"OUTSTANDING", {{"outstanding_minor", 1'000'001}, {"threshold_minor", 1'000'000}}}, "EUR"),
            "owes 10,000.01 EUR, limit 10,000.00 EUR");
  EXPECT_EQ(reason_in_words({"AVG_DELAY_180D", {{"delay_days_sum", 482}, {"payments", 20}, {"threshold_days", 15}}}, "EUR"),
            "pays 24.1 days late on average (20 payments in 180 days), limit 15");
}

TEST(ReasonInWords, ShowsTheCodeOfAReasonThatIsNewOrIncomplete) {
  EXPECT_EQ(reason_in_words({"MODEL_SCORE", {{"score", 3}}}, "EUR"), "MODEL_SCORE");
  EXPECT_EQ(reason_in_words({"OUTSTANDING", {}}, "EUR"), "OUTSTANDING");
}

}  // namespace
}  // namespace due::cli
