#include "stream/cli/text/table.h"

#include <gtest/gtest.h>

namespace due::cli {
namespace {

Table two_columns(Colours colours = Colours::off) { return Table({{"name"}, {"n", Table::Align::right}}, colours); }

TEST(Table, AlignsUnderItsHeader) {
  Table t = two_columns();
  t.row({"a", "1"});
  t.row({"longer", "1,000"});
  EXPECT_EQ(t.take(),
            "name        n\n"
            "a           1\n"
            "longer  1,000\n");
}

TEST(Table, KeepsItsWidthsAndItsOneHeaderWhileRowsCome) {
  Table t = two_columns();
  t.row({"longer", "1"});
  (void)t.take();
  t.row({"a", "2"});
  EXPECT_EQ(t.take(), "a       2\n");
  EXPECT_EQ(t.take(), "");
}

TEST(Table, CountsCodePointsNotBytes) {
  Table t = two_columns();
  t.row({"Müller", "1"});
  t.row({"Muller", "2"});
  EXPECT_EQ(t.take(),
            "name    n\n"
            "Müller  1\n"
            "Muller  2\n");
}

TEST(Table, LetsNoRecordCommandTheTerminal) {
  Table t = two_columns();
  t.row({"\033[2Ja\nb\u009b1m\x7f", "1"});
  EXPECT_EQ(t.take(),
            "name         n\n"
            "?[2Ja?b?1m?  1\n");
}

TEST(Table, ColoursNothingOnAPipe) {
  Table plain = two_columns();
  plain.row({Cell("HIGH", Paint::bad), "1"});
  EXPECT_EQ(plain.take().find('\033'), std::string::npos);
  Table coloured = two_columns(Colours::on);
  coloured.row({Cell("HIGH", Paint::bad), "1"});
  EXPECT_NE(coloured.take().find("\033[1;31mHIGH\033[0m  1"), std::string::npos);
}

}  // namespace
}  // namespace due::cli
