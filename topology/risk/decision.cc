#include "topology/risk/decision.h"

#include "schemas/base/hash.h"
#include "schemas/codec/json_writer.h"

namespace due::topology::risk {
namespace {

// Deterministic over runs and replays: what decided is the event, named by its source and id.
std::string decision_id(const events::Event& e) {
  return hash128(e.id, hash64(e.source)).hex();
}

void write_reasons(codec::JsonWriter& json, const Verdict& v) {
  json.key("reasons").begin_array();
  if (v.slow)
    json.begin_object()
        .key("code").value("AVG_DELAY_180D")
        .key("delay_days_sum").value(v.delay)
        .key("payments").value(v.payments)
        .key("threshold_days").value(v.delay_days_max)
        .end_object();
  if (v.large)
    json.begin_object()
        .key("code").value("OUTSTANDING")
        .key("outstanding_minor").value(v.outstanding)
        .key("threshold_minor").value(v.outstanding_max)
        .end_object();
  json.end_array();
}

}  // namespace

void write(const Decision& d, std::string& out) {
  const events::Event& e = d.event;
  out.clear();
  codec::JsonWriter json(out);
  json.begin_object()
      .key("specversion").value("1.0")
      .key("id").value(decision_id(e))
      .key("source").value("/duestream/account")
      .key("type").value("due.risk.decided.v1")
      .key("subject").value(e.customer_id)
      .key("time").value(format(d.time))
      .key("datacontenttype").value("application/json")
      .key("data").begin_object()
      .key("event_id").value(e.id)
      .key("event_source").value(e.source)
      .key("event_type").value(events::type_name(e.data))
      .key("customer_id").value(e.customer_id)
      .key("business_date").value(format(events::business_date(e)));
  if (!d.currency.none()) json.key("currency").value(d.currency.text());
  json.key("decision").value(d.verdict.high() ? "HIGH" : "LOW").key("rule").value("baseline-1");
  write_reasons(json, d.verdict);
  json.key("features").begin_array();
  for (const std::int64_t f : d.features) json.value(f);
  json.end_array()
      .key("feature_schema").value(features::schema_id())
      .key("logic").value(d.logic_version)
      .key("input").value(std::string(d.input_topic) + "/" + std::to_string(d.record.partition) + "/" + std::to_string(d.record.offset))
      .end_object()
      .end_object();
}

}  // namespace due::topology::risk
