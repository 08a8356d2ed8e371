#include "schemas/codec/output/output_mark.h"

#include <gtest/gtest.h>

namespace due {
namespace {

TEST(OutputMark, ReadsTaskNumberAndTaskTime) {
  const auto mark = OutputMark::parse("account-1 3 1795574880185000");
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(mark->task, "account-1");
  EXPECT_EQ(mark->seq, 3);
  EXPECT_EQ(mark->time.micros, 1'795'574'880'185'000);
  EXPECT_EQ(OutputMark::parse("a 1 -5")->time.micros, -5);  // before 1970
}

TEST(OutputMark, TakesNoOtherForm) {
  for (const char* text : {"", "a", "a 1", "a 1 ", " 1 2", "a x 2", "a 1 x", "a 1 2 3", "a 1  2", "a 99999999999999999999 2"})
    EXPECT_FALSE(OutputMark::parse(text).has_value()) << text;
}

TEST(OutputMark, IsTheLastHeaderOfItsName) {
  const HeaderView headers[] = {{"duestream", "sender 1 1"}, {"x-err.code", "C"}, {"duestream", "account-0 2 5"}};
  EXPECT_EQ(OutputMark::of(headers)->task, "account-0");
  EXPECT_FALSE(OutputMark::of(std::span(headers).subspan(1, 1)).has_value());
}

}  // namespace
}  // namespace due
