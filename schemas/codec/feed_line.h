// schemas/codec/feed_line.h
// One line of a file of records, as `publish` reads it: an event by itself, or a wrapper that says everything about a record.
//
//   Source   {"specversion":...}: a structured CloudEvent; {"topic":...,"key":...,"value":...,"headers":{...},"timestamp":...}: a wrapper
//   Errors   quarantine_record: neither of the two, or a member of the wrong kind; `what` says which and what would be right
//   Clock    none
//   Threads  one reader per thread
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "schemas/base/event_time.h"
#include "schemas/base/result.h"

namespace due::codec {

// What an event says that its record needs. The value is the line.
struct EventLine {
  std::string type;
  std::optional<std::string> customer_id;  // absent: none, or no text
  std::optional<EventTime> time;
};

struct WrapperLine {
  std::string topic;
  std::optional<std::string> key, value;  // absent: null
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<EventTime> timestamp;
};

class FeedLineReader {
 public:
  FeedLineReader();
  ~FeedLineReader();
  Result<std::variant<EventLine, WrapperLine>> read(std::string_view line);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace due::codec
