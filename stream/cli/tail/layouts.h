// stream/cli/tail/layouts.h
// What a table shows of the records of a topic: decisions, dead letters, the chronicle, inputs, and anything else.
//
//   Errors   none: what is not what its topic should hold is shown as text
//   Threads  owned by one tail
#pragma once

#include <memory>

#include "stream/cli/text/table.h"
#include "stream/log/log.h"
#include "topology/graph/description.h"

namespace due::cli {

class Layout {
 public:
  virtual ~Layout() = default;
  virtual std::vector<Table::Column> columns() const = 0;
  virtual std::vector<Cell> row(std::int32_t partition, const log::Record& record) = 0;
};

// `topic` without prefix.
std::unique_ptr<Layout> layout_of(const std::string& topic, const topology::Description& topology);

}  // namespace due::cli
