// stream/cli/tail.h
// `duestream tail TOPIC`: committed records of a topic, one line each.
#pragma once

#include "stream/cli/wire.h"

namespace due::cli {

struct TailArguments {
  LogChoice log;
  std::string topic;  // without prefix
  bool from_beginning = false;
  bool until_end = false;
  bool json = false;
  std::int64_t max = 0;  // 0: no limit
};

int tail(const TailArguments& arguments, Wire& wire);

}  // namespace due::cli
