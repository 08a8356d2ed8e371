// What becomes of a task whose first commit is doubtful, where the group's positions do not say what they usually say.
#include <gtest/gtest.h>

#include <set>

#include "tests/integration/runtime/forwarding_log.h"
#include "tests/integration/runtime/plant.h"

namespace due::test {
namespace {

constexpr int events = 400;

// Answers for positions as if they were others.
class OtherPositions : public ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  std::function<void(std::int32_t partition, std::optional<log::CommittedPosition>&)> change = [](auto, auto&) {};
  Result<std::vector<std::optional<log::CommittedPosition>>> committed(const std::string& group,
                                                                       std::span<const log::TopicPartition> partitions,
                                                                       log::Duration deadline) override {
    auto positions = ForwardingLog::committed(group, partitions, deadline);
    for (std::size_t i = 0; positions && i < partitions.size(); ++i) change(partitions[i].partition, (*positions)[i]);
    return positions;
  }
};

// A plant whose next commit is abandoned before it is decided, when `abandon` is set.
class Doubt : public testing::Test {
 protected:
  Doubt() : plant(options()), log(plant.log()) {
    plant.publish(company(events));
    plant.run();
    decided = plant.outputs("decisions");
    plant.publish({usage("C1", "one-more", events / 20 + 50, 1, "")});
  }
  PlantOptions options() {
    PlantOptions o;
    o.fault = [this](log::embedded::Step step) {
      if (!abandon || step != log::embedded::Step::decide) return log::embedded::Fault::none;
      abandon = false;
      return log::embedded::Fault::abandon;
    };
    return o;
  }
  void expect_one_more() {
    runtime::Worker worker(log, plant.worker_options("0"), Plant::quiet());
    const auto figures = worker.run();
    ASSERT_TRUE(figures.has_value()) << figures.error().what;
    EXPECT_FALSE(abandon) << "nothing was doubtful";
    std::size_t before = 0, after = 0;
    for (const auto& p : decided) before += p.size();
    for (const auto& p : plant.outputs("decisions")) after += p.size();
    EXPECT_EQ(after, before + 1);
  }

  bool abandon = false;
  Plant plant;
  OtherPositions log;
  std::vector<std::vector<Output>> decided;
};

TEST_F(Doubt, SendsABatchAgainThatFollowsPositionsWhichHadExpired) {
  std::set<std::string> expired;
  for (std::int32_t p = 0; p < 3; ++p) {
    const log::TopicPartition spine[] = {{"invoices", p}};
    expired.insert((*plant.log().committed("test", spine, log::Duration(0)))[0]->metadata);
  }
  log.change = [expired](auto, auto& p) {
    if (p && expired.contains(p->metadata)) p.reset();
  };
  abandon = true;
  expect_one_more();
}

TEST_F(Doubt, RecoversATaskOfWhichThePositionNamesAnotherBatchWhileTheGroupSaysThatItIsOurs) {
  bool once = true;
  log.change = [this, &once](std::int32_t partition, auto& p) {
    if (abandon || !once || partition != 0) return;  // the first question about the abandoned commit: of the task that was live first
    once = false;
    p->metadata = "v1 99 00000000000000000000000000000000";
  };
  abandon = true;
  expect_one_more();
}

}  // namespace
}  // namespace due::test
