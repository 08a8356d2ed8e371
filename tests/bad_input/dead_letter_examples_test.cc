// What the schema of dead letters shows is what a dead letter of today holds, word for word.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>

#include "tests/support/control_records.h"
#include "tests/support/topology_driver.h"

namespace due::test::bad_input {
namespace {

using Headers = std::map<std::string, std::string>;

// The headers of each example, without the mark that whatever runs the logic adds to every output.
std::vector<Headers> examples() {
  std::vector<Headers> all;
  simdjson::dom::parser parser;
  const simdjson::dom::element schema = parser.load(DUE_SOURCE_DIR "/schemas/json/dead-letter.schema.json");
  for (const simdjson::dom::object example : simdjson::dom::array(schema["examples"])) {
    Headers& headers = all.emplace_back();
    for (const auto& [name, value] : example) headers.emplace(name, std::string_view(value));
    EXPECT_EQ(headers.erase("duestream"), 1U);
  }
  return all;
}

class Letters {
 public:
  // The dead letter of what comes as the record at that offset, or before it as another one.
  Headers of(const CompanyRecord& r, std::int64_t offset) {
    static constexpr HeaderView sent[] = {{"content-type", "application/cloudevents+json"}};
    topology::InputRecord in{0, 0, 0, *parse_time("2025-03-01T12:30:00.123Z"), r.key, r.value, sent};
    while (driver_.next_offset() < offset) driver_.pipe(r.topic, in);
    const auto emitted = driver_.pipe(r.topic, in);
    if (emitted.size() != 1) return {};
    return {emitted[0].headers.begin(), emitted[0].headers.end()};
  }
  void publish(const CompanyRecord& r) { driver_.pipe(r); }

 private:
  TopologyDriver driver_;
};

TEST(DeadLetterExamples, AreWhatIsLaidDown) {
  CompanyRecord bad = invoice("C1", "INV-1", 59, 123456);
  bad.value.replace(bad.value.find("123456"), 6, "\"123456\"");
  Letters letters;
  const auto shown = examples();
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(letters.of(bad, 123), shown[0]);
  letters.publish(skip("skip-invoices-0-125", "invoices", 0, 125));
  EXPECT_EQ(letters.of(invoice("C1", "INV-2", 59, 100), 125), shown[1]);
}

}  // namespace
}  // namespace due::test::bad_input
