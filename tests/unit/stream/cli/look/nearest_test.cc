#include "stream/cli/text/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace due::cli {
namespace {

const std::vector<std::string> keys{"log.uri", "log.prefix", "run.workers", "run.state", "run.commit_interval", "rules.unpaid_max"};

TEST(Nearest, FindsWhatASlipOfTheKeysMeant) {
  struct Row {
    const char *wrong, *meant;
  };
  const Row rows[] = {
      {"run.workres", "run.workers"},                  // two neighbours swapped
      {"run.worker", "run.workers"},                   // one missing
      {"run.commit-interval", "run.commit_interval"},  // - for _
      {"Run.Workers", "run.workers"},                  // case
      {"workers", "run.workers"},                      // without its section
      {"log.workers", "run.workers"},                  // in a wrong section
      {"rnu.state", "run.state"},                      // a slip in the section
      {"log.url", "log.uri"},
  };
  for (const Row& row : rows) EXPECT_EQ(nearest(row.wrong, keys), row.meant) << row.wrong;
}

TEST(Nearest, DoesNotGuess) {
  for (const char* wrong : {"a", "database.password", "x.y"}) EXPECT_EQ(nearest(wrong, keys), "") << wrong;
  EXPECT_EQ(nearest_hint("database.password", keys), "");
  EXPECT_EQ(nearest_hint("log.uri", {}), "");
}

}  // namespace
}  // namespace due::cli
