// stream/cli/feeds/files/csv_table.h
// A CSV file with a header line, row by row, by the columns that a mapping reads; and cells as numbers.
//
//   Source   RFC 4180: quoted cells may hold commas, line ends and doubled quotes; lines end with LF or CRLF. No trimming
//   Shape    cells are views that hold until the next row
//   Errors   stop, naming file, row (from 1, the header not counted) and column
//   Clock    none
//   Threads  one
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/base/result.h"

namespace due::cli {

class CsvTable {
 public:
  // `columns` are those that are read, wherever they stand; cell(n) is the n-th of them. `name` is for messages.
  static Result<CsvTable> parse(std::string csv, std::string name, std::span<const std::string_view> columns);

  bool next();  // false: no more rows, or broken()
  const std::optional<Error>& broken() const { return broken_; }
  std::string_view cell(std::size_t column) const { return cells_[places_[column]]; }
  std::size_t row() const { return row_; }
  // All of them, as they stand, for a mapping that reads columns by their names.
  std::span<const std::string> header() const { return header_; }
  std::span<const std::string_view> cells() const { return cells_; }
  Error cannot_be(std::size_t column) const;         // this cell cannot be what it is
  Error wrong(const std::string& what) const;        // this row is wrong otherwise

 private:
  CsvTable() = default;
  bool read_row();  // into cells_; false: a quote is not closed
  bool read_cell();

  std::unique_ptr<const std::string> text_;
  std::string name_;
  std::span<const std::string_view> columns_;
  std::vector<std::size_t> places_;
  std::vector<std::string> header_;
  std::size_t at_ = 0, row_ = 0;
  std::vector<std::string_view> cells_;
  std::deque<std::string> unquoted_;
  std::optional<Error> broken_;
};

std::optional<std::int64_t> whole_number(std::string_view text);
// "12.34" -> 1234, "-12.3" -> -1230, "12" -> 1200: amounts in currencies with two decimals.
std::optional<std::int64_t> hundredths(std::string_view text);

std::string padded(std::size_t number, std::size_t digits);  // 7 -> "00007"

}  // namespace due::cli
