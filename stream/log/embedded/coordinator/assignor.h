// stream/log/embedded/coordinator/assignor.h
// Who of a group gets which partition: balanced, and as close to the present assignment as balance allows.
//
//   Shape    members by id, partitions by topic and number: the answer depends on nothing else
//   Clock    none
//   Threads  none
#pragma once

#include <map>
#include <set>
#include <string>

#include "stream/log/log.h"

namespace due::log::embedded::coordinator {

struct Subscriber {
  std::set<TopicPartition> eligible;  // every partition of its spine topics
  std::set<TopicPartition> present;   // what it has now
};

using Assignments = std::map<std::string, std::set<TopicPartition>>;

Assignments assign(const std::map<std::string, Subscriber>& members);

}  // namespace due::log::embedded::coordinator
