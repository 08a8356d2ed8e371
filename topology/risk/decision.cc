#include "topology/risk/decision.h"

namespace due::topology::risk {
namespace {

constexpr std::size_t constants_bytes = 1'024;  // all constant pieces of a decision with both reasons, generously

}  // namespace

DecisionWriter::DecisionWriter(const TaskIdentity& task)
    : end_(R"(],"feature_schema":")" + features::schema_id() + R"(","logic":")" + task.logic_version + R"("}})") {
  for (const std::string& topic : task.input_topics) begin_.push_back(R"({"specversion":"1.0","id":")" + topic + "/");
}

std::string_view DecisionWriter::write(const Decision& d) {
  const events::Event& e = d.event;
  if (d.time != time_) {
    time_ = d.time;
    time_text_ = R"(","source":"/duestream/account","type":"due.risk.decided.v1","time":")" + format(d.time) + R"(","data":{"event_id":)";
  }
  if (d.day != date_) {
    date_ = d.day;
    date_text_ = R"(,"business_date":")" + format(d.day) + '"';
  }
  const std::string& begin = begin_[d.record.input];
  json_.begin(constants_bytes + begin.size() + end_.size() + codec::JsonText::text_bytes(e.id) + codec::JsonText::text_bytes(e.source) +
              codec::JsonText::text_bytes(e.customer_id) + (features::count + 8) * (codec::JsonText::number_bytes + 1));
  json_.raw(begin);
  json_.number(d.record.partition);
  json_.raw('/');
  json_.number(d.record.offset);
  json_.raw(time_text_);
  json_.text(e.id);
  json_.raw(R"(,"event_source":)");
  json_.text(e.source);
  json_.raw(R"(,"event_type":")");
  json_.raw(events::type_name(e.data));
  json_.raw(R"(","customer_id":)");
  json_.text(e.customer_id);
  json_.raw(date_text_);
  if (!d.currency.none()) {
    json_.raw(R"(,"currency":")");
    for (const int shift : {16, 8, 0}) json_.raw(static_cast<char>(d.currency.code >> shift));
    json_.raw('"');
  }
  json_.raw(d.verdict.high() ? std::string_view(R"(,"decision":"HIGH","rule":"baseline-1","reasons":[)")
                             : std::string_view(R"(,"decision":"LOW","rule":"baseline-1","reasons":[)"));
  write_reasons(d.verdict);
  json_.raw(R"(],"features":[)");
  for (std::size_t i = 0; i < features::count; ++i) {
    if (i > 0) json_.raw(',');
    json_.number(d.features[i]);
  }
  json_.raw(end_);
  return json_.view();
}

void DecisionWriter::write_reasons(const Verdict& v) {
  if (v.slow) {
    json_.raw(R"({"code":"AVG_DELAY_180D","delay_days_sum":)");
    json_.number(v.delay);
    json_.raw(R"(,"payments":)");
    json_.number(v.payments);
    json_.raw(R"(,"threshold_days":)");
    json_.number(v.delay_days_max);
    json_.raw('}');
  }
  if (v.slow && v.large) json_.raw(',');
  if (v.large) {
    json_.raw(R"({"code":"OUTSTANDING","outstanding_minor":)");
    json_.number(v.outstanding);
    json_.raw(R"(,"threshold_minor":)");
    json_.number(v.outstanding_max);
    json_.raw('}');
  }
}

}  // namespace due::topology::risk
