// Bad input through a whole log: sent by a producer, read by a worker, dead-lettered in a transaction.
#include <map>
#include <random>

#include "schemas/codec/json_writer.h"
#include "stream/cli/publish.h"
#include "stream/log/batch_bytes.h"
#include "tests/integration/bad_input/shop.h"
#include "topology/account/account_logic.h"

namespace due::test::bad_input {
namespace {

std::int64_t bytes_of(const Record& r) {
  std::vector<HeaderView> headers;
  for (const auto& [name, value] : r.headers) headers.push_back({name, value});
  return log::batch_bytes(r.key, r.value, headers);
}

// Letters and digits that no compression makes shorter.
std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, 'x');
  for (char& c : text) c = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"[random() % 64];
  return text;
}

// An invoice that takes exactly so many bytes of a batch.
Record invoice_of(const std::string& customer, std::int64_t bytes) {
  Record r = valid("invoice-issued", customer);
  const std::string whole = *r.value, member = R"(,"x":")", end = "}}";
  const auto with = [&](std::size_t size) { r.value = whole.substr(0, whole.size() - 2) + member + noise(size) + '"' + end; };
  std::size_t size = static_cast<std::size_t>(bytes) - whole.size() - 200;
  with(size);
  with(size + static_cast<std::size_t>(bytes - bytes_of(r)));
  EXPECT_EQ(bytes_of(r), bytes);
  return r;
}

// What can be sent, and does not wait: those of the year 9998 last, since they would hold up the merge.
std::vector<std::pair<Case, bool>> cases(std::int64_t bytes_max) {
  std::vector<std::pair<Case, bool>> first, last;
  each_case([&](const Case& c) {
    static const auto inputs = topology::account_subtopology().inputs;
    const bool read = std::find(inputs.begin(), inputs.end(), c.record.topic) != inputs.end();
    const bool shared = c.row->taken() && c.record.key != c.customer;  // its customer is that of other rows, too
    if (!read || c.waits || shared || bytes_of(c.record) > bytes_max) return;
    (c.row->verdict == "FUTURE_DATED" ? last : first).emplace_back(c, c.row->verdict != "duplicate" && !c.row->taken());
  });
  first.insert(first.end(), last.begin(), last.end());
  return first;
}

TEST_P(BadInputOnALog, LiesWholeInTheDeadLettersWithItsReason) {
  const auto all = cases(limit_of("invoices"));
  std::vector<Record> records;
  for (const auto& [c, refused] : all) {
    records.insert(records.end(), c.given.begin(), c.given.end());
    records.push_back(c.record);
  }
  const std::vector<std::string> places = send(records);
  const topology::Counts counts = run();
  const topology::Tally sum = counts.documents.plus(counts.master);
  EXPECT_EQ(sum.inputs, static_cast<std::int64_t>(records.size()));
  for (const topology::Tally& t : {counts.documents, counts.master, counts.internal})
    EXPECT_EQ(t.inputs, t.done + t.duplicates + t.conflicts + t.dead_letters + t.parked);

  std::map<std::string, Stored> letters;
  for (Stored& letter : this->letters()) {
    const std::string origin = letter.origin();
    EXPECT_TRUE(letters.emplace(origin, std::move(letter)).second) << origin << " has two dead letters";
  }
  EXPECT_EQ(static_cast<std::int64_t>(letters.size()), sum.conflicts + sum.dead_letters);
  std::size_t at = 0, refusals = 0;
  for (const auto& [c, refused] : all) {
    at += c.given.size();
    const auto found = letters.find(places[at++]);
    ASSERT_EQ(found != letters.end(), refused) << c.name();
    if (!refused) continue;
    ++refusals;
    const Stored& letter = found->second;
    EXPECT_EQ(letter.header("x-err.code"), c.row->verdict) << c.name();
    EXPECT_TRUE(letter.key == c.record.key && letter.value == c.record.value) << c.name();
    ASSERT_GE(letter.headers.size(), c.record.headers.size()) << c.name();
    EXPECT_TRUE(std::equal(c.record.headers.begin(), c.record.headers.end(), letter.headers.begin())) << c.name();
  }
  EXPECT_EQ(refusals, letters.size());
  EXPECT_GT(refusals, 2'000U);
}

TEST_P(BadInputOnALog, IsWholeAtTheLimitOfItsTopicToo) {
  const std::int64_t limit = limit_of("invoices");
  EXPECT_GE(limit_of("dead-letters"), limit + 65'536);
  const Record good = invoice_of("C1", limit);
  Record bad = invoice_of("C2", limit);
  bad.value->back() = ' ';  // the last brace
  send({good, bad});
  const topology::Counts counts = run();
  EXPECT_EQ(counts.documents.done, 1);
  EXPECT_EQ(counts.documents.dead_letters, 1);
  const auto letters = this->letters();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_TRUE(letters[0].value == bad.value);
  EXPECT_EQ(letters[0].header("x-err.code"), "NOT_JSON");
  EXPECT_EQ(letters[0].header("x-err.truncated"), "");
}

std::string line_of(const Record& r) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key("topic").value(r.topic).key("key").value(*r.key).key("value").value(*r.value).key("headers").begin_object();
  for (const auto& [name, value] : r.headers) json.key(name).value(value);
  json.end_object().end_object();
  return out + "\n";
}

TEST_P(BadInputOnALog, IsRefusedByPublishWhereTheTopicWouldNotTakeIt) {
  const std::int64_t limit = limit_of("invoices");
  const std::string first = line_of(invoice_of("C1", limit)), behind = line_of(valid("invoice-issued", "C3"));
  const auto publish = [&](const std::string& text) {
    cli::PublishArguments a;
    a.log = choice();
    a.files = {file("events.ndjson", text)};
    return complaint_of([&] { return cli::publish(a, wire()); });
  };
  EXPECT_EQ(publish(first).first, cli::Exit::ok);
  const auto [code, said] = publish(line_of(valid("invoice-issued", "C2")) + line_of(invoice_of("C2", limit + 1)) + behind);
  EXPECT_EQ(code, cli::Exit::failed);
  EXPECT_NE(said.find("record 2: it takes " + std::to_string(limit + 1) + " bytes"), said.npos) << said;
  EXPECT_NE(said.find(" at most " + std::to_string(limit) + " (its max.message.bytes)"), said.npos) << said;
  EXPECT_EQ(read("invoices").size(), 2U);  // the one at the limit, and the one before the refused one
}

TEST_P(BadInputOnALog, IsRefusedByTheLogToo) {
  const Record large = invoice_of("C1", limit_of("invoices") + 1);
  auto log = open_log();
  auto publisher = log->publisher();
  ASSERT_TRUE(publisher);
  std::vector<log::Header> headers;
  for (const auto& [name, value] : large.headers) headers.push_back({name, value});
  Status refused = (*publisher)->send({choice().prefix + "invoices", 0, *large.key, *large.value, headers, EventTime{1}});
  if (refused) refused = (*publisher)->flush();
  EXPECT_FALSE(refused);
}

}  // namespace
}  // namespace due::test::bad_input
