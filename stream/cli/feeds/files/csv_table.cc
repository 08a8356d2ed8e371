#include "stream/cli/feeds/files/csv_table.h"

#include <algorithm>
#include <charconv>

#include "schemas/base/decimal.h"

namespace due::cli {

Result<CsvTable> CsvTable::parse(std::string csv, std::string name, std::span<const std::string_view> columns) {
  CsvTable table;
  table.text_ = std::make_unique<const std::string>(std::move(csv));
  table.name_ = std::move(name);
  table.columns_ = columns;
  if (!table.read_row()) return Error{Remedy::stop, table.name_ + ": a quote in the header is not closed"};
  for (const std::string_view column : columns) {
    const auto found = std::find(table.cells_.begin(), table.cells_.end(), column);
    if (found == table.cells_.end())
      return Error{Remedy::stop, table.name_ + ": has no column " + std::string{column} + "; is it a file of this --format?"};
    table.places_.push_back(static_cast<std::size_t>(found - table.cells_.begin()));
  }
  table.header_.assign(table.cells_.begin(), table.cells_.end());
  return table;
}

bool CsvTable::next() {
  if (broken_ || at_ >= text_->size()) return false;
  ++row_;
  if (!read_row())
    broken_ = wrong("a quote is not closed");
  else if (cells_.size() != header_.size())
    broken_ = wrong("has another number of cells than the header");
  return !broken_;
}

bool CsvTable::read_row() {
  cells_.clear();
  unquoted_.clear();
  while (true) {
    if (!read_cell()) return false;
    if (at_ < text_->size() && (*text_)[at_] == ',') {
      ++at_;
      continue;
    }
    if (at_ < text_->size()) ++at_;  // the line end
    return true;
  }
}

bool CsvTable::read_cell() {
  const std::string& text = *text_;
  if (at_ >= text.size() || text[at_] != '"') {
    const std::size_t end = std::min(text.find_first_of(",\n", at_), text.size());
    std::string_view cell{text.data() + at_, end - at_};
    at_ = end;
    if (cell.ends_with('\r') && (at_ == text.size() || text[at_] == '\n')) cell.remove_suffix(1);
    cells_.push_back(cell);
    return true;
  }
  std::string& cell = unquoted_.emplace_back();
  for (++at_; at_ < text.size(); ++at_) {
    if (text[at_] != '"') {
      cell.push_back(text[at_]);
    } else if (at_ + 1 < text.size() && text[at_ + 1] == '"') {
      cell.push_back('"');
      ++at_;
    } else {
      ++at_;
      if (at_ < text.size() && text[at_] == '\r') ++at_;
      cells_.push_back(cell);
      return true;
    }
  }
  return false;
}

Error CsvTable::cannot_be(std::size_t column) const {
  return wrong(std::string{columns_[column]} + " cannot be \"" + std::string{cell(column)} + '"');
}

Error CsvTable::wrong(const std::string& what) const { return {Remedy::stop, name_ + ", row " + std::to_string(row_) + ": " + what}; }

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> hundredths(std::string_view text) {
  const std::optional<Decimal> number = parse_decimal(text);
  if (!number || number->scale > 2) return std::nullopt;
  std::int64_t minor = number->unscaled;
  for (int scale = number->scale; scale < 2; ++scale)
    if (__builtin_mul_overflow(minor, std::int64_t{10}, &minor)) return std::nullopt;
  return minor;
}

std::string padded(std::size_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  return std::string(text.size() < digits ? digits - text.size() : 0, '0') + text;
}

}  // namespace due::cli
