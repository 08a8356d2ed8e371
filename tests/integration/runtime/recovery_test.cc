// What a worker does while a task is recovered, in virtual time: a fold that takes many sessions, rebalances in its middle, clocks.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/integration/runtime/stage.h"

namespace due::test {
namespace {




constexpr int events = 1'000;

std::set<std::string> ids_of(Plant& plant) {
  std::set<std::string> ids;
  for (const auto& partition : plant.outputs("decisions"))
    for (const Output& o : partition) ids.insert(o.value.substr(0, o.value.find("\"source\"")));
  return ids;
}

// A customer of the partition that is recovered last.
std::string customer_of_the_last_partition() {
  for (int n = 0;; ++n)
    if (std::string id = "C" + std::to_string(n); partition_of(id, 3) == 2) return id;
}

TEST(Recovery, EndsAlsoWhereAFoldTakesManySessions) {
  Stage stage;
  stage.plant.publish(company(events));
  auto& first = stage.actor("0");
  ASSERT_TRUE(stage.play({&first}, [&] { return stage.over; }));
  ASSERT_TRUE(first.worker->finish().has_value());
  first.worker.reset();

  stage.plant.forget_state();
  const CompanyRecord more = usage(customer_of_the_last_partition(), "after-the-fold", 51, 1, "");
  stage.plant.publish({more});
  stage.slow.time_per_record = 1ms;  // 3.4 s of reading, and a session is 1 s
  stage.over = false;
  const auto began = stage.time.monotonic();
  auto& second = stage.actor("1");
  ASSERT_TRUE(stage.play({&second}, [&] { return stage.over; })) << "it began again and again";
  EXPECT_GT(stage.time.monotonic() - began, 3s);
  EXPECT_EQ(second.seen["task.recovered"], 3);
  EXPECT_EQ(second.seen["rebalance.lost"], 0);
  const auto after = second.worker->finish();
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->counts.documents.inputs, 1);
  Plant undisturbed(Stage::options(stage.time));
  undisturbed.publish(company(events));
  undisturbed.run();
  undisturbed.publish({more});
  EXPECT_EQ(after->digest.hex(), undisturbed.run().digest.hex());
}

TEST(Recovery, DoesNotKeepOtherTasksFromDeciding) {
  Stage stage;
  const auto all = company(events);
  stage.plant.publish(all);
  auto& first = stage.actor("0", false);
  ASSERT_TRUE(stage.play({&first}, [&] { return first.worker->records_done() >= static_cast<std::int64_t>(all.size()); }));
  auto& second = stage.actor("1", false);
  ASSERT_TRUE(stage.play({&first, &second}, [&] { return second.seen["task.recovered"] == 1; }));
  // The second one dies, and what it had comes back to the first one, whose state of it is gone.
  second.worker.reset();
  stage.plant.forget_state();
  const int recovered = first.seen["task.recovered"], assigned = first.seen["rebalance.assigned"];
  stage.slow.time_per_record = 1ms;
  ASSERT_TRUE(stage.play({&first}, [&] { return first.seen["rebalance.assigned"] > assigned; }));
  const std::size_t decided = records_in(stage.plant, "decisions");
  for (int n = 0; n < 17; ++n) stage.plant.publish({usage("C" + std::to_string(n), "while-recovering-" + std::to_string(n), 51, 1, "")});
  ASSERT_TRUE(stage.play({&first}, [&] { return records_in(stage.plant, "decisions") > decided; }));
  EXPECT_EQ(first.seen["task.recovered"], recovered) << "it decided only once everything was recovered";
  ASSERT_TRUE(stage.play({&first}, [&] { return first.seen["task.recovered"] > recovered; }));
  ASSERT_TRUE(stage.play({&first}, [&] { return records_in(stage.plant, "decisions") == decided + 17; }));
}

TEST(Recovery, IsGivenUpWhenItsPartitionIsRevoked) {
  Stage stage;
  stage.plant.publish(company(events));
  auto& first = stage.actor("0");
  ASSERT_TRUE(stage.play({&first}, [&] { return stage.over; }));
  const auto expected = first.worker->finish();
  ASSERT_TRUE(expected.has_value());
  const std::size_t decided = records_in(stage.plant, "decisions");
  first.worker.reset();

  stage.plant.forget_state();
  stage.slow.time_per_record = 1ms;
  stage.over = false;
  auto& second = stage.actor("0");
  ASSERT_TRUE(stage.play({&second}, [&] { return second.seen["rebalance.assigned"] == 3; }));
  auto& third = stage.actor("1");
  ASSERT_TRUE(stage.play({&second, &third}, [&] { return second.seen["rebalance.revoked"] > 0; }));
  EXPECT_NE(second.fields.back().find("recovering=1"), std::string::npos) << second.fields.back();
  ASSERT_TRUE(stage.play({&second, &third}, [&] { return second.seen["task.recovered"] + third.seen["task.recovered"] >= 3; }));
  int more = 100;
  ASSERT_TRUE(stage.play({&second, &third}, [&] { return --more == 0; }));
  const auto a = second.worker->finish(), b = third.worker->finish();
  ASSERT_TRUE(a.has_value() && b.has_value());
  EXPECT_EQ(a->digest.plus(b->digest).hex(), expected->digest.hex());
  EXPECT_EQ(records_in(stage.plant, "decisions"), decided);
}

TEST(Revoke, DropsWhatWasComputedAndNamesTheLastSealedBatch) {
  Stage stage;
  auto& first = stage.actor("0", false, 1s);
  ASSERT_TRUE(stage.play({&first}, [&] { return first.seen["commit.end"] == 2; }));  // the geneses
  const auto all = company(events);
  stage.plant.publish(all);
  ASSERT_TRUE(stage.play({&first}, [&] { return first.worker->records_done() == static_cast<std::int64_t>(all.size()); }));
  auto& second = stage.actor("1", false);
  ASSERT_TRUE(stage.play({&first, &second}, [&] { return first.seen["rebalance.revoked"] > 0; }));
  const std::string revoked = first.fields.back();
  EXPECT_EQ(revoked.find("computed=0 "), std::string::npos) << revoked << ": nothing was open, so nothing is shown here";
  EXPECT_EQ(records_in(stage.plant, "decisions"), 0U);
  const std::int32_t partition = std::stoi(revoked.substr(revoked.find("partition=") + 10));
  const log::TopicPartition spine[] = {{"invoices", partition}};
  const auto position = stage.plant.log().committed("test", spine, log::Duration(100));
  ASSERT_TRUE(position.has_value() && (*position)[0]);
  const auto name = runtime::BatchName::parse((*position)[0]->metadata);
  ASSERT_TRUE(name.has_value());
  EXPECT_TRUE(name->released);
  EXPECT_EQ(name->seq, 0);  // the genesis
  EXPECT_EQ((*position)[0]->next.value, 0);

  Plant undisturbed({});
  undisturbed.publish(all);
  const auto expected = static_cast<std::size_t>(undisturbed.run().counts.documents.done);
  ASSERT_TRUE(stage.play({&first, &second}, [&] { return records_in(stage.plant, "decisions") >= expected; }));
  EXPECT_EQ(records_in(stage.plant, "decisions"), expected);
  EXPECT_EQ(ids_of(stage.plant).size(), expected);
}

// ---------------------------------------------------------------------------------------------------------------------- clocks

// A machine whose clock differs from the log's by so much.
class Clock : public testing::Test {
 protected:
  Clock() : plant({}), log(plant.log()), skewed(plant.log().time(), 0s) { log.own_time = &skewed; }
  Result<runtime::WorkerFigures> run(std::chrono::microseconds ahead) {
    skewed.set_ahead(ahead);
    Worker worker(log, plant.worker_options("0"), Plant::quiet());
    return worker.run();
  }
  static void expect_refused(const Result<runtime::WorkerFigures>& figures) {
    ASSERT_FALSE(figures.has_value());
    EXPECT_EQ(figures.error().remedy, Remedy::stop);
    EXPECT_NE(figures.error().what.find("set the clock"), std::string::npos) << figures.error().what;
  }
  std::size_t steps_recorded() {
    std::size_t runs = 0;
    for (const auto& partition : plant.outputs("chronicle"))
      for (const Output& o : partition) runs += runtime::decode_chronicle(o.value)->runs.size();
    return runs;
  }
  Plant plant;
  ForwardingLog log;
  SkewedTime skewed;
};

TEST_F(Clock, FarAheadOfTheLogsIsRefusedBeforeAnythingIsComputed) {
  plant.publish(company(100));
  expect_refused(run(302s));
  EXPECT_EQ(steps_recorded(), 0U);
  EXPECT_EQ(records_in(plant, "decisions") + records_in(plant, "dead-letters"), 0U);
  EXPECT_TRUE(run(298s).has_value());  // what was left behind hinders nobody
  EXPECT_GT(records_in(plant, "decisions"), 0U);
}

TEST_F(Clock, FarAheadOfTheLogsIsRefusedAfterARestart) {
  plant.publish(company(100));
  ASSERT_TRUE(run(0s).has_value());
  plant.publish({usage("C1", "one-more", 6, 1, "")});
  const std::size_t decided = records_in(plant, "decisions"), steps = steps_recorded();
  expect_refused(run(302s));
  EXPECT_EQ(steps_recorded(), steps);
  EXPECT_EQ(records_in(plant, "decisions"), decided);
}

TEST_F(Clock, ThatJumpsIsRefusedBeforeTheNextTick) {
  runtime::WorkerOptions o = plant.worker_options("0");
  o.until_caught_up = false;
  Worker worker(log, o, Plant::quiet());
  ASSERT_TRUE(worker.start().has_value());
  const auto turns = [&]() -> Status {
    for (int n = 0; n < 60; ++n)
      if (auto turned = worker.turn(); !turned) return turned.error();
    return Done{};
  };
  plant.publish(company(100));
  ASSERT_TRUE(turns().has_value());
  const std::size_t steps = steps_recorded();
  ASSERT_GT(steps, 0U);
  skewed.set_ahead(400s);
  plant.publish({usage("C1", "one-more", 6, 1, "")});
  const Status jumped = turns();
  ASSERT_FALSE(jumped.has_value());
  EXPECT_NE(jumped.error().what.find("set the clock"), std::string::npos) << jumped.error().what;
  EXPECT_EQ(steps_recorded(), steps);
}

}  // namespace
}  // namespace due::test
