#include "stream/runtime/telling/report.h"

#include <gtest/gtest.h>

#include "schemas/codec/decision_reader.h"

namespace due::runtime {
namespace {

struct Heard {
  std::vector<std::string> text, json;
  Report report(Level from) {
    return {from, [this](Level level, std::string_view event, std::span<const Field> fields) {
              text.push_back(as_text(event, fields));
              json.push_back(as_json("2025-01-01T00:00:00Z", level, event, fields));
            }};
  }
};

TEST(Report, WritesTypedFields) {
  Heard heard;
  heard.report(Level::debug)(Level::warning, "commit.doubtful",
                             {{"txn", 7}, {"ours", true}, {"bytes", std::size_t{12}}, {"outcome", "clean"}});
  EXPECT_EQ(heard.text[0], "commit.doubtful txn=7 ours=1 bytes=12 outcome=clean");
  EXPECT_EQ(heard.json[0],
            R"({"ts":"2025-01-01T00:00:00Z","level":"warning","event":"commit.doubtful","txn":7,"ours":1,"bytes":12,"outcome":"clean"})");
}

TEST(Report, StaysOnOneLineWhateverATextHolds) {
  Heard heard;
  heard.report(Level::debug)(Level::error, "x", {{"why", std::string("a \"b\"\nc=d")}, {"none", ""}, {"path", "/a/b"}});
  EXPECT_EQ(heard.text[0], R"(x why="a \"b\" c=d" none="" path=/a/b)");
  EXPECT_EQ(heard.json[0].find('\n'), std::string::npos);
  EXPECT_TRUE(codec::is_json(heard.json[0])) << heard.json[0];
}

TEST(Report, FormsNothingBelowTheWantedLevel) {
  Heard heard;
  const Report report = heard.report(Level::warning);
  report(Level::info, "x", {});
  EXPECT_TRUE(heard.text.empty());
  EXPECT_FALSE(report.wants(Level::info));
  EXPECT_TRUE(report.wants(Level::warning));
}

}  // namespace
}  // namespace due::runtime
