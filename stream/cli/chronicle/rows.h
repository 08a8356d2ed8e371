// stream/cli/chronicle/rows.h
// A chronicle record as a line, for people.
#pragma once

#include <string>
#include <vector>

#include "stream/cli/text/table.h"
#include "stream/runtime/task/chronicle.h"
#include "topology/graph/description.h"

namespace due::cli {

std::vector<Table::Column> chronicle_columns();
// `subtopology`: the task's. `marks`: what else is known of it.
std::vector<Cell> chronicle_row(const runtime::ChronicleRecord& record, Hash128 hash, const topology::Subtopology& subtopology,
                                const std::string& marks);

}  // namespace due::cli
