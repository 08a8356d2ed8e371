// stream/postgres/rows/table.h
// A topic as a table: which columns it has, and how one record becomes one row.
//
//   Shape    an output topic's rows begin with log_offset, logged_at, task, log_partition, seq, task_time; an input topic's with
//            log_partition, log_offset, logged_at. Then come the table's own columns. schemas/postgres has the tables themselves
//   Errors   map() names what is wrong with a record that does not belong into its topic
//   Threads  a RowMapper belongs to one thread
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/codec/output/output_mark.h"
#include "stream/log/log.h"
#include "stream/postgres/rows/tuple.h"

namespace due::postgres {

enum class Source {
  output,  // written by tasks, with a mark of task, seq and T
  input,   // written by others: known by its offset
};

class RowMapper {
 public:
  virtual ~RowMapper() = default;
  // Appends the table's own columns. A sentence fragment ("data.event_id is missing") where the record is not one of this topic.
  virtual std::optional<std::string> map(const log::Record& record, TupleWriter& row) = 0;
};

struct Table {
  std::string topic;  // without prefix
  std::string name;   // in schema duestream
  Source source = Source::output;
  std::vector<std::string> own_columns;
  std::unique_ptr<RowMapper> (*make_mapper)() = nullptr;

  std::vector<std::string> columns() const;
};

// Every topic that has a table. A further one is a row there and a migration.
const std::vector<Table>& tables();

// The mark of an output; nothing where it has none that a row could hold.
std::optional<OutputMark> mark_of(const log::Record& record);

// The columns that every row begins with. Of an input's mark nothing is used.
void begin_row(const Table& table, std::int32_t partition, const log::Record& record, const OutputMark& mark, TupleWriter& row);

// Where a row belongs in its chain, read back from its tuple.
struct RowKey {
  std::int32_t partition = 0;
  std::string_view task;  // empty: an input
  std::int64_t seq = 0;   // of an input: the offset
};
RowKey key_of(const Table& table, std::string_view tuple);

}  // namespace due::postgres
