// One list of reason codes: docs/reasons.md, the schema of dead letters, and the enum say the same.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <string>
#include <vector>

#include "schemas/codec/reason.h"

namespace due::test::bad_input {
namespace {

std::vector<std::string> codes() {
  std::vector<std::string> all;
  for (std::size_t reason = 0; reason < codec::reason_count; ++reason)
    all.emplace_back(codec::reason_code(static_cast<codec::Reason>(reason)));
  return all;
}

// Rows of the page's table of four columns, in order.
std::vector<std::vector<std::string>> documented() {
  std::vector<std::vector<std::string>> rows;
  std::ifstream page(DUE_SOURCE_DIR "/docs/reasons.md");
  for (std::string line; std::getline(page, line);) {
    std::vector<std::string> cells;
    for (std::size_t at = 1; at < line.size();) {
      const std::size_t end = std::min(line.find('|', at), line.size());
      std::string cell = line.substr(at, end - at);
      cell.erase(0, cell.find_first_not_of(' '));
      cell.erase(cell.find_last_not_of(' ') + 1);
      cells.push_back(cell);
      at = end + 1;
    }
    if (line.starts_with("| `") && cells.size() == 4) rows.push_back(cells);
  }
  return rows;
}

TEST(ReasonCodes, AreDocumentedInTheirOrder) {
  std::vector<std::string> found;
  for (const auto& row : documented()) {
    found.push_back(row[0].substr(1, row[0].size() - 2));
    for (const std::string& cell : row) EXPECT_GT(cell.size(), 6U) << row[0];
  }
  EXPECT_EQ(found, codes());
}

TEST(ReasonCodes, AreListedInTheSchemaOfDeadLetters) {
  simdjson::dom::parser parser;
  const simdjson::dom::element schema = parser.load(DUE_SOURCE_DIR "/schemas/json/dead-letter.schema.json");
  std::vector<std::string> found;
  for (const simdjson::dom::element code : simdjson::dom::array(schema.at_pointer("/properties/x-err.code/examples")))
    found.emplace_back(std::string_view(code));
  EXPECT_EQ(found, codes());
}

TEST(ReasonCodes, AreCapitalsAndUnderscores) {
  for (const std::string& code : codes()) EXPECT_EQ(code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), code.npos) << code;
}

}  // namespace
}  // namespace due::test::bad_input
