#include <algorithm>

#include "schemas/codec/decision_reader.h"
#include "stream/postgres/rows/headers.h"
#include "tests/unit/stream/postgres/scene.h"

namespace due::postgres {
namespace {

std::size_t column(const Table& table, const std::string& name) {
  const auto columns = table.columns();
  const auto at = std::ranges::find(columns, name);
  EXPECT_NE(at, columns.end()) << name;
  return static_cast<std::size_t>(at - columns.begin());
}

class Row {
 public:
  Row(const Table& table, const Sent& record) : table_(table), mapped_(map_row(table, record)) {
    EXPECT_FALSE(mapped_.wrong) << *mapped_.wrong;
    EXPECT_EQ(TupleReader::size_of(mapped_.tuple), mapped_.tuple.size());
  }
  std::string text(const std::string& name) const { return std::string(field(name).bytes); }
  std::int64_t number(const std::string& name) const { return field(name).number(); }
  bool null(const std::string& name) const { return field(name).null; }

 private:
  TupleReader::Field field(const std::string& name) const { return mapped_.fields(table_)[column(table_, name)]; }
  const Table& table_;
  Mapped mapped_;
};

constexpr std::int64_t epoch_micros = 946'684'800'000'000;  // 2000-01-01, PostgreSQL's

TEST(DecisionRows, HoldEveryMemberInItsColumn) {
  const Row row(table_of("decisions"), decision("account-1", 42));
  EXPECT_EQ(row.number("log_offset"), 17);
  EXPECT_EQ(row.number("logged_at"), noon_micros - epoch_micros);
  EXPECT_EQ(row.text("task"), "account-1");
  EXPECT_EQ(row.number("log_partition"), 3);
  EXPECT_EQ(row.number("seq"), 42);
  EXPECT_EQ(row.text("decision_id"), "invoices/0/123");
  EXPECT_EQ(row.text("event_id"), "e42");
  EXPECT_EQ(row.number("business_date"), 9'191);  // 2025-03-01
  EXPECT_EQ(row.text("currency"), "EUR");
  EXPECT_EQ(row.text("decision"), "HIGH");
  EXPECT_EQ(row.text("record"), decision_json("e42"));
  using namespace std::string_literals;
  EXPECT_EQ(row.text("reasons"), "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1"s + "\0\0\0\x0e"s + "AVG_DELAY_180D" +
                                     "\0\0\0\x0b"s + "OUTSTANDING");
  EXPECT_EQ(row.text("features"), "\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\3\0\0\0\1"s + "\0\0\0\x08\0\0\0\0\0\0\0\4"s +
                                      "\0\0\0\x08\xff\xff\xff\xff\xff\xff\xff\xfb"s + "\0\0\0\x08\x7f\xff\xff\xff\xff\xff\xff\xff"s);
}

TEST(DecisionRows, LeaveTheCurrencyOutBeforeTheFirstMoneyEvent) {
  for (const char* more : {"", R"("currency":null,)"}) {
    const Row row(table_of("decisions"), {"C1", decision_json("e1", more), by_task("account-1", 1)});
    EXPECT_TRUE(row.null("currency"));
  }
}

TEST(DecisionRows, TakeMembersInAnyOrderAndIgnoreUnknownOnes) {
  std::string json = decision_json("e1", R"("currency":"EUR","more":{"event_id":"not this one"},)");
  const std::string rule = R"("rule":"baseline-1",)";
  json.erase(json.find(rule), rule.size());
  json.insert(json.find(R"("event_id")"), rule);
  const Row row(table_of("decisions"), {"C1", json, by_task("account-1", 1)});
  EXPECT_EQ(row.text("rule"), "baseline-1");
  EXPECT_EQ(row.text("event_id"), "e1");
}

TEST(DecisionRows, AreRefusedWhereARecordDoesNotBelongThere) {
  const Table& decisions = table_of("decisions");
  const auto complaint = [&](const std::string& from, const std::string& to) {
    std::string json = decision_json("e1");
    json.replace(json.find(from), from.size(), to);
    return map_row(decisions, {"C1", json, by_task("account-1", 1)}).wrong.value_or("none");
  };
  EXPECT_EQ(complaint(R"("event_id":"e1",)", ""), "data.event_id is missing");
  EXPECT_EQ(complaint(R"("event_id":"e1")", R"("event_id":null)"), "data.event_id is missing");
  EXPECT_EQ(complaint(R"("event_id":"e1")", R"("event_id":1)"), "data.event_id is not what column event_id takes");
  EXPECT_EQ(complaint(R"("event_id":"e1")", R"("event_id":"a\u0000b")"), "data.event_id is not what column event_id takes");
  EXPECT_EQ(complaint("2025-03-01\"", "2025-02-30\""), "data.business_date is not what column business_date takes");
  EXPECT_EQ(complaint("\"invoices/0/123\"", "{}"), "id is not what column decision_id takes");
  EXPECT_EQ(complaint("[4,-5,9223372036854775807]", "[4,1.5]"), "data.features is not what column features takes");
  EXPECT_EQ(complaint("[4,-5,9223372036854775807]", "[4,9223372036854775808]"), "data.features is not what column features takes");
  EXPECT_EQ(complaint("[4,-5,9223372036854775807]", R"(["4"])"), "data.features is not what column features takes");
  EXPECT_EQ(complaint(R"({"code":"OUTSTANDING")", R"({"kode":"OUTSTANDING")"), "data.reasons is not what column reasons takes");
  EXPECT_EQ(complaint("{\"specversion\"", "\"specversion\""), "its value is not a JSON object");
  EXPECT_EQ(complaint("baseline", "base\xff"), "its value is not a JSON object");
  EXPECT_EQ(map_row(decisions, {"C1", std::nullopt, by_task("account-1", 1)}).wrong, "it has no value");
}

TEST(DecisionRows, ReadAgainAfterAnEmptyArray) {
  std::string json = decision_json("e1");
  const std::size_t from = json.find("[{"), to = json.find("}],");
  json.replace(from, to + 2 - from, "[]");
  const Row row(table_of("decisions"), {"C1", json, by_task("account-1", 1)});
  using namespace std::string_literals;
  EXPECT_EQ(row.text("reasons"), "\0\0\0\0\0\0\0\0\0\0\0\x19"s);
}

TEST(OutputRows, NeedAMarkThatTheyCanHold) {
  const Table& decisions = table_of("decisions");
  const auto known = [&](const std::string& name, const std::string& mark) {
    return !map_row(decisions, {"C1", decision_json("e1"), {{name, mark}}}).wrong.has_value();
  };
  EXPECT_TRUE(known("duestream", "account-0 1 0"));
  EXPECT_FALSE(known("other", "account-0 1 0"));
  EXPECT_FALSE(known("duestream", "account-0 0 0"));
  EXPECT_FALSE(known("duestream", "account-0 1x 0"));
  EXPECT_FALSE(known("duestream", "account-0 1 999999999999999999"));  // no instant that PostgreSQL knows
  EXPECT_FALSE(known("duestream", std::string("a\0 1 0", 6)));
}

Sent dead_letter() {
  using namespace std::string_literals;
  Sent w{"key\0\xff"s, "\0not json \xc3\x28"s, {{"duestream", "hers 999 0"}, {"x-err.code", "OLD"}, {"odd", "\x01\0\xfe"s}}};
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"x-err.code", "NOT_JSON"},
                                                                                     {"x-err.field", "data.a\0b"s},
                                                                                     {"x-err.remedy", "send JSON"},
                                                                                     {"x-err.stage", "decode"},
                                                                                     {"x-err.topic", "prod.invoices"},
                                                                                     {"x-err.partition", "2"},
                                                                                     {"x-err.offset", "123"},
                                                                                     {"x-err.timestamp", "1740832200123"},
                                                                                     {"x-err.task", "account-2"}})
    w.headers.emplace_back(name, value);
  for (const auto& h : by_task("account-2", 5)) w.headers.push_back(h);
  return w;
}

TEST(DeadLetterRows, HoldTheRecordByteForByteAndTheLastReason) {
  const Row row(table_of("dead-letters"), dead_letter());
  using namespace std::string_literals;
  EXPECT_EQ(row.text("task"), "account-2");  // the sender's own header of that name came first
  EXPECT_EQ(row.number("seq"), 5);
  EXPECT_EQ(row.text("key"), "key\0\xff"s);
  EXPECT_EQ(row.text("value"), "\0not json \xc3\x28"s);
  EXPECT_EQ(row.text("code"), "NOT_JSON");
  EXPECT_EQ(row.text("field"), "data.a\xEF\xBF\xBD" "b");
  EXPECT_EQ(row.text("origin_topic"), "prod.invoices");
  EXPECT_EQ(row.number("origin_partition"), 2);
  EXPECT_EQ(row.number("origin_offset"), 123);
  EXPECT_EQ(row.number("origin_timestamp"), noon_micros - epoch_micros);
  EXPECT_NE(row.text("headers").find(R"(["odd",{"hex":"0100fe"}])"), std::string::npos) << row.text("headers");
  EXPECT_TRUE(codec::is_json(row.text("headers")));
}

TEST(DeadLetterRows, MayHaveNeitherKeyNorValueNorTimestamp) {
  Sent w = dead_letter();
  w.key.reset();
  w.value.reset();
  for (auto& [name, value] : w.headers)
    if (name == "x-err.timestamp") value = "-9223372036854775808";
  const Row row(table_of("dead-letters"), w);
  EXPECT_TRUE(row.null("key"));
  EXPECT_TRUE(row.null("value"));
  EXPECT_TRUE(row.null("origin_timestamp"));
}

TEST(DeadLetterRows, AreRefusedWithoutReasonOrOrigin) {
  for (const std::string missing : {"x-err.code", "x-err.topic", "x-err.partition", "x-err.offset"}) {
    Sent w = dead_letter();
    std::erase_if(w.headers, [&](const auto& h) { return h.first == missing; });
    EXPECT_TRUE(map_row(table_of("dead-letters"), w).wrong) << missing;
  }
}

TEST(Texts, ThatAreNoneStayLegible) {
  using namespace std::string_literals;
  EXPECT_EQ(legible("Übung"), "Übung");
  EXPECT_EQ(legible("a\0b"s), "a\xEF\xBF\xBD" "b");
  EXPECT_EQ(legible("\xc3("), "\xEF\xBF\xBD(");
  EXPECT_TRUE(is_text(legible("\xff\0"s)));
}

std::string event(const std::string& type, const std::string& data) {
  return R"({"specversion":"1.0","id":"e1","source":"/erp","type":")" + type +
         R"(","time":"2025-03-01T12:30:00.123Z","data":{"customer_id":"C1",)" + data + "}}";
}

TEST(EventRows, HoldAnInvoiceAsIssuedCorrectedAndCancelled) {
  const Table& invoices = table_of("invoices");
  const std::string money = R"("issue_date":"2025-03-01","due_date":"2025-03-31","currency":"EUR","gross_minor":1234)";
  const Row issued(invoices, {"C1", event("due.invoice.issued.v1", R"("invoice_id":"I1",)" + money), {}});
  EXPECT_TRUE(issued.null("refusal"));
  EXPECT_EQ(issued.number("log_partition"), 3);
  EXPECT_EQ(issued.number("log_offset"), 17);
  EXPECT_EQ(issued.text("event_type"), "due.invoice.issued.v1");
  EXPECT_EQ(issued.number("event_time"), noon_micros - epoch_micros);
  EXPECT_EQ(issued.number("version"), 1);
  EXPECT_EQ(issued.number("due_date"), 9'191 + 30);
  EXPECT_EQ(issued.number("gross_minor"), 1'234);
  EXPECT_TRUE(issued.null("headers"));
  EXPECT_TRUE(issued.null("raw"));
  const Row corrected(invoices, {"C1", event("due.invoice.corrected.v1", R"("invoice_id":"I1","version":2,)" + money), {}});
  EXPECT_EQ(corrected.number("version"), 2);
  const Row cancelled(
      invoices, {"C1", event("due.invoice.cancelled.v1", R"("invoice_id":"I1","cancellation_id":"K1","cancel_date":"2025-03-02")"), {}});
  EXPECT_EQ(cancelled.text("cancellation_id"), "K1");
  EXPECT_EQ(cancelled.text("invoice_id"), "I1");
  EXPECT_TRUE(cancelled.null("gross_minor"));
  EXPECT_EQ(cancelled.number("business_date"), 9'192);
}

TEST(EventRows, HoldACreditMemoOfAnInvoiceOrOfNone) {
  const Table& invoices = table_of("invoices");
  const std::string memo = R"("credit_memo_id":"M1","credit_date":"2025-03-02","currency":"EUR","amount_minor":34)";
  const Row named(invoices, {"C1", event("due.invoice.credited.v1", R"("invoice_id":"I1",)" + memo), {}});
  EXPECT_EQ(named.text("invoice_id"), "I1");
  EXPECT_EQ(named.text("credit_memo_id"), "M1");
  EXPECT_EQ(named.text("currency"), "EUR");
  EXPECT_EQ(named.number("credited_minor"), 34);
  EXPECT_EQ(named.number("business_date"), 9'192);
  for (const char* none : {"version", "cancellation_id", "issue_date", "due_date", "gross_minor"}) EXPECT_TRUE(named.null(none)) << none;
  EXPECT_TRUE(Row(invoices, {"C1", event("due.invoice.credited.v1", memo), {}}).null("invoice_id"));
}

TEST(EventRows, HoldPaymentsReversalsAndUsage) {
  const std::string money = R"("value_date":"2025-03-01","currency":"JPY","amount_minor":7)";
  const Row paid(table_of("payments"), {"C1", event("due.payment.received.v1", R"("payment_id":"P1",)" + money), {}});
  EXPECT_EQ(paid.text("payment_id"), "P1");
  EXPECT_TRUE(paid.null("invoice_id"));
  EXPECT_EQ(paid.number("amount_minor"), 7);
  const Row reversed(table_of("payments"),
                     {"C1", event("due.payment.reversed.v1", R"("reversal_id":"R1","payment_id":"P1",)" + money), {}});
  EXPECT_EQ(reversed.text("reversal_id"), "R1");
  const Row used(table_of("usage"), {"C1", event("due.usage.recorded.v1",
                                                 R"("usage_id":"U1","meter":"images","case_id":"X","quantity":7,)"
                                                 R"("occurred_at":"2025-03-01T12:30:00.123Z")"),
                                     {}});
  EXPECT_EQ(used.text("meter"), "images");
  EXPECT_EQ(used.text("has_case"), "\1");
  EXPECT_EQ(used.number("occurred_at"), noon_micros - epoch_micros);
}

TEST(EventRows, KeepWhatIsNoEventWithItsReason) {
  const Table& invoices = table_of("invoices");
  using namespace std::string_literals;
  const Row not_json(invoices, {"\0\xff"s, "\0\xff{"s, {{"a", "\xff"}}, {INT64_MIN}});
  EXPECT_EQ(not_json.text("refusal"), "NOT_JSON");
  EXPECT_EQ(not_json.text("raw"), "\0\xff{"s);
  EXPECT_TRUE(not_json.null("record"));
  EXPECT_TRUE(not_json.null("logged_at"));
  EXPECT_EQ(not_json.text("headers"), R"([["a",{"hex":"ff"}]])");
  const Row incomplete(invoices, {std::nullopt, event("due.invoice.issued.v1", R"("invoice_id":"I1")"), {}});
  EXPECT_EQ(incomplete.text("refusal"), "MISSING_FIELD");
  EXPECT_TRUE(incomplete.null("key"));
  EXPECT_TRUE(incomplete.null("raw"));
  EXPECT_FALSE(incomplete.null("record"));
  const std::string of_nobody = R"({"specversion":"1.0","id":"e","source":"/","type":"due.invoice.issued.v1","data":{}})";
  EXPECT_EQ(Row(invoices, {std::nullopt, of_nobody, {}}).text("refusal"), "MISSING_KEY");
  EXPECT_EQ(Row(invoices, {"C1", of_nobody, {}}).text("refusal"), "MISSING_FIELD");
  const Row tombstone(invoices, {"C1", std::nullopt, {}});
  EXPECT_EQ(tombstone.text("refusal"), "EMPTY_VALUE");
  EXPECT_TRUE(tombstone.null("record"));
  EXPECT_TRUE(tombstone.null("raw"));
}

std::string control(const std::string& type, const std::string& data) {
  return R"({"specversion":"1.0","id":"e1","source":"/operations","type":")" + type +
         R"(","time":"2025-03-01T12:30:00.123Z","data":{"control_id":"CTL-1","actor":"j.doe","reason":"ticket 4711")" + data + "}}";
}

TEST(ControlRows, HoldWhoOrderedWhatAndWhy) {
  const Table& controls = table_of("controls");
  const std::string json = control("due.control.record-skipped.v1", R"(,"topic":"invoices","partition":2,"offset":81234)");
  const Row skip(controls, {std::nullopt, json, {}});
  EXPECT_TRUE(skip.null("key"));
  EXPECT_TRUE(skip.null("refusal"));
  EXPECT_EQ(skip.text("event_id"), "e1");
  EXPECT_EQ(skip.text("event_source"), "/operations");
  EXPECT_EQ(skip.text("event_type"), "due.control.record-skipped.v1");
  EXPECT_EQ(skip.number("event_time"), noon_micros - epoch_micros);
  EXPECT_EQ(skip.text("control_id"), "CTL-1");
  EXPECT_EQ(skip.text("actor"), "j.doe");
  EXPECT_EQ(skip.text("reason"), "ticket 4711");
  EXPECT_EQ(skip.text("skip_topic"), "invoices");
  EXPECT_EQ(skip.number("skip_partition"), 2);
  EXPECT_EQ(skip.number("skip_offset"), 81'234);
  EXPECT_EQ(skip.text("record"), json);
  EXPECT_TRUE(skip.null("raw"));
  const Row close(controls,
                  {"k", control("due.control.close-requested.v1", R"(,"legal_entity_id":"DE01","period":"2025-02")"), {{"a", "b"}}});
  EXPECT_EQ(close.text("key"), "k");
  EXPECT_EQ(close.text("event_type"), "due.control.close-requested.v1");
  for (const char* none : {"skip_topic", "skip_partition", "skip_offset"}) EXPECT_TRUE(close.null(none)) << none;
  EXPECT_EQ(close.text("headers"), R"([["a","b"]])");
}

TEST(ControlRows, NameTheTypeOfOneInBinaryModeToo) {
  const std::string data = R"({"control_id":"CTL-1","actor":"j.doe","reason":"r","topic":"usage","partition":0,"offset":1})";
  const Row row(table_of("controls"), {std::nullopt,
                                       data,
                                       {{"ce_specversion", "1.0"},
                                        {"ce_id", "e1"},
                                        {"ce_source", "/operations"},
                                        {"ce_type", "due.control.record-skipped.v1"},
                                        {"ce_time", "2025-03-01T12:30:00Z"},
                                        {"content-type", "application/json"}}});
  EXPECT_EQ(row.text("event_type"), "due.control.record-skipped.v1");
  EXPECT_EQ(row.text("skip_topic"), "usage");
  EXPECT_EQ(row.text("record"), data);
}

TEST(ControlRows, KeepWhatIsNoOrderWithItsReason) {
  const Row row(table_of("controls"), {std::nullopt, "not json", {}});
  EXPECT_EQ(row.text("refusal"), "NOT_JSON");
  EXPECT_EQ(row.text("raw"), "not json");
  for (const char* none : {"event_id", "event_type", "event_time", "control_id", "actor", "reason", "skip_topic", "skip_offset", "record"})
    EXPECT_TRUE(row.null(none)) << none;
}

std::string credit_note() {
  return R"({"specversion":"1.0","id":"b7a1","source":"/duestream/register","type":"due.credit-note.issued.v1",)"
         R"("time":"2025-03-01T12:30:00.123Z","data":{"credit_note_id":"b7a1","number":"CN-2025-000007","document_type":"381",)"
         R"("legal_entity_id":"DE01","customer_id":"C1","refers_to":[{"invoice_id":"I1","issue_date":"2025-02-01"}],)"
         R"("reason_code":"cancellation","cancellation_id":"K1","issue_date":"2025-03-01","currency":"EUR","gross_minor":1234,)"
         R"("remaining_minor":0,"status":"issued"}})";
}

TEST(CreditNoteRows, HoldEveryMemberInItsColumn) {
  const Row row(table_of("credit-notes"), {"C1", credit_note(), by_task("register-1", 7)});
  using namespace std::string_literals;
  EXPECT_EQ(row.text("task"), "register-1");
  EXPECT_EQ(row.number("seq"), 7);
  EXPECT_EQ(row.text("credit_note_id"), "b7a1");
  EXPECT_EQ(row.text("number"), "CN-2025-000007");
  EXPECT_EQ(row.text("document_type"), "381");
  EXPECT_EQ(row.text("legal_entity_id"), "DE01");
  EXPECT_EQ(row.text("customer_id"), "C1");
  EXPECT_EQ(row.text("invoice_ids"), "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\1\0\0\0\1\0\0\0\2I1"s);
  EXPECT_EQ(row.text("reason_code"), "cancellation");
  EXPECT_EQ(row.text("cancellation_id"), "K1");
  EXPECT_EQ(row.number("issue_date"), 9'191);
  EXPECT_EQ(row.text("currency"), "EUR");
  EXPECT_EQ(row.number("gross_minor"), 1'234);
  EXPECT_EQ(row.number("remaining_minor"), 0);
  EXPECT_EQ(row.text("status"), "issued");
  EXPECT_EQ(row.text("record"), credit_note());
}

TEST(EventRows, TakeNoByteOrderMarkForJson) {
  const Row row(table_of("invoices"), {"C1", "\xEF\xBB\xBF{}", {}});
  EXPECT_TRUE(row.null("record"));
  EXPECT_FALSE(row.null("raw"));
}

}  // namespace
}  // namespace due::postgres
