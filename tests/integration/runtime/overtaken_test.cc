// Of a worker that stood still for longer than its session: another one took its task over, went on and stopped, and it does not know.
#include <gtest/gtest.h>

#include "tests/integration/runtime/stage.h"

namespace due::test {
namespace {

class Overtaken : public testing::Test {
 protected:
  Overtaken() : stage(one_partition()) { stage.plant.publish(company(400)); }
  static PlantOptions one_partition() {
    PlantOptions o;
    o.partitions = 1;
    o.recovery_budget = 0us;  // so that it persists whenever it has done anything
    return o;
  }
  // What happens while it stands still.
  void overtake() {
    stage.slow.before_bounds = stage.slow.before_committed = nullptr;
    stage.time.pass(2s);
    stage.plant.publish({usage("C1", "meanwhile", 90, 1, "")});
    other = stage.plant.run("1");
    EXPECT_TRUE(other.sealed);
  }

  Stage stage;
  runtime::WorkerFigures other;  // of the one that took over
};

TEST_F(Overtaken, FoldsWhatTheOtherCommittedWhileItPersisted) {
  auto& first = stage.actor("0", false);
  ASSERT_TRUE(stage.play({&first}, [&] { return first.seen["persist.begin"] > 0; }));
  stage.slow.before_bounds = [this] { overtake(); };
  ASSERT_TRUE(stage.play({&first}, [&] { return !stage.slow.before_bounds; })) << "it did not persist again";
  ASSERT_TRUE(stage.play({&first}, [&] { return first.seen["rebalance.lost"] > 0; }));
  first.worker.reset();

  auto& again = stage.actor("0");
  ASSERT_TRUE(stage.play({&again}, [&] { return stage.over; })) << "its state names a place in the chronicle behind the other's records";
  const auto after = again.worker->finish();
  ASSERT_TRUE(after.has_value()) << after.error().what;
  EXPECT_EQ(after->digest.hex(), other.digest.hex());
}

TEST_F(Overtaken, RecoversAnewWhenThePositionNamesARecordBehindThoseItLookedFor) {
  auto& first = stage.actor("0");
  ASSERT_TRUE(stage.play({&first}, [&] { return stage.over; }));
  ASSERT_TRUE(first.worker->finish().has_value());
  first.worker.reset();
  stage.over = false;

  int questions = 0;
  auto& again = stage.actor("0");
  stage.slow.before_committed = [this, &questions] {
    if (++questions != 2) return;  // the first one is whether it was released, the second one follows the chronicle's end
    stage.slow.keeps_rebalances = true;  // it finds out by itself, before the group tells it
    overtake();
  };
  ASSERT_TRUE(stage.play({&again}, [&] { return again.seen["task.retry"] > 0; })) << "it recovered, or took it for a fault";
  EXPECT_EQ(questions, 2);
  stage.slow.keeps_rebalances = false;
  ASSERT_TRUE(stage.play({&again}, [&] { return stage.over; }));
  const auto after = again.worker->finish();
  ASSERT_TRUE(after.has_value()) << after.error().what;
  EXPECT_EQ(after->digest.hex(), other.digest.hex());
}

}  // namespace
}  // namespace due::test
