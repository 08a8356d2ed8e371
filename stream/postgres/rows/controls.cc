// Topic controls: every record is a row, as schemas/codec reads it.
#include "schemas/codec/master_decoder.h"
#include "schemas/codec/members/member_reader.h"
#include "stream/postgres/rows/events.h"
#include "stream/postgres/rows/headers.h"

namespace due::postgres {
namespace {

// The type stands where the event says it: the decoder keeps what it means.
std::string type_of(const log::Record& record) {
  std::string type;
  for (const log::Header& h : record.headers)
    if (h.name == "ce_type") type = h.value;
  codec::MemberReader reader({{codec::Member::Of::envelope, "type", {}}});
  if (type.empty() && record.value && reader.read(*record.value)) type = reader[0].text;
  return type;
}

class ControlMapper final : public RowMapper {
 public:
  std::optional<std::string> map(const log::Record& record, TupleWriter& row) override {
    const auto decoded = decoder_.decode(record.value, record.headers);
    put_bytes(record.key, row);
    if (const auto* event = std::get_if<events::MasterEvent>(&decoded)) {
      put(*event, type_of(record), row);
    } else {
      row.text(codec::reason_code(std::get<codec::Refusal>(decoded).reason));
      for (int own = 0; own < 10; ++own) row.null();
    }
    put_content(record, headers_, row);
    return std::nullopt;
  }

 private:
  static void put(const events::MasterEvent& event, const std::string& type, TupleWriter& row) {
    const auto& control = std::get<events::Control>(event.data);
    row.null();
    for (const std::string* text : {&event.id, &event.source, &type}) row.text(*text);
    row.timestamptz(event.time);
    for (const std::string* text : {&control.control_id, &control.actor, &control.reason}) row.text(*text);
    if (const auto* skip = std::get_if<events::RecordSkipped>(&control.order)) {
      row.text(skip->topic);
      row.integer(skip->partition);
      row.bigint(skip->offset);
    } else {
      for (int own = 0; own < 3; ++own) row.null();
    }
  }

  codec::MasterDecoder decoder_{codec::MasterTopic::controls};
  std::string headers_;
};

}  // namespace

Table control_events_table() {
  return {"controls",
          "control_events",
          Source::input,
          {"key", "refusal", "event_id", "event_source", "event_type", "event_time", "control_id", "actor", "reason", "skip_topic",
           "skip_partition", "skip_offset", "headers", "record", "raw"},
          []() -> std::unique_ptr<RowMapper> { return std::make_unique<ControlMapper>(); }};
}

}  // namespace due::postgres
