#include "stream/cli/feeds/ndjson.h"

#include "stream/cli/feeds/event_text.h"

namespace due::cli {

bool NdjsonFeed::next(FeedRecord& out) {
  while (!broken_ && std::getline(in_, line_)) {
    ++number_;
    if (line_.ends_with('\r')) line_.pop_back();
    if (line_.find_first_not_of(" \t") != std::string::npos) return take(out);
  }
  if (!broken_ && in_.bad()) refuse("it cannot be read to its end");
  return false;
}

bool NdjsonFeed::take(FeedRecord& out) {
  auto line = reader_.read(line_);
  if (!line) return refuse(line.error().what);
  if (const auto* event = std::get_if<codec::EventLine>(&line.value())) return take_event(*event, out);
  auto& wrapper = std::get<codec::WrapperLine>(line.value());
  out = {std::move(wrapper.topic), std::move(wrapper.key), std::move(wrapper.value), std::move(wrapper.headers), wrapper.timestamp};
  return true;
}

bool NdjsonFeed::take_event(const codec::EventLine& line, FeedRecord& out) {
  const std::string_view topic = topic_of_type(line.type);
  if (topic.empty()) return refuse("no topic belongs to type \"" + line.type + "\"; wrap the event as \"value\" and name a \"topic\"");
  if (!line.customer_id && !is_broadcast(topic))
    return refuse("an event needs a text data.customer_id, which becomes the key; to publish it as it is, wrap it as \"value\"");
  out = {std::string{topic}, line.customer_id, line_, {structured_header()}, line.time};
  return true;
}

bool NdjsonFeed::refuse(const std::string& what) {
  broken_ = Error{Remedy::quarantine_record,
                  name_ + ", line " + std::to_string(number_) + ": " + what + "; mend the line and publish from it on"};
  return false;
}

}  // namespace due::cli
