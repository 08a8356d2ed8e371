// stream/log/partitioner.h
// Kafka's default partitioner under the log's name; see schemas/base/partitioner.h.
#pragma once

#include "schemas/base/partitioner.h"

namespace due::log {
using due::murmur2;
using due::partition_of;
}  // namespace due::log
