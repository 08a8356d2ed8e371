// stream/cli/feeds/feed.h
// Where `publish` and `generate` get records from: one after the other, in the order in which they are to be sent.
//
//   Shape    topic names are bare: the caller puts its prefix in front and chooses the partition by the key
//   Errors   next() false and broken() set: the source cannot be read further; what came before stands
//   Clock    none
//   Threads  one
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schemas/base/event_time.h"
#include "schemas/base/result.h"

namespace due::cli {

struct FeedRecord {
  std::string topic;
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<EventTime> timestamp;  // of the record; absent: the time at which it is sent
};

class Feed {
 public:
  virtual ~Feed() = default;
  virtual bool next(FeedRecord& out) = 0;  // false: no more records, or broken(); `out` is replaced otherwise
  virtual const std::optional<Error>& broken() const = 0;
};

}  // namespace due::cli
