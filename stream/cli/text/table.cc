#include "stream/cli/text/table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace due::cli {
namespace {

constexpr std::string_view reset = "\033[0m";

std::string_view code_of(Paint paint) {
  switch (paint) {
    case Paint::good: return "\033[32m";
    case Paint::bad: return "\033[1;31m";
    case Paint::faint: return "\033[2m";
    case Paint::strong: return "\033[1m";
    case Paint::plain: break;
  }
  return "";
}

}  // namespace

Colours colours_of(std::FILE* out) {
  const char* no = std::getenv("NO_COLOR");  // https://no-color.org: set and not empty
  const char* term = std::getenv("TERM");
  const bool can = isatty(fileno(out)) != 0 && term != nullptr && std::string_view(term) != "dumb";
  return can && (no == nullptr || *no == '\0') ? Colours::on : Colours::off;
}

std::string painted(std::string_view text, Paint paint, Colours colours) {
  if (colours == Colours::off || paint == Paint::plain) return std::string(text);
  return std::string(code_of(paint)) + std::string(text) + std::string(reset);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;  // U+0080 to U+009F
    if (c1) ++i;
    out.push_back(c < 0x20 || c == 0x7F || c1 ? '?' : text[i]);
  }
  return out;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Table::Table(std::vector<Column> columns, Colours colours, std::string indent)
    : columns_(std::move(columns)), colours_(colours), indent_(std::move(indent)) {
  for (Column& c : columns_) c.width = std::max(c.width, width_of(c.name));
}

void Table::row(std::vector<Cell> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i].text = printable(cells[i].text);
    columns_[i].width = std::max(columns_[i].width, width_of(cells[i].text));
  }
  rows_.push_back(std::move(cells));
}

std::string Table::line(const std::vector<Cell>& cells) const {
  std::string out = indent_;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t pad = columns_[i].width - width_of(cells[i].text);
    const std::string text = painted(cells[i].text, cells[i].paint, colours_);
    if (columns_[i].align == Align::right) out.append(pad, ' ');
    out += text;
    if (i + 1 == cells.size()) break;
    if (columns_[i].align == Align::left) out.append(pad, ' ');
    out += "  ";
  }
  if (const auto end = out.find_last_not_of(' '); colours_ == Colours::off) out.erase(end == std::string::npos ? 0 : end + 1);
  return out + '\n';
}

std::string Table::take() {
  std::string out;
  if (!headed_ && !rows_.empty()) {
    std::vector<Cell> names;
    for (const Column& c : columns_) names.emplace_back(c.name, Paint::faint);
    out += line(names);
    headed_ = true;
  }
  for (const auto& cells : rows_) out += line(cells);
  rows_.clear();
  return out;
}

}  // namespace due::cli
