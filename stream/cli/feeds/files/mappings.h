// stream/cli/feeds/files/mappings.h
// From files of others to events. Each mapping is written down in docs/mappings, exactly enough to do it again in SQL.
//
//   Source   CSV text; docs/mappings/*.md
//   Shape    records in the order of their business dates, each with the header history
//   Units    amounts: minor units, read as text, exact
//   Errors   stop, naming file, row and column of the first cell that cannot be read; `name` is the file's
//   Clock    none
#pragma once

#include <memory>
#include <string>

#include "stream/cli/feeds/feed.h"

namespace due::cli {

Result<std::unique_ptr<Feed>> hrc_closed_feed(std::string csv, const std::string& name);
Result<std::unique_ptr<Feed>> hrc_open_feed(std::string csv, const std::string& name);
Result<std::unique_ptr<Feed>> online_retail_feed(std::string csv, const std::string& name);
Result<std::unique_ptr<Feed>> salford_feed(std::string csv, const std::string& name);

}  // namespace due::cli
