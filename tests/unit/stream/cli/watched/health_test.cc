#include <gtest/gtest.h>

#include "stream/cli/watched/engine_pages.h"
#include "stream/cli/watched/sink_pages.h"

namespace due::cli {
namespace {

using namespace std::chrono_literals;

runtime::WorkerStanding worker() {
  runtime::WorkerStanding w;
  w.instance = "app-0-0";
  w.at = 1h;
  w.member = true;
  w.tasks.push_back({"account-0", "live", "", EventTime{0}, 0, {{"p.invoices", 0, 7, true}, {"p.fx-rates", 0, 2, false}}});
  return w;
}

TEST(Ready, IsAWorkerInItsGroupWhoseTasksDecide) {
  const auto answer = ready({worker()});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"ready":true,"tasks":[{"task":"account-0","ready":true,"stage":"live"}]})" "\n");
}

TEST(Ready, SaysWhichTaskIsNotAndWhy) {
  auto w = worker();
  w.tasks.push_back({"account-1", "folding", "folds its tail", EventTime{0}, 0, {}});
  const auto answer = ready({w});
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, R"({"ready":false,"why":["task account-1 folds its tail"],"tasks":[)"
                         R"({"task":"account-0","ready":true,"stage":"live"},)"
                         R"({"task":"account-1","ready":false,"stage":"folding","why":"folds its tail"}]})" "\n");
}

TEST(Ready, IsNobodyOutsideHisGroup) {
  auto w = worker();
  w.member = false;
  EXPECT_EQ(ready({worker(), w}).status, 503);
  EXPECT_EQ(ready({runtime::WorkerStanding{}}).body, "{\"ready\":false,\"why\":[\"a worker starts\"],\"tasks\":[]}\n");
}

TEST(Live, IsAWorkerThatTurns) {
  EXPECT_EQ(live({worker()}, 1h + 120s).status, 200);
  const auto stuck = live({worker()}, 1h + 121s);
  EXPECT_EQ(stuck.status, 503);
  EXPECT_NE(stuck.body.find("worker app-0-0 has been in one turn for 121 s"), std::string::npos);
  EXPECT_EQ(live({runtime::WorkerStanding{}}, 10h).status, 200);  // it starts: that has its own end
}

TEST(Ready, IsASinkWhoseDatabaseIsThere) {
  postgres::SinkStanding s;
  EXPECT_EQ(ready(s).status, 503);
  s.attached = s.database_up = true;
  EXPECT_EQ(ready(s).status, 200);
  s.database_up = false;
  EXPECT_NE(ready(s).body.find("the database is away"), std::string::npos);
}

TEST(Places, AreThoseOfAllInputs) {
  const auto places = places_of({worker()});
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[1].partition, (log::TopicPartition{"p.fx-rates", 0}));
  EXPECT_EQ(places[1].task, "account-0");
  EXPECT_EQ(places[1].next, 2);
}

}  // namespace
}  // namespace due::cli
