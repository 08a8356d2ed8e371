#include "stream/cli/tail/layouts.h"

#include <gtest/gtest.h>

#include "stream/runtime/task/chronicle.h"
#include "topology/account/account_logic.h"

namespace due::cli {
namespace {

struct Shown {
  std::vector<Table::Column> columns;
  std::vector<Cell> cells;
  std::string at(const std::string& column) const {
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (columns[i].name == column) return cells[i].text;
    return "(no such column)";
  }
  Paint paint(std::size_t i) const { return cells[i].paint; }
};

Shown show(const std::string& topic, const log::Record& record) {
  topology::Description topology;
  topology.subtopologies.push_back(topology::account_subtopology());
  const auto layout = layout_of(topic, topology);
  return {layout->columns(), layout->row(3, record)};
}

log::Record record(std::string_view key, std::string_view value, std::span<const log::Header> headers = {}) {
  log::Record r;
  r.offset = {17};
  r.key = key;
  r.value = value;
  r.headers = headers;
  return r;
}

std::string decision(const char* outcome) {
  return std::string(R"({"id":"payments/3/4","time":"2025-03-01T00:00:00Z","data":{"event_id":"e","event_type":"due.payment.received.v1",)"
                     R"("customer_id":"C1","business_date":"2025-03-01","currency":"JPY","decision":")") +
         outcome +
         R"(","reasons":[{"code":"OUTSTANDING","outstanding_minor":20000,"threshold_minor":10000}],)"
         R"("features":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,20000,0,1]}})";
}

TEST(Layouts, ShowADecisionWithItsReasonsInWords) {
  const std::string value = decision("HIGH");
  const Shown s = show("decisions", record("C1", value));
  EXPECT_EQ(s.at("place"), "3/17");
  EXPECT_EQ(s.at("day"), "2025-03-01");
  EXPECT_EQ(s.at("risk"), "HIGH");
  EXPECT_EQ(s.at("outstanding"), "20,000 JPY");
  EXPECT_EQ(s.at("decided on"), "payment received");
  EXPECT_EQ(s.at("which lies at"), "payments/3/4");
  EXPECT_EQ(s.at("why"), "owes 20,000 JPY, limit 10,000 JPY");
  EXPECT_EQ(s.paint(3), Paint::bad);
  EXPECT_EQ(show("decisions", record("C1", decision("LOW"))).paint(3), Paint::good);
}

TEST(Layouts, ShowWhatIsNotADecisionAmongDecisions) {
  EXPECT_EQ(show("decisions", record("C1", "oops")).at("why"), "not a decision: oops");
}

TEST(Layouts, ShowADeadLetterByOurHeadersNotByItsSenders) {
  const log::Header headers[] = {{"x-err.code", "FORGED"},       {"x-err.code", "BAD_DATE"},  {"x-err.field", "data.due_date"},
                                 {"x-err.remedy", "Send a date"}, {"x-err.topic", "invoices"}, {"x-err.partition", "1"},
                                 {"x-err.offset", "5"}};
  const Shown s = show("dead-letters", record("C1", "anything", headers));
  EXPECT_EQ(s.at("reason"), "BAD_DATE");
  EXPECT_EQ(s.at("field"), "data.due_date");
  EXPECT_EQ(s.at("lies at"), "invoices/1/5");
  EXPECT_EQ(s.at("what to do"), "Send a date");
}

TEST(Layouts, ShowAChronicleRecordByWhatItTook) {
  runtime::ChronicleRecord c;
  c.seq = 4;
  c.runs = {{runtime::Run::tick, 0, 0, 0, {}, {}}, {0, 5, 6, 2, {}, {}}, {2, 0, 999, 1'000, {}, {}}, {0, 7, 7, 1, {}, {}}};
  c.positions = {8, 0, 1'000};
  c.outputs = {{0, 0, 1, 1'001}, {1, 0, 1, 2}};
  c.transactional_id = "app-0-0";
  c.digest = runtime::DigestPoint{3, {}};
  const std::string value = runtime::encode(c);
  const Shown s = show("chronicle", record("account-3", value));
  EXPECT_EQ(s.at("batch"), "4");
  EXPECT_EQ(s.at("steps"), "1,004");
  EXPECT_EQ(s.at("of them"), "invoices 3, usage 1,000, ticks 1");
  EXPECT_EQ(s.at("outputs"), "decisions 1,001, dead-letters 2");
  EXPECT_EQ(s.at("written by"), "app-0-0");
  EXPECT_EQ(s.at("also"), "digest behind 3");
}

TEST(Layouts, ShowAnInputAsItIsUnderstood) {
  const Shown s = show("invoices", record("C1", R"({"specversion":"1.0","id":"1","source":"/s","type":"due.invoice.issued.v1",)"
                                                R"("time":"2025-03-01T08:00:00.5Z","data":{"customer_id":"C1","invoice_id":"I1",)"
                                                R"("issue_date":"2025-03-01","due_date":"2025-03-31",)"
                                                R"("currency":"EUR","gross_minor":1234}})"));
  EXPECT_EQ(s.at("time"), "2025-03-01T08:00:00Z");
  EXPECT_EQ(s.at("event"), "invoice issued");
  EXPECT_EQ(s.at("document"), "I1");
  EXPECT_EQ(s.at("amount"), "12.34 EUR");
  EXPECT_EQ(s.at("and"), "due 2025-03-31");
}

TEST(Layouts, ShowWhyAnInputWillBeRefused) {
  const Shown s = show("payments", record("C1", "{"));
  EXPECT_EQ(s.at("event"), "NOT_JSON");
  EXPECT_NE(s.at("and"), "");
  EXPECT_EQ(s.paint(3), Paint::bad);
}

TEST(Layouts, ShowACreditNoteAndWhatIsSaidAboutIt) {
  const std::string common = R"("customer_id":"C1","currency":"EUR",)";
  const std::string note = R"({"type":"due.credit-note.issued.v1","data":{)" + common +
                           R"("number":"CN-2025-000007","legal_entity_id":"DE01","issue_date":"2025-03-05","gross_minor":1234,)"
                           R"("refers_to":[{"invoice_id":"I1","issue_date":"2025-03-01"}],"reason_code":"cancellation",)"
                           R"("cancellation_id":"X1"}})";
  const Shown s = show("credit-notes", record("C1", note));
  EXPECT_EQ(s.at("what"), "credit note issued");
  EXPECT_EQ(s.at("number"), "CN-2025-000007");
  EXPECT_EQ(s.at("legal entity"), "DE01");
  EXPECT_EQ(s.at("dated"), "2025-03-05");
  EXPECT_EQ(s.at("invoice"), "I1");
  EXPECT_EQ(s.at("amount"), "12.34 EUR");
  EXPECT_EQ(s.at("because"), "X1");
  const std::string refused = R"({"type":"due.credit-note.refused.v1","data":{)" + common +
                              R"("invoice_id":"I1","amount_minor":1234,"reason_code":"OVERSIZED_OUTPUT","remedy":"raise it"}})";
  const Shown r = show("credit-note-outcomes", record("C1", refused));
  EXPECT_EQ(r.at("what"), "credit note refused");
  EXPECT_EQ(r.at("invoice"), "I1");
  EXPECT_EQ(r.at("amount"), "12.34 EUR");
  EXPECT_EQ(r.at("because"), "OVERSIZED_OUTPUT");
  EXPECT_EQ(r.paint(8), Paint::bad);
}

TEST(Layouts, ShowAnyOtherTopicAsText) {
  const std::string value(500, 'x');
  log::Record r = record("", value);
  r.key.reset();
  const Shown s = show("elsewhere", r);
  EXPECT_EQ(s.at("key"), "(none)");
  EXPECT_EQ(s.at("value"), std::string(200, 'x') + " ...");
}

}  // namespace
}  // namespace due::cli
