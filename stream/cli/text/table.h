// stream/cli/text/table.h
// Rows under a header, aligned, for people: also while they come one by one.
//
//   Shape    widths grow with what was seen and never shrink; the last column is not padded
//   Units    width in code points; control characters become '?', so that no record can command the terminal
//   Errors   none
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace due::cli {

enum class Paint { plain, good, bad, faint, strong };

struct Cell {
  std::string text;
  Paint paint = Paint::plain;
  Cell(std::string t, Paint p = Paint::plain) : text(std::move(t)), paint(p) {}
  Cell(std::string_view t, Paint p = Paint::plain) : text(t), paint(p) {}
  Cell(const char* t, Paint p = Paint::plain) : text(t), paint(p) {}
};

// Whether to colour what goes there: a terminal that can, and a user who did not set NO_COLOR.
enum class Colours { off, on };
Colours colours_of(std::FILE* out);
std::string painted(std::string_view text, Paint paint, Colours colours);

std::string printable(std::string_view text);  // one line, without control characters
std::size_t width_of(std::string_view text);

class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string name;
    Align align = Align::left;
    std::size_t width = 0;  // at least
  };
  Table(std::vector<Column> columns, Colours colours, std::string indent = "");

  void row(std::vector<Cell> cells);  // as many as there are columns, or fewer
  std::size_t pending() const { return rows_.size(); }
  // What was added since the last take, one line each; the header before the first.
  std::string take();

 private:
  std::string line(const std::vector<Cell>& cells) const;

  std::vector<Column> columns_;
  Colours colours_;
  std::string indent_;
  std::vector<std::vector<Cell>> rows_;
  bool headed_ = false;
};

}  // namespace due::cli
