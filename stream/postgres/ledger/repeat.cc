#include "stream/postgres/ledger/repeat.h"

#include <algorithm>
#include <tuple>

namespace due::postgres {
namespace {

constexpr std::size_t shown_bytes = 60;

std::string shown(const TupleReader::Field& field) {
  if (field.null) return "null";
  const std::string_view bytes = field.bytes.substr(0, shown_bytes);
  const bool readable = std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
  if (!readable && (field.bytes.size() == 4 || field.bytes.size() == 8)) return std::to_string(field.number());
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    if (readable) {
      text.push_back(c);
    } else {
      text.push_back(digits[static_cast<unsigned char>(c) >> 4]);
      text.push_back(digits[static_cast<unsigned char>(c) & 15]);
    }
  }
  if (field.bytes.size() > shown_bytes) text += "...";
  return readable ? "\"" + text + "\"" : "\\x" + text;
}

std::string name_of(const Table& table, std::string_view tuple) {
  const RowKey key = key_of(table, tuple);
  const std::string partition = "log_partition " + std::to_string(key.partition);
  if (table.source == Source::input) return table.name + ", row " + partition + ", log_offset " + std::to_string(key.seq);
  return table.name + ", row task " + std::string(key.task) + ", " + partition + ", seq " + std::to_string(key.seq);
}

// The part of an output's tuple that says where in the log it lies is its beginning.
std::string_view without_place(std::string_view tuple) {
  TupleReader fields(tuple);
  (void)fields.next();
  const TupleReader::Field logged_at = fields.next();
  const std::size_t place = 2 + (4 + 8) + (4 + logged_at.bytes.size());
  return tuple.substr(place);
}

}  // namespace

Sorted sort_rows(const Table& table, std::string_view tuples) {
  struct Entry {
    RowKey key;
    std::string_view tuple;
  };
  std::vector<Entry> entries;
  while (!tuples.empty()) {
    const std::string_view tuple = tuples.substr(0, TupleReader::size_of(tuples));
    entries.push_back({key_of(table, tuple), tuple});
    tuples.remove_prefix(tuple.size());
  }
  const auto order = [](const Entry& e) { return std::tie(e.key.partition, e.key.task, e.key.seq); };
  std::ranges::stable_sort(entries, [&](const Entry& a, const Entry& b) { return order(a) < order(b); });
  Sorted sorted;
  for (const Entry& e : entries) {
    if (sorted.runs.empty() || sorted.runs.back().partition != e.key.partition || sorted.runs.back().task != e.key.task)
      sorted.runs.push_back({e.key.partition, e.key.task, {}});
    auto& rows = sorted.runs.back().rows;
    if (!rows.empty() && rows.back().first == e.key.seq) {
      if (auto differs = difference(table, rows.back().second, e.tuple); differs && !sorted.conflict) sorted.conflict = std::move(differs);
      continue;
    }
    rows.emplace_back(e.key.seq, e.tuple);
  }
  return sorted;
}

std::optional<std::string> difference(const Table& table, std::string_view stored, std::string_view repeat) {
  if (stored == repeat) return std::nullopt;
  TupleReader a(stored), b(repeat);
  const std::vector<std::string> columns = table.columns();
  bool elsewhere = false;
  if (table.source == Source::output) {
    elsewhere = a.next().bytes != b.next().bytes;
    if (elsewhere && without_place(stored) == without_place(repeat)) return std::nullopt;
    a = TupleReader(stored);
    b = TupleReader(repeat);
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto old = a.next(), fresh = b.next();
    if ((old.null == fresh.null && old.bytes == fresh.bytes) || (elsewhere && i < 2)) continue;
    return name_of(table, stored) + ": column " + columns[i] + " is " + shown(old) + " in the table and " + shown(fresh) + " in the log";
  }
  return name_of(table, stored) + ": it has other columns in the table";
}

}  // namespace due::postgres
