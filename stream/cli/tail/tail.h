// stream/cli/tail/tail.h
// `duestream tail TOPIC`: committed records of a topic as a table for people, or one JSON object each.
#pragma once

#include "stream/cli/wire.h"

namespace due::cli {

struct TailArguments {
  LogChoice log;
  std::string topic;  // without prefix
  bool from_beginning = false;
  std::int64_t last = 0;  // begin with that many of the newest records
  bool until_end = false;
  bool json = false;
  std::int64_t max = 0;  // 0: no limit
};

int tail(const TailArguments& arguments, Wire& wire);

}  // namespace due::cli
