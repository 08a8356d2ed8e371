// stream/cli/feeds/event_text.h
// What the feeds have in common: CloudEvents as text, their topics and headers.
//
//   Clock    none
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "schemas/base/event_time.h"
#include "schemas/codec/json_writer.h"

namespace due::cli {

inline std::string_view topic_of_type(std::string_view type) {
  if (type.starts_with("due.invoice.")) return "invoices";
  if (type.starts_with("due.payment.")) return "payments";
  if (type.starts_with("due.usage.")) return "usage";
  if (type.starts_with("due.customer.")) return "customers";
  if (type.starts_with("due.contract.")) return "contracts";
  if (type.starts_with("due.dispute.")) return "disputes";
  if (type.starts_with("due.fx-rate.")) return "fx-rates";
  if (type.starts_with("due.provider-rule.")) return "provider-rules";
  if (type.starts_with("due.control.")) return "controls";
  return {};
}
inline bool is_broadcast(std::string_view topic) { return topic == "fx-rates" || topic == "provider-rules" || topic == "controls"; }

// Says that the past is told: task time follows the events, not the wall clock.
inline std::pair<std::string, std::string> history_header() { return {"history", "true"}; }
inline std::pair<std::string, std::string> structured_header() { return {"content-type", "application/cloudevents+json"}; }

struct Attributes {
  std::string_view id, source, type, subject;  // subject: the customer; empty: of no customer
  EventTime time;
};

// Opens the event and its data; the caller writes the members behind customer_id and closes both objects.
inline void begin_event(codec::JsonWriter& json, const Attributes& a) {
  json.begin_object().key("specversion").value("1.0").key("id").value(a.id).key("source").value(a.source).key("type").value(a.type);
  if (!a.subject.empty()) json.key("subject").value(a.subject);
  json.key("time").value(format(a.time)).key("datacontenttype").value("application/json");
  json.key("data").begin_object();
  if (!a.subject.empty()) json.key("customer_id").value(a.subject);
}
inline void end_event(codec::JsonWriter& json) { json.end_object().end_object(); }

}  // namespace due::cli
