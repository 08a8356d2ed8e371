// stream/cli/feeds/files/prepared.h
// What the mappings have in common: every row of the file is read and judged when it is opened, so that nothing is sent of a file
// that has a broken row.
#pragma once

#include <algorithm>
#include <vector>

#include "stream/cli/feeds/event_text.h"
#include "stream/cli/feeds/feed.h"
#include "stream/cli/feeds/files/csv_table.h"

namespace due::cli {

class PreparedFeed : public Feed {
 public:
  const std::optional<Error>& broken() const override { return broken_; }

 private:
  std::optional<Error> broken_;  // never
};

template <class Row>
Result<std::vector<Row>> read_rows(std::string csv, const std::string& name, std::span<const std::string_view> columns,
                                   Result<Row> (*read_row)(const CsvTable&)) {
  auto table = CsvTable::parse(std::move(csv), name, columns);
  if (!table) return table.error();
  std::vector<Row> rows;
  while (table->next()) {
    auto row = read_row(*table);
    if (!row) return row.error();
    rows.push_back(std::move(*row));
  }
  if (table->broken()) return *table->broken();
  return rows;
}

inline FeedRecord history_record(std::string topic, std::optional<std::string> key, std::string value, EventTime at) {
  return {std::move(topic), std::move(key), std::move(value), {structured_header(), history_header()}, at};
}

}  // namespace due::cli
