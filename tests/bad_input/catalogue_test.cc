// The catalogue, row by row: through the decoder, and where the topic is one that the account task reads, through intake and account.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>
#include <set>

#include "schemas/base/partitioner.h"
#include "schemas/codec/master_decoder.h"
#include "tests/bad_input/catalogue.h"
#include "tests/support/control_records.h"
#include "tests/support/topology_driver.h"
#include "tests/unit/schemas/codec/published.h"

namespace due::test::bad_input {
namespace {

constexpr std::int32_t partitions = 3;

// What became of a record, in the words of the table.
struct Verdict {
  std::string code, field, remedy;
};

std::vector<HeaderView> views(const Record& record) {
  std::vector<HeaderView> headers;
  for (const auto& [name, value] : record.headers) headers.push_back({name, value});
  return headers;
}

// ------------------------------------------------------------------------------------------------------- a record's whole way

class Way {
 public:
  Verdict of(const Case& c) {
    for (const Record& record : c.given) {
      pipe(record);
      EXPECT_TRUE(letters_of(driver_.outputs).empty()) << c.name() << ": a given record is refused: " << driver_.outputs.back().code;
    }
    const topology::Tally before = sum();
    std::vector<Emitted> outputs = pipe(c.record);
    if (c.waits) {
      EXPECT_EQ(sum().parked, before.parked + 1) << c.name();
      outputs = driver_.tick(driver_.now().time.plus_micros(topology::LogicOptions{}.parked_max_micros));
    }
    const topology::Tally after = sum();
    EXPECT_EQ(after.inputs, after.done + after.duplicates + after.conflicts + after.dead_letters + after.parked) << c.name();
    const auto letters = letters_of(outputs);
    if (letters.size() == 1) {
      expect_whole(c, letters.front());
      return {letters.front().code, header(letters.front(), "x-err.field"), header(letters.front(), "x-err.remedy")};
    }
    EXPECT_TRUE(letters.empty()) << c.name();
    if (after.duplicates > before.duplicates) return {"duplicate", "", ""};
    EXPECT_TRUE(after.done > before.done || after.parked > before.parked) << c.name();
    return {"taken", "", ""};
  }

 private:
  std::vector<Emitted> pipe(const Record& r) {
    const std::vector<HeaderView> headers = views(r);
    const std::int32_t right = r.key && r.topic != topology::Skipping::topic ? partition_of(*r.key, partitions) : 0;
    topology::InputRecord in;
    in.partition = r.astray ? (right + 1) % partitions : right;
    in.timestamp = {1'740'832'200'000'000};
    in.key = r.key;
    in.value = r.value;
    in.headers = headers;
    return driver_.pipe(r.topic, in);
  }
  topology::Tally sum() { return driver_.counts().documents.plus(driver_.counts().master); }
  static std::vector<Emitted> letters_of(const std::vector<Emitted>& outputs) {
    std::vector<Emitted> letters;
    for (const Emitted& e : outputs)
      if (e.output == topology::AccountLogic::dead_letters) letters.push_back(e);
    return letters;
  }
  static std::string header(const Emitted& letter, std::string_view name) {
    std::string found;
    for (const auto& [n, value] : letter.headers)
      if (n == name) found = value;
    return found;
  }
  // Key, value and headers as they came, then ours.
  static void expect_whole(const Case& c, const Emitted& letter) {
    EXPECT_TRUE(letter.has_key == c.record.key.has_value() && letter.key == c.record.key.value_or("")) << c.name();
    EXPECT_TRUE(letter.has_value == c.record.value.has_value() && letter.value == c.record.value.value_or("")) << c.name();
    ASSERT_GT(letter.headers.size(), c.record.headers.size()) << c.name();
    EXPECT_TRUE(std::equal(c.record.headers.begin(), c.record.headers.end(), letter.headers.begin())) << c.name();
    std::vector<std::string> ours;
    for (std::size_t i = c.record.headers.size(); i < letter.headers.size(); ++i) ours.push_back(letter.headers[i].first);
    const std::vector<std::string> expected = {"x-err.code",      "x-err.field",  "x-err.remedy",    "x-err.stage", "x-err.topic",
                                               "x-err.partition", "x-err.offset", "x-err.timestamp", "x-err.task"};
    EXPECT_EQ(ours, expected) << c.name();
    EXPECT_EQ(header(letter, "x-err.topic"), c.record.topic) << c.name();
    EXPECT_EQ(header(letter, "x-err.timestamp"), "1740832200000") << c.name();
  }

  TopologyDriver driver_{{}, 64U << 20, partitions};
};

// A topic that no task reads yet: what its decoder says.
Verdict decoded(const Case& c) {
  for (const auto& schema : codec::published::master) {
    if (schema.file != c.event) continue;
    codec::MasterDecoder decoder(schema.topic);
    const auto result = decoder.decode(c.record.value, views(c.record));
    if (const auto* refusal = std::get_if<codec::Refusal>(&result))
      return {std::string(codec::reason_code(refusal->reason)), refusal->field, refusal->remedy};
  }
  return {"taken", "", ""};
}

bool read_by_a_task(const std::string& topic) { return std::find(topics().begin(), topics().end(), topic) != topics().end(); }

Verdict verdict_of(const Case& c) { return read_by_a_task(c.record.topic) ? Way().of(c) : decoded(c); }

// One line of valid UTF-8 that may stand in a header, a log line, a table.
bool printable(std::string_view text) {
  return simdjson::validate_utf8(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// `<<n*64>>` of the table, as catalogue.cc expands it.
std::string field_of(const Row& row) {
  const std::size_t at = row.field.find("<<n*64>>");
  return at == row.field.npos ? row.field : row.field.substr(0, at) + std::string(64, 'n') + row.field.substr(at + 8);
}

TEST(BadInput, HasTheVerdictOfItsRow) {
  std::map<std::string, int> kinds;
  each_case([&](const Case& c) {
    const Verdict v = verdict_of(c);
    ++kinds[c.row->kind];
    EXPECT_EQ(v.code, c.row->verdict) << c.name() << "\n  " << v.field << ": " << v.remedy;
    if (v.code != c.row->verdict || c.row->taken() || v.code == "duplicate") return;
    EXPECT_EQ(v.field, field_of(*c.row)) << c.name() << "\n  " << v.remedy;
    EXPECT_NE(v.remedy.find(c.row->remedy), v.remedy.npos) << c.name() << "\n  " << v.remedy << "\n  does not say: " << c.row->remedy;
    EXPECT_TRUE(printable(v.field) && printable(v.remedy) && !v.remedy.empty()) << c.name();
    EXPECT_LT(v.remedy.size(), 600U) << c.name();
  });
  EXPECT_EQ(kinds.size(), catalogue().size()) << "a kind stands in the table twice";
  EXPECT_GE(kinds.size(), 500U);
}

TEST(BadInput, ComesFromValidEventsByTheOneChangeAlone) {
  const auto all = {documents(), master_data()};
  for (const auto& events : all)
    for (const std::string& event : events)
      for (const Mode mode : {Mode::structured, Mode::binary}) {
        Row row{0, "a valid event", "", "", "taken", "", "", {}};
        const Case c{&row, event, "C1", {}, valid(event, "C1", mode), false};
        EXPECT_EQ(verdict_of(c).code, "taken") << c.name();
      }
}

TEST(BadInput, CoversEveryReasonThatARecordCanHave) {
  // These depend on a topic's limit and on what people order: see below.
  std::set<std::string> covered = {"OVERSIZED_OUTPUT", "SKIPPED_BY_CONTROL"};
  for (const Row& row : catalogue()) covered.insert(row.verdict);
  for (std::size_t reason = 0; reason < codec::reason_count; ++reason) {
    const std::string code(codec::reason_code(static_cast<codec::Reason>(reason)));
    EXPECT_TRUE(covered.contains(code)) << code;
  }
}

TEST(BadInput, IsWhatCausesAnOutputThatDoesNotFitItsTopic) {
  const Record r = valid("invoice-issued", "C1");
  topology::InputRecord in;
  in.key = r.key;
  in.value = r.value;
  TopologyDriver driver;
  driver.value_bytes_max = r.value->size();  // a decision is longer
  const auto letters = driver.pipe(r.topic, in);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].code, "OVERSIZED_OUTPUT");
  EXPECT_EQ(letters[0].value, *r.value);
  EXPECT_EQ(driver.counts().documents.dead_letters, 1);
  EXPECT_EQ(driver.counts().documents.done, 0);
}

TEST(BadInput, IsPassedOverUnreadWhereAControlSaysSo) {
  std::set<std::string> passed;
  each_case([&passed](const Case& c) {
    if (!read_by_a_task(c.record.topic) || c.record.topic == topology::Skipping::topic) return;
    if (!passed.insert(c.row->kind).second) return;  // one event of each kind
    TopologyDriver driver({}, 64U << 20, partitions);
    driver.pipe(skip("CTL-1", c.record.topic, 0, driver.next_offset() + 1));
    std::vector<HeaderView> headers = views(c.record);
    topology::InputRecord in;
    in.key = c.record.key;
    in.value = c.record.value;
    in.headers = headers;
    const auto letters = driver.pipe(c.record.topic, in);
    ASSERT_EQ(letters.size(), 1U) << c.name();
    EXPECT_EQ(letters[0].code, "SKIPPED_BY_CONTROL") << c.name();
    EXPECT_TRUE(letters[0].value == c.record.value.value_or("") && letters[0].key == c.record.key.value_or("")) << c.name();
    const topology::Tally sum = driver.counts().documents.plus(driver.counts().master);
    EXPECT_EQ(sum.inputs, 2) << c.name();
    EXPECT_EQ(sum.done, 1) << c.name();
    EXPECT_EQ(sum.dead_letters, 1) << c.name();
  });
  EXPECT_GT(passed.size(), 400U);
}

TEST(BadInput, IsNamedWithoutItsValueWhereThatDoesNotFitTheDeadLetters) {
  TopologyDriver driver;
  driver.value_bytes_max = 100;
  topology::InputRecord in;
  const std::string value(101, '{');
  in.value = value;
  const auto letters = driver.pipe("payments", in);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_FALSE(letters[0].has_value);
  EXPECT_EQ(letters[0].code, "NOT_JSON");
  EXPECT_EQ(letters[0].headers.back().first, "x-err.truncated");
}

}  // namespace
}  // namespace due::test::bad_input
