// A cancellation's way to its credit note and back: what the account reserves and asks for, what the register numbers, what is settled.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "schemas/codec/members/member_reader.h"
#include "tests/support/master_records.h"
#include "tests/support/topology_driver.h"
#include "tests/unit/schemas/codec/published.h"
#include "topology/billing/credit_note_text.h"
#include "topology/register/register_logic.h"

namespace due::test {
namespace {

using topology::RegisterLogic;

constexpr EventTime noon_of(int day) { return start_of(Date{20'089 + day}).plus_micros(micros_per_day / 2); }  // day 0: 2025-01-01

std::string member(const std::string& json, const std::string& name) {
  codec::MemberReader reader({{codec::Member::Of::data, name, ""}});
  if (!reader.read(json)) return "(not JSON)";
  if (reader[0].kind == codec::MemberReader::Kind::integer) return std::to_string(reader[0].integer);
  return std::string(reader[0].text);
}

TopologyDriver a_register() {
  return TopologyDriver(std::make_unique<RegisterLogic>(topology::TaskIdentity{"register-0", 0, 1, {"credit-note-requests"}, "test"},
                                                        topology::LogicOptions{}),
                        {"credit-note-requests"});
}

// Both subtopologies; what one tells the other is passed on when the test says so.
struct Firm {
  TopologyDriver account, numbers = a_register();
  std::vector<std::string> notes;

  // The register hears everything that was asked, at noon of that day. Its answers.
  std::vector<CompanyRecord> number(int day) {
    numbers.set_time(noon_of(day));
    std::vector<CompanyRecord> answers;
    for (const Emitted& asked : std::exchange(account.asked, {}))
      for (const Emitted& e : numbers.pipe({"credit-note-requests", asked.key, asked.value})) {
        if (e.output == RegisterLogic::credit_notes) notes.push_back(e.value);
        if (e.output == RegisterLogic::outcomes) answers.push_back({"credit-note-outcomes", e.key, e.value});
      }
    return answers;
  }
  void settle(const std::vector<CompanyRecord>& answers) {
    for (const CompanyRecord& a : answers) EXPECT_TRUE(account.pipe(a).empty());
  }
  std::string number_of(std::size_t note) const { return member(notes.at(note), "number"); }
};

TEST(CreditNotes, ComeOfACancellationOnceAndOverWhatIsNotCreditedYet) {
  Firm f;
  f.account.pipe(invoice("C", "A", 0, 100));
  f.account.pipe(credit_memo("C", "M", "A", 2, 30));
  EXPECT_EQ(f.account.pipe(cancellation("C", "X", "A", 3)).size(), 1U);
  ASSERT_EQ(f.account.asked.size(), 1U);
  EXPECT_EQ(f.account.asked[0].key, "main/381");
  EXPECT_EQ(member(f.account.asked[0].value, "amount_minor"), "70");
  EXPECT_EQ(member(f.account.asked[0].value, "remaining_minor"), "0");
  f.settle(f.number(4));
  ASSERT_EQ(f.notes.size(), 1U);
  EXPECT_EQ(f.number_of(0), "CN-2025-000001");
  EXPECT_EQ(member(f.notes[0], "gross_minor"), "70");
  EXPECT_EQ(member(f.notes[0], "issue_date"), day_text(4));
  EXPECT_EQ(f.account.counts().internal.done, 1);

  EXPECT_EQ(f.account.pipe(cancellation("C", "Y", "A", 5))[0].code, "INCONSISTENT");
  EXPECT_TRUE(f.account.pipe(cancellation("C", "X", "A", 3)).empty());  // a duplicate
  EXPECT_TRUE(f.account.asked.empty());
}

TEST(CreditNotes, AreNotAskedForWhereNothingIsLeft) {
  Firm f;
  f.account.pipe(invoice("C", "A", 0, 0));
  f.account.pipe(invoice("C", "B", 0, 50));
  f.account.pipe(credit_memo("C", "M", "B", 1, 50));
  f.account.pipe(cancellation("C", "X", "A", 2));
  f.account.pipe(cancellation("C", "Y", "B", 2));
  EXPECT_TRUE(f.account.asked.empty());
  EXPECT_EQ(f.account.pipe(cancellation("C", "Z", "A", 3))[0].code, "INCONSISTENT");
}

// The guard: what is reserved, issued and credited of an invoice is never more than the invoice.
TEST(CreditNotes, AreNeverReservedBeyondTheirInvoice) {
  topology::Invoice i;
  i.status = topology::Invoice::Status::booked;
  i.gross = 100;
  i.credited = 10;
  EXPECT_FALSE(i.reserve(91));
  EXPECT_EQ(i.creditable(), 90);
  EXPECT_TRUE(i.reserve(60));
  EXPECT_FALSE(i.reserve(31));
  i.settle(60);
  EXPECT_FALSE(i.reserve(31));
  EXPECT_TRUE(i.reserve(30));
  EXPECT_EQ(i.creditable(), 0);
  i.release(30);
  EXPECT_EQ(i.creditable(), 30);
}

TEST(CreditNotes, ThatAreRefusedReleaseTheirReservationAndDrawNoNumber) {
  Firm f;
  f.account.pipe(invoice("C", "A", 0, 100));
  f.account.pipe(cancellation("C", "X", "A", 1));
  EXPECT_EQ(f.account.pipe(cancellation("C", "Y", "A", 1))[0].code, "INCONSISTENT");  // on its way
  f.numbers.full = RegisterLogic::credit_notes;
  const auto refused = f.number(2);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(member(refused[0].value, "reason_code"), "OVERSIZED_OUTPUT");
  f.settle(refused);
  EXPECT_TRUE(f.notes.empty());

  f.numbers.full.reset();
  const auto again = f.account.pipe(cancellation("C", "Z", "A", 3));
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].code, "");
  f.settle(f.number(3));
  ASSERT_EQ(f.notes.size(), 1U);
  EXPECT_EQ(f.number_of(0), "CN-2025-000001");
  EXPECT_EQ(f.account.pipe(cancellation("C", "W", "A", 4))[0].code, "INCONSISTENT");
}

TEST(CreditNotes, WhoseRequestDoesNotFitLeaveNothingReserved) {
  Firm f;
  f.account.pipe(invoice("C", "A", 0, 100));
  f.account.full = topology::AccountLogic::credit_note_requests;
  EXPECT_EQ(f.account.pipe(cancellation("C", "X", "A", 1))[0].code, "OVERSIZED_OUTPUT");
  f.account.full.reset();
  f.account.pipe(cancellation("C", "Y", "A", 1));
  EXPECT_EQ(f.account.asked.size(), 1U);
}

TEST(CreditNotes, AreNumberedWithoutGapsPerLegalEntityAndYearInDateOrder) {
  Firm f;
  const auto cancelled = [&f](const std::string& customer_id, const std::string& id, int day) {
    f.account.pipe(invoice(customer_id, id, day, 100));
    f.account.pipe(cancellation(customer_id, "X" + id, id, day));
    f.settle(f.number(day));
  };
  f.account.pipe(customer("D", 1, 0));  // of DE01
  cancelled("C", "A", 10);
  cancelled("D", "B", 10);
  cancelled("C", "E", 364);
  cancelled("C", "F", 365);  // 2026-01-01
  cancelled("D", "G", 365);
  cancelled("C", "H", 366);
  std::vector<std::string> numbers;
  for (const std::string& n : f.notes) numbers.push_back(member(n, "legal_entity_id") + " " + member(n, "number"));
  EXPECT_EQ(numbers, (std::vector<std::string>{"main CN-2025-000001", "DE01 CN-2025-000001", "main CN-2025-000002", "main CN-2026-000001",
                                               "DE01 CN-2026-000001", "main CN-2026-000002"}));
}

TEST(CreditNotes, AreDatedWhereTheLegalEntityIsAndNeverGoBack) {
  Firm f;
  f.account.pipe(customer("C", 1, 0, R"(,"time_zone":"Pacific/Kiritimati")"));  // 14 hours ahead of UTC
  f.account.pipe(customer("D", 1, 0, R"(,"time_zone":"America/New_York")"));
  for (const std::string c : {"C", "D"}) {
    f.account.pipe(invoice(c, "I", 300, 100));
    f.account.pipe(cancellation(c, "X", "I", 300));
  }
  (void)f.number(364);  // noon of 2025-12-31
  ASSERT_EQ(f.notes.size(), 2U);
  EXPECT_EQ(member(f.notes[0], "issue_date"), "2026-01-01");
  EXPECT_EQ(f.number_of(0), "CN-2026-000001");
  EXPECT_EQ(member(f.notes[1], "issue_date"), "2026-01-01");  // it is 2025 in New York, but number 1 is dated later
  EXPECT_EQ(f.number_of(1), "CN-2026-000002");
}

TEST(CreditNotes, GetTheirNumberOnceHoweverOftenTheyAreAskedFor) {
  Firm f;
  f.account.pipe(invoice("C", "A", 0, 100));
  f.account.pipe(cancellation("C", "X", "A", 1));
  const auto asked = f.account.asked;
  const auto first = f.number(2);
  f.account.asked = asked;
  const auto second = f.number(300);
  EXPECT_EQ(f.notes.size(), 1U);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].value, first[0].value);
  EXPECT_EQ(f.numbers.counts().internal.duplicates, 1);
  f.settle(first);
  f.settle(second);
  EXPECT_EQ(f.account.counts().internal.done, 1);
  EXPECT_EQ(f.account.counts().internal.duplicates, 1);

  std::string other = asked[0].value;
  other.replace(other.find(":100,"), 5, ":101,");
  const auto conflict = f.numbers.pipe({"credit-note-requests", asked[0].key, other});
  ASSERT_EQ(conflict.size(), 1U);
  EXPECT_EQ(conflict[0].code, "CONFLICT");
  const auto elsewhere = f.numbers.pipe({"credit-note-requests", "DE01/381", asked[0].value});
  EXPECT_EQ(elsewhere[0].code, "WRONG_KEY");
}

// The task that asked had a clock of today; the register's machine, and later the account's, are ten days behind it.
TEST(CreditNotes, AreNumberedAndSettledAlsoOnMachinesWhoseClockIsBehind) {
  Firm f;
  f.account.set_time(noon_of(10));
  f.account.pipe(invoice("C", "A", 0, 100));
  f.account.pipe(cancellation("C", "X", "A", 1));
  f.numbers.set_wall(noon_of(0));
  const auto answers = f.number(0);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(f.notes.size(), 1U);
  f.account.set_wall(noon_of(0));
  f.settle(answers);
  EXPECT_EQ(f.account.counts().internal.done, 1);
}

TEST(CreditNotes, AreAnsweredOnlyWhereTheyWereAskedFor) {
  Firm f;
  f.account.pipe(invoice("C", "A", 0, 100));
  f.account.pipe(cancellation("C", "X", "A", 1));
  const auto answer = f.number(2);
  ASSERT_EQ(answer.size(), 1U);
  CompanyRecord of_another = answer[0];
  of_another.value.replace(of_another.value.find(R"("customer_id":"C")"), 17, R"("customer_id":"E")");
  of_another.key = "E";
  EXPECT_EQ(f.account.pipe(of_another)[0].code, "UNKNOWN_REFERENCE");
  CompanyRecord more = answer[0];
  more.value.replace(more.value.find(":100,"), 5, ":101,");
  EXPECT_EQ(f.account.pipe(more)[0].code, "CONFLICT");
  f.settle(answer);
  CompanyRecord another_number = answer[0];
  another_number.value.replace(another_number.value.find("000001"), 6, "000002");
  EXPECT_EQ(f.account.pipe(another_number)[0].code, "CONFLICT");
  for (const topology::Counts& c : {f.account.counts(), f.numbers.counts()})
    for (const topology::Tally& t : {c.documents, c.master, c.internal})
      EXPECT_EQ(t.inputs, t.done + t.duplicates + t.conflicts + t.dead_letters + t.parked);
  const topology::Tally& t = f.account.counts().internal;
  EXPECT_EQ(t.inputs, 4);
}

TEST(CreditNotes, NameTheLegalEntityThatIsSaidClosest) {
  Firm f;
  const auto with_entity = [](CompanyRecord r, const std::string& entity) {
    r.value.insert(r.value.find(R"("customer_id")"), R"("legal_entity_id":")" + entity + "\",");
    return r;
  };
  f.account.pipe(customer("C", 1, 0));  // DE01
  f.account.pipe(invoice("C", "A", 0, 100));
  f.account.pipe(with_entity(invoice("C", "B", 0, 100), "FR02"));
  f.account.pipe(with_entity(invoice("C", "D", 0, 100), "FR02"));
  f.account.persist();
  f.account.pipe(cancellation("C", "XA", "A", 1));
  f.account.pipe(cancellation("C", "XB", "B", 1));
  f.account.pipe(with_entity(cancellation("C", "XD", "D", 1), "AT03"));
  std::vector<std::string> keys;
  for (const Emitted& e : f.account.asked) keys.push_back(e.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"DE01/381", "FR02/381", "AT03/381"}));
}

TEST(CreditNotes, OfHistoryAreHistory) {
  static constexpr HeaderView history[] = {{"history", "true"}};
  const auto pipe = [](TopologyDriver& d, const CompanyRecord& r) { return d.pipe(r.topic, {0, 0, 0, {0}, r.key, r.value, history}); };
  const auto is_history = [](const Emitted& e) {
    return std::count(e.headers.begin(), e.headers.end(), std::pair<std::string, std::string>("history", "true")) == 1;
  };
  Firm f;
  pipe(f.account, invoice("C", "A", 0, 100));
  pipe(f.account, cancellation("C", "X", "A", 1));
  f.account.pipe(invoice("C", "B", 0, 100));
  f.account.pipe(cancellation("C", "Y", "B", 1));
  ASSERT_EQ(f.account.asked.size(), 2U);
  EXPECT_TRUE(is_history(f.account.asked[0]));
  EXPECT_FALSE(is_history(f.account.asked[1]));
  const auto answer = pipe(f.numbers, {"credit-note-requests", "main/381", f.account.asked[0].value});
  ASSERT_EQ(answer.size(), 2U);
  EXPECT_FALSE(is_history(answer[0]));  // the document is none
  EXPECT_TRUE(is_history(answer[1]));
}

// The examples of the published schemas are what is written, to the byte.
TEST(CreditNotes, AreWrittenAsTheirSchemasShow) {
  simdjson::dom::parser parser;
  const auto example_of = [&parser](std::string_view file) {
    return simdjson::minify(simdjson::dom::array(codec::published::load(file, parser)["examples"]).at(0));
  };
  const auto decoded = [](codec::MasterTopic topic, const std::string& text) {
    return std::get<events::MasterEvent>(codec::MasterDecoder(topic).decode(text, {}));
  };
  const std::string requested = example_of("credit-note-requested"), numbered = example_of("credit-note-numbered"),
                    refused = example_of("credit-note-refused");
  const auto request = decoded(codec::MasterTopic::credit_note_requests, requested);
  const auto& r = std::get<events::CreditNoteRequested>(request.data);
  EXPECT_EQ(topology::billing::as_text(r, request.time), requested);
  const auto number = decoded(codec::MasterTopic::credit_note_outcomes, numbered);
  EXPECT_EQ(topology::billing::as_text(std::get<events::CreditNoteNumbered>(number.data), number.time), numbered);
  const auto refusal = decoded(codec::MasterTopic::credit_note_outcomes, refused);
  EXPECT_EQ(topology::billing::as_text(std::get<events::CreditNoteRefused>(refusal.data), refusal.time), refused);
  EXPECT_EQ(topology::billing::credit_note_text(r, topology::billing::number_text(*parse_date("2025-03-05"), 1), *parse_date("2025-03-05"),
                                                request.time),
            example_of("credit-note-issued"));
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    constexpr char digits[] = "0123456789abcdef";
    text += {digits[static_cast<unsigned char>(c) >> 4], digits[static_cast<unsigned char>(c) & 15]};
  }
  return text;
}

std::map<char, std::string> values_by_kind(TopologyDriver& d) {
  std::map<char, std::string> rows;
  d.rows().scan("", [&rows](std::string_view key, std::string_view value) { rows[key.front()] = hex(value); });
  return rows;
}

// A change here is a change of the stored form: it needs another version byte, and a reader for this one.
TEST(CreditNotes, AreStoredAsTheFormatSays) {
  Firm f;
  f.account.pipe(invoice("C", "A", 0, 100));
  f.account.pipe(cancellation("C", "X", "A", 1));
  f.account.persist();
  const auto held = values_by_kind(f.account);
  f.settle(f.number(2));
  f.account.persist();
  f.numbers.persist();
  const auto settled = values_by_kind(f.account), numbers = values_by_kind(f.numbers);
  EXPECT_EQ(held.at('R'), "0100c801" "ea554efef0bd81715bd0c872a53d7905" "00");
  EXPECT_EQ(settled.at('R'), "0101c801" "ea554efef0bd81715bd0c872a53d7905" "0e" + hex("CN-2025-000001"));
  EXPECT_TRUE(held.at('I').starts_with("01060000")) << held.at('I');
  EXPECT_TRUE(held.at('I').ends_with("00c80100")) << held.at('I');
  EXPECT_TRUE(settled.at('I').ends_with("0000c801")) << settled.at('I');
  EXPECT_EQ(numbers.at('Q'), "01f6b902" "01" "08" + hex("main/381"));
  EXPECT_TRUE(numbers.at('N').ends_with("01f6b90200")) << numbers.at('N');
  EXPECT_EQ(numbers.at('N').size(), 2 * (1 + 16 + 1 + 3 + 1U));
}

}  // namespace
}  // namespace due::test
