// stream/cli/feeds/ndjson.h
// Records from lines of JSON: an event by itself (its type names the topic, data.customer_id is the key), or a wrapper, which can say
// anything, broken values included:
// {"topic":"invoices","key":"C1","value":"<raw text>","headers":{"a":"b"},"timestamp":"2025-03-01T00:00:00Z"}.
//
//   Shape    one line, one record; empty lines are passed over; a carriage return at the end belongs to the line end
//   Errors   the first broken line ends the feed: its file, its number from 1, what is wrong and what would be right
//   Clock    none
//   Threads  one
#pragma once

#include <cstdint>
#include <istream>
#include <string>

#include "schemas/codec/feed_line.h"
#include "stream/cli/feeds/feed.h"

namespace due::cli {

class NdjsonFeed final : public Feed {
 public:
  // `name` is for messages: the path of the file, or "stdin".
  NdjsonFeed(std::istream& in, std::string name) : in_(in), name_(std::move(name)) {}

  bool next(FeedRecord& out) override;
  const std::optional<Error>& broken() const override { return broken_; }

 private:
  bool take(FeedRecord& out);
  bool take_event(const codec::EventLine& line, FeedRecord& out);
  bool refuse(const std::string& what);

  std::istream& in_;
  std::string name_, line_;
  std::int64_t number_ = 0;
  codec::FeedLineReader reader_;
  std::optional<Error> broken_;
};

}  // namespace due::cli
