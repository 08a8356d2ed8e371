// stream/cli/topic_reader.h
// Reads a whole topic, committed records only: what `tail` and `report` stand on.
#pragma once

#include <functional>

#include "stream/cli/wire.h"

namespace due::cli {

struct TopicScan {
  std::string topic;  // with prefix
  bool from_beginning = true;
  bool until_end = true;  // the end as it is at the start; false: go on until `each` says stop
};
enum class Next { go_on, stop };

// Partition by partition as records arrive; within one in offset order.
Status scan_topic(log::Log& log, const TopicScan& scan, const std::function<Next(std::int32_t partition, const log::Record&)>& each,
                  const std::function<bool()>& interrupted);

}  // namespace due::cli
