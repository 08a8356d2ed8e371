// Dead letters put back: once each, as they were or repaired, with where they come from; whoever was stopped goes on where he stopped.
#include <functional>
#include <map>

#include "stream/cli/publish.h"
#include "stream/cli/redrive/redrive.h"
#include "tests/integration/bad_input/shop.h"

namespace due::test::bad_input {
namespace {

Record replaced(Record r, const std::string& what, const std::string& by) {
  const std::size_t at = r.value->find(what);
  EXPECT_NE(at, std::string::npos) << *r.value;
  r.value->replace(at, what.size(), by);
  return r;
}

// A credit memo above its invoice is refused, until a correction raises the invoice.
std::vector<Record> refused_memos(int count) {
  std::vector<Record> records;
  for (int n = 1; n <= count; ++n) {
    const std::string customer = "C" + std::to_string(n);
    records.push_back(valid("invoice-issued", customer));
    records.push_back(replaced(valid("invoice-credited", customer), "\"amount_minor\":40", "\"amount_minor\":150"));
  }
  return records;
}
std::vector<Record> corrections(int count) {
  std::vector<Record> records;
  for (int n = 1; n <= count; ++n)
    records.push_back(replaced(valid("invoice-corrected", "C" + std::to_string(n)), "\"gross_minor\":100", "\"gross_minor\":200"));
  return records;
}

cli::RedriveArguments of_reason(const cli::LogChoice& log, const std::string& code) {
  cli::RedriveArguments a;
  a.log = log;
  a.filter.codes = {code};
  return a;
}

// Records of an input that were put back, by origin.
std::map<std::string, Stored> put_back(const std::vector<Stored>& input) {
  std::map<std::string, Stored> found;
  for (const Stored& s : input) {
    const std::string origin = s.header("x-redrive.origin");
    if (origin.empty()) continue;
    EXPECT_TRUE(found.emplace(origin, s).second) << origin << " was put back twice";
  }
  return found;
}

TEST_P(RedriveOnALog, PutsAcceptedRecordsBackOnceWithWhereTheyComeFrom) {
  constexpr int memos = 7;
  const auto records = refused_memos(memos);
  const auto places = send(records);
  send({{.topic = "payments", .key = "C1", .value = "no JSON", .headers = {}}});
  EXPECT_EQ(run().documents.dead_letters, memos + 1);
  send(corrections(memos));

  cli::RedriveArguments a = of_reason(choice(), "INCONSISTENT");
  a.actor = "j.doe";
  a.dry_run = true;
  const auto verb = [&] { return cli::redrive(a, wire()); };
  EXPECT_EQ(complaint_of(verb).first, cli::Exit::ok);
  EXPECT_EQ(printed(), "  7 dead letters would be put back (INCONSISTENT 7), 0 were before, 0 cannot be\n");
  EXPECT_TRUE(put_back(read("invoices")).empty());

  a.dry_run = false;
  a.max = 3;  // as if it had been stopped there
  EXPECT_EQ(complaint_of(verb).first, cli::Exit::ok);
  EXPECT_EQ(put_back(read("invoices")).size(), 3U);
  a.max = 0;
  for (const char* said : {"  4 dead letters put back (INCONSISTENT 4), 3 were before, 0 cannot be\n",
                           "  0 dead letters put back, 7 were before, 0 cannot be\n"}) {
    EXPECT_EQ(complaint_of(verb).first, cli::Exit::ok);
    EXPECT_EQ(printed(), said);
  }

  const auto found = put_back(read("invoices"));
  ASSERT_EQ(found.size(), static_cast<std::size_t>(memos));
  for (std::size_t n = 1; n < records.size(); n += 2) {
    ASSERT_TRUE(found.contains(places[n])) << places[n];
    const Stored& s = found.at(places[n]);
    EXPECT_TRUE(s.key == records[n].key && s.value == records[n].value);
    EXPECT_TRUE(std::equal(records[n].headers.begin(), records[n].headers.end(), s.headers.begin()));
    EXPECT_EQ(s.header("x-redrive.code"), "INCONSISTENT");
    EXPECT_EQ(s.header("x-redrive.actor"), "j.doe");
    EXPECT_TRUE(s.header("x-redrive.letter").starts_with("dead-letters/"));
    EXPECT_EQ(s.header("x-err.code"), "");
    EXPECT_EQ(s.header("duestream"), "");
  }
  const topology::Counts counts = run();
  EXPECT_EQ(counts.documents.done, 2 * memos);  // corrections and credit memos
  EXPECT_EQ(counts.documents.dead_letters, 0);
}

TEST_P(RedriveOnALog, PutsBackWhatAControlPassedOver) {
  const std::string place = send({valid("invoice-issued", "C1")}).front();  // "invoices/PARTITION/0"
  const std::string skip = R"({"specversion":"1.0","id":"e1","source":"/operations","type":"due.control.record-skipped.v1",)"
                           R"("time":"2026-01-05T09:00:00Z","data":{"control_id":"CTL-1","actor":"j.doe","reason":"ticket 4711",)"
                           R"("topic":"invoices","partition":)" + place.substr(9, 1) + R"(,"offset":0}})";
  cli::PublishArguments publish;
  publish.log = choice();
  publish.files = {file("skip.ndjson", skip + "\n")};
  EXPECT_EQ(complaint_of([&] { return cli::publish(publish, wire()); }).first, cli::Exit::ok);
  EXPECT_EQ(run().documents.dead_letters, 1);
  ASSERT_EQ(letters().size(), 1U);
  EXPECT_EQ(letters()[0].header("x-err.code"), "SKIPPED_BY_CONTROL");
  EXPECT_NE(letters()[0].header("x-err.remedy").find("by control CTL-1 of j.doe: ticket 4711"), std::string::npos);
  EXPECT_EQ(letters()[0].origin(), place);
  cli::RedriveArguments a = of_reason(choice(), "SKIPPED_BY_CONTROL");
  EXPECT_EQ(complaint_of([&] { return cli::redrive(a, wire()); }).first, cli::Exit::ok);
  EXPECT_EQ(printed(), "  1 dead letters put back (SKIPPED_BY_CONTROL 1), 0 were before, 0 cannot be\n");
  EXPECT_EQ(run().documents.done, 1);
  EXPECT_EQ(letters().size(), 1U);
}

TEST_P(RedriveOnALog, PutsRepairedRecordsBackFromTheLinesThatItPrints) {
  const auto places = send({replaced(valid("invoice-issued", "C1"), "}}", "}"), replaced(valid("payment-received", "C2"), "}}", "}")});
  EXPECT_EQ(run().documents.dead_letters, 2);
  cli::RedriveArguments a = of_reason(choice(), "NOT_JSON");
  a.print = true;
  EXPECT_EQ(complaint_of([&] { return cli::redrive(a, wire()); }).first, cli::Exit::ok);
  std::string lines = printed();
  for (std::size_t at = 0; (at = lines.find("}\",\"headers\"", at)) != lines.npos; at += 3) lines.insert(at, "}");
  a = {};
  a.log = choice();
  a.repaired = file("repaired.ndjson", lines);
  for (const char* said : {"  2 dead letters put back (NOT_JSON 2), 0 were before, 0 cannot be\n",
                           "  0 dead letters put back, 2 were before, 0 cannot be\n"}) {
    EXPECT_EQ(complaint_of([&] { return cli::redrive(a, wire()); }).first, cli::Exit::ok);
    EXPECT_EQ(printed(), said);
  }
  const auto found = put_back(read("invoices"));
  ASSERT_TRUE(found.contains(places[0]));
  EXPECT_EQ(found.at(places[0]).value, valid("invoice-issued", "C1").value);
  EXPECT_EQ(found.at(places[0]).header("x-redrive.repaired"), "true");
  EXPECT_EQ(run().documents.done, 2);
}

TEST_P(RedriveOnALog, RefusesARepairedLineWithoutLetterAndPutsNothingBack) {
  send({{.topic = "payments", .key = "C1", .value = "no JSON", .headers = {}}});
  run();
  cli::RedriveArguments a;
  a.log = choice();
  a.repaired = file("repaired.ndjson", R"({"topic":"payments","key":"C1","value":"{}","headers":{"x-redrive.origin":"payments/0/99"}})");
  const auto [code, said] = complaint_of([&] { return cli::redrive(a, wire()); });
  EXPECT_EQ(code, cli::Exit::failed);
  EXPECT_NE(said.find("no such dead letter as that of payments/0/99"), said.npos) << said;
  EXPECT_TRUE(put_back(read("payments")).empty());
}

TEST_P(RedriveOnALog, TakesThoseOfATopicAKeyAndATimeAlone) {
  send({{.topic = "payments", .key = "C1", .value = "no JSON", .headers = {}},
        {.topic = "payments", .key = "C2", .value = "no JSON", .headers = {}},
        {.topic = "usage", .key = "C1", .value = "no JSON", .headers = {}},
        {.topic = "usage", .key = {}, .value = "no JSON", .headers = {}}});
  run();
  const auto count = [this](const std::function<void(cli::RedriveArguments&)>& set) {
    cli::RedriveArguments a;
    a.log = choice();
    a.dry_run = true;
    set(a);
    EXPECT_EQ(complaint_of([&] { return cli::redrive(a, wire()); }).first, cli::Exit::ok);
    return std::atoi(printed().c_str());
  };
  using A = cli::RedriveArguments;
  EXPECT_EQ(count([](A& a) { a.all = true; }), 4);
  EXPECT_EQ(count([](A& a) { a.filter.topics = {"payments"}; }), 2);
  EXPECT_EQ(count([](A& a) { a.filter.keys = {"C1"}; }), 2);
  EXPECT_EQ(count([](A& a) { a.filter.keys = {"C1"}, a.filter.topics = {"usage"}; }), 1);
  EXPECT_EQ(count([](A& a) { a.filter.codes = {"CONFLICT"}; }), 0);
  EXPECT_EQ(count([](A& a) { a.filter.from = EventTime{1'600'000'000'000'000}; }), 4);
  EXPECT_EQ(count([](A& a) { a.filter.to = EventTime{1'600'000'000'000'000}; }), 0);
}

TEST_P(RedriveOnALog, SaysWhichCannotBePutBack) {
  Record large = valid("payment-received", "C1");
  large.value->back() = ' ';
  large.value->append(static_cast<std::size_t>(limit_of("payments")) - large.value->size() - 150, ' ');
  send({large});
  EXPECT_EQ(run().documents.dead_letters, 1);
  const auto [code, said] = complaint_of([&] { return cli::redrive(of_reason(choice(), "NOT_JSON"), wire()); });
  EXPECT_EQ(code, cli::Exit::failed);
  EXPECT_NE(said.find("at most " + std::to_string(limit_of("payments")) + " (its max.message.bytes)"), said.npos) << said;
}

TEST_P(RedriveOnALog, AsksWhichOnesAreMeant) {
  cli::RedriveArguments a;
  a.log = choice();
  EXPECT_EQ(complaint_of([&] { return cli::redrive(a, wire()); }).first, cli::Exit::usage);
}

}  // namespace
}  // namespace due::test::bad_input
