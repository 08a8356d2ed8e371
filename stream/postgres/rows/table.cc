#include "stream/postgres/rows/table.h"

namespace due::postgres {
namespace {

constexpr std::size_t output_columns = 6, input_columns = 3;

}  // namespace

std::vector<std::string> Table::columns() const {
  std::vector<std::string> all = {"log_offset", "logged_at", "task", "log_partition", "seq", "task_time"};
  if (source == Source::input) all = {"log_partition", "log_offset", "logged_at"};
  all.insert(all.end(), own_columns.begin(), own_columns.end());
  return all;
}

std::optional<OutputMark> mark_of(const log::Record& record) {
  const auto mark = OutputMark::of(record.headers);
  if (!mark || mark->seq < 1 || !TupleWriter::holds(mark->time) || mark->task.find('\0') != mark->task.npos) return std::nullopt;
  return mark;
}

void begin_row(const Table& table, std::int32_t partition, const log::Record& record, const OutputMark& mark, TupleWriter& row) {
  row.begin((table.source == Source::output ? output_columns : input_columns) + table.own_columns.size());
  if (table.source == Source::input) {
    row.integer(partition);
    row.bigint(record.offset.value);
  } else {
    row.bigint(record.offset.value);
  }
  if (TupleWriter::holds(record.timestamp)) {
    row.timestamptz(record.timestamp);
  } else {
    row.null();  // a producer's own clock may say anything
  }
  if (table.source == Source::input) return;
  row.text(mark.task);
  row.integer(partition);
  row.bigint(mark.seq);
  row.timestamptz(mark.time);
}

RowKey key_of(const Table& table, std::string_view tuple) {
  TupleReader fields(tuple);
  RowKey key;
  if (table.source == Source::input) {
    key.partition = static_cast<std::int32_t>(fields.next().number());
    key.seq = fields.next().number();
    return key;
  }
  (void)fields.next();
  (void)fields.next();
  key.task = fields.next().bytes;
  key.partition = static_cast<std::int32_t>(fields.next().number());
  key.seq = fields.next().number();
  return key;
}

}  // namespace due::postgres
