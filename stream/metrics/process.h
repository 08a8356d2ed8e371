// stream/metrics/process.h
// What the operating system says of this process, under the names that every Prometheus client uses.
#pragma once

#include "stream/metrics/page.h"

namespace due::metrics {

void add_process(Page& page);  // from /proc/self; what cannot be read is left out

}  // namespace due::metrics
