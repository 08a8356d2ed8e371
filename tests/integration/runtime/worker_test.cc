// The runtime on the embedded log: exactly once, and the same bytes again, whatever happens in between.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/integration/runtime/forwarding_log.h"
#include "tests/integration/runtime/plant.h"

namespace due::test {
namespace {

constexpr int events = 3'000;

// One undisturbed run: what every other one is compared with.
struct Expected {
  std::vector<std::vector<Output>> decisions, dead_letters;
  Hash128 digest;
  topology::Counts counts;
};

const Expected& expected() {
  static const Expected e = [] {
    Plant plant({});
    plant.publish(company(events));
    Expected x;
    const auto figures = plant.run();
    x.digest = figures.digest;
    x.counts = figures.counts;
    x.decisions = plant.outputs("decisions");
    x.dead_letters = plant.outputs("dead-letters");
    return x;
  }();
  return e;
}

// Names the first difference alone: the outputs are thousands.
void expect_equal(const std::string& topic, const std::vector<std::vector<Output>>& got, const std::vector<std::vector<Output>>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t p = 0; p < got.size(); ++p) {
    for (std::size_t i = 0; i < std::min(got[p].size(), want[p].size()); ++i)
      ASSERT_TRUE(got[p][i] == want[p][i]) << topic << "/" << p << " record " << i << ": " << got[p][i].key << " seq " << got[p][i].seq
                                           << " " << got[p][i].value << "\n  expected " << want[p][i].key << " seq " << want[p][i].seq
                                           << " " << want[p][i].value;
    ASSERT_EQ(got[p].size(), want[p].size()) << topic << "/" << p;
  }
}

void expect_same(Plant& plant) {
  expect_equal("decisions", plant.outputs("decisions"), expected().decisions);
  expect_equal("dead-letters", plant.outputs("dead-letters"), expected().dead_letters);
}

std::size_t size_of(const std::vector<std::vector<Output>>& outputs) {
  std::size_t n = 0;
  for (const auto& p : outputs) n += p.size();
  return n;
}

TEST(Worker, GivesEveryRecordExactlyOneOutcome) {
  const topology::Tally& c = expected().counts.documents;
  EXPECT_EQ(c.inputs, static_cast<std::int64_t>(company(events).size()));
  for (const topology::Tally& t : {c, expected().counts.master, expected().counts.internal})
    EXPECT_EQ(t.inputs, t.done + t.duplicates + t.conflicts + t.dead_letters + t.parked);
  EXPECT_EQ(static_cast<std::size_t>(c.done), size_of(expected().decisions));
  EXPECT_EQ(static_cast<std::size_t>(c.dead_letters + c.conflicts), size_of(expected().dead_letters));
  EXPECT_GT(c.duplicates, 200);
  EXPECT_GT(c.conflicts, 50);
  EXPECT_GT(c.dead_letters, 50);
  EXPECT_GT(c.parked, 0);  // cancellations whose invoice never comes, not given up yet
}

TEST(Worker, NumbersItsOutputsWithoutGapPerPartition) {
  for (const auto* outputs : {&expected().decisions, &expected().dead_letters})
    for (const auto& partition : *outputs)
      for (std::size_t i = 0; i < partition.size(); ++i) ASSERT_EQ(partition[i].seq, std::to_string(i + 1));
}

// Without the id, which names the record's offset.
std::vector<std::string> values_of(const std::vector<Output>& outputs) {
  std::vector<std::string> values;
  for (const Output& o : outputs) values.push_back(o.value.substr(o.value.find("\"source\"")));
  return values;
}

TEST(Worker, RefusesARecordOfTheFarFutureWithoutMovingTime) {
  std::vector<CompanyRecord> all;
  for (const char* customer : {"C0", "C1", "C2", "C3"}) {
    all.push_back(usage(customer, std::string("far-") + customer, 0, 1, ""));
    const std::size_t year = all.back().value.find("2025");
    all.back().value.replace(year, 4, "9998");
  }
  const auto sane = company(events);
  all.insert(all.begin() + 2, sane.begin(), sane.end());
  Plant plant({});
  plant.publish(all);
  const auto figures = plant.run();
  EXPECT_EQ(figures.counts.documents.dead_letters, expected().counts.documents.dead_letters + 4);
  EXPECT_EQ(figures.counts.documents.parked, expected().counts.documents.parked) << "a timer fired that was not due";
  const auto decisions = plant.outputs("decisions");
  for (std::size_t p = 0; p < decisions.size(); ++p)
    ASSERT_EQ(values_of(decisions[p]), values_of(expected().decisions[p])) << "of partition " << p;
}

struct Size {
  std::size_t batch_records, cache_bytes;
};
class WorkerSizes : public testing::TestWithParam<Size> {};

TEST_P(WorkerSizes, DoNotShowInOutputsOrDigest) {
  PlantOptions o;
  o.batch_records = GetParam().batch_records;
  o.cache_bytes = GetParam().cache_bytes;
  o.recovery_budget = std::chrono::microseconds(20'000);  // persists often, so that small caches do evict
  Plant plant(o);
  plant.publish(company(events));
  const auto figures = plant.run();
  EXPECT_EQ(figures.digest.hex(), expected().digest.hex());
  expect_same(plant);
}
INSTANTIATE_TEST_SUITE_P(BatchAndCache, WorkerSizes,
                         testing::Values(Size{1, 1U << 20}, Size{1'000, 1U << 20}, Size{1, 1U << 30}, Size{1'000, 1U << 30},
                                         Size{50, 64U << 10}),
                         [](const auto& size) {
                           return "Batch" + std::to_string(size.param.batch_records) + "Cache" +
                                  std::to_string(size.param.cache_bytes >> 10) + "KiB";
                         });

TEST(Worker, DoesNotShowHowMuchMemoryItHas) {
  PlantOptions o;
  o.fetched_and_sent_bytes = 32U << 10;
  Plant plant(o);
  plant.publish(company(events));
  ForwardingLog log(plant.log());
  runtime::Worker worker(log, plant.worker_options("0"), Plant::quiet());
  const auto figures = worker.run();
  ASSERT_TRUE(figures.has_value());
  EXPECT_EQ(figures->digest.hex(), expected().digest.hex());
  EXPECT_GT(log.pauses, 0) << "what was fetched did not fit";
  std::int64_t most = 0;  // outputs of one batch; a slice of its inputs alone is 97
  for (const auto& partition : plant.outputs("chronicle"))
    for (const Output& record : partition) {
      const auto batch = runtime::decode_chronicle(record.value);
      std::int64_t outputs = 0;
      for (const auto& range : batch->outputs) outputs += range.count;
      most = std::max(most, outputs);
    }
  EXPECT_GT(most, 0);
  EXPECT_LT(most, 20) << "nor what was decided";
  expect_same(plant);
}

// Writes at once, so that the speed of the disk does not show.
class AtOnce final : public runtime::Lane {
 public:
  void start(std::function<void()> work) override { work(); }
  void wait() override {}
};

// What is not durable of one must not grow older and older while others take their turns.
TEST(Worker, MakesOneTaskDurableAtATimeAndEachInItsTurn) {
  PlantOptions o;
  o.recovery_budget = std::chrono::microseconds(0);  // whatever was committed is too long a tail
  o.batch_records = 50;
  Plant plant(o);
  plant.publish(company(events));
  std::map<std::string, int> turns;  // of each task; "all": of several at once, which is for the end
  int all_turns = 0;
  using Fields = std::span<const runtime::Field>;
  const runtime::Report listening(runtime::Level::debug, [&](runtime::Level, std::string_view event, Fields fields) {
    if (event != "persist.begin") return;
    ++all_turns;
    for (const runtime::Field& f : fields)
      if (f.name == "task") ++turns[std::string(f.text)];
  });
  runtime::WorkerOptions options = plant.worker_options("0");
  options.make_lane = [] { return std::make_unique<AtOnce>(); };
  runtime::Worker worker(plant.log(), options, listening);
  ASSERT_TRUE(worker.run().has_value());
  EXPECT_GE(all_turns, 24) << "it must have had something to choose";
  EXPECT_LE(turns["all"], 1);
  for (int p = 0; p < 3; ++p) EXPECT_GE(turns["account-" + std::to_string(p)], all_turns / 8) << p;
}

TEST(Worker, IsUnchangedByCrashes) {
  PlantOptions o;
  o.recovery_budget = std::chrono::microseconds(20'000);
  Plant plant(o);
  plant.publish(company(events));
  int crashes = 0;  // a fast machine may have caught up before the third persist
  for (int n = 1; n <= 4; ++n)
    for (const char* event : {"commit.begin", "commit.end", "persist.begin", "task.recovered"})
      crashes += plant.run_and_crash_at(event, n % 3 + 1) ? 1 : 0;
  EXPECT_GE(crashes, 8);
  const auto figures = plant.run();
  EXPECT_EQ(figures.digest.hex(), expected().digest.hex());
  expect_same(plant);
}

TEST(Worker, FoldsAnEmptyStateToTheSameDigestWithoutSendingAnything) {
  Plant plant({});
  plant.publish(company(events));
  plant.run();
  plant.forget_state();
  const auto figures = plant.run();
  EXPECT_EQ(figures.counts.documents.inputs, 0);
  EXPECT_GE(figures.steps_folded, expected().counts.documents.inputs);
  EXPECT_EQ(figures.digest.hex(), expected().digest.hex());
  expect_same(plant);
}

TEST(Worker, RefusesAChronicleThatAnotherLogicWrote) {
  Plant plant({});
  plant.publish(company(200));
  plant.run();
  plant.forget_state();
  plant.logic_version = "fedcba9876543210";
  runtime::Worker worker(plant.log(), plant.worker_options("0"), Plant::quiet());
  const auto figures = worker.run();
  ASSERT_FALSE(figures.has_value());
  EXPECT_EQ(figures.error().remedy, Remedy::stop);
  EXPECT_NE(figures.error().what.find("0123456789abcdef"), std::string::npos) << figures.error().what;
}

// Inputs that were created again under a worker that stood still: it must say so, whatever the other records bring it to.
TEST(Worker, RefusesToFoldOtherRecordsThanWereDecided) {
  Plant plant({});
  plant.publish(company(events));
  plant.run();
  plant.forget_state();
  ForwardingLog log(plant.log());
  log.forged = [](std::string_view value) {
    std::string later(value);
    if (const auto at = later.find(R"("time":"2025)"); at != std::string::npos) later.replace(at + 8, 4, "2026");
    return later;
  };
  runtime::Worker worker(log, plant.worker_options("0"), Plant::quiet());
  const auto figures = worker.run();
  ASSERT_FALSE(figures.has_value());
  EXPECT_EQ(figures.error().remedy, Remedy::stop);
  // Where its first batch is of one day, its outputs differ first; else a tick lies behind the time that the others brought.
  EXPECT_NE(figures.error().what.find("diverges at chronicle record "), std::string::npos) << figures.error().what;
}

class AbandonedCommit : public testing::TestWithParam<log::embedded::Step> {};

TEST_P(AbandonedCommit, IsResolvedAndNothingIsLostOrDoubled) {
  int asked = 0;
  PlantOptions o;
  o.batch_records = 100;
  o.fault = [&asked](log::embedded::Step step) {
    if (step != GetParam()) return log::embedded::Fault::none;
    ++asked;
    return asked == 3 || asked == 7 || asked == 20 ? log::embedded::Fault::abandon : log::embedded::Fault::none;
  };
  Plant plant(o);
  plant.publish(company(events));
  const auto figures = plant.run();
  EXPECT_GE(asked, 20);
  EXPECT_EQ(figures.digest.hex(), expected().digest.hex());
  expect_same(plant);
}
INSTANTIATE_TEST_SUITE_P(AtStep, AbandonedCommit,
                         testing::Values(log::embedded::Step::append, log::embedded::Step::positions, log::embedded::Step::decide,
                                         log::embedded::Step::mark, log::embedded::Step::answer));

TEST(Worker, HandsTasksOverAndTakesThemFromTheDead) {
  Plant plant({});
  std::vector<CompanyRecord> all = company(events);
  const std::size_t half = all.size() / 2;
  plant.publish({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(half)});
  runtime::WorkerOptions options[] = {plant.worker_options("0"), plant.worker_options("1")};
  for (auto& o : options) o.until_caught_up = false;
  const auto quiet = plant.quiet();
  auto first = std::make_unique<runtime::Worker>(plant.log(), options[0], quiet);
  std::thread first_thread([&] { EXPECT_TRUE(first->run().has_value()); });
  const auto decided = [&] { return size_of(plant.outputs("decisions")); };
  const auto wait_for = [&](std::size_t n) {
    const auto began = std::chrono::steady_clock::now();
    while (decided() < n && std::chrono::steady_clock::now() - began < std::chrono::seconds(120))
      plant.log().time().sleep(log::Duration(5));
  };
  wait_for(200);
  runtime::Worker second(plant.log(), options[1], quiet);  // joins: tasks move to it in an orderly way
  std::thread second_thread([&] { EXPECT_TRUE(second.run().has_value()); });
  plant.publish({all.begin() + static_cast<std::ptrdiff_t>(half), all.end()});
  wait_for(half);
  first->crash();  // and now dies: the rest moves when its session ends
  first_thread.join();
  first.reset();
  wait_for(size_of(expected().decisions));
  second.stop();
  second_thread.join();

  // The halves were merged apart, so other features may follow; but every event is decided, and once.
  std::multiset<std::string> keys;
  for (const auto& partition : plant.outputs("decisions"))
    for (const Output& o : partition) keys.insert(o.value.substr(0, o.value.find("\"source\"")));
  std::set<std::string> unique(keys.begin(), keys.end());
  EXPECT_EQ(unique.size(), keys.size());
  EXPECT_EQ(keys.size(), size_of(expected().decisions));
  for (const auto& partition : plant.outputs("decisions"))
    for (std::size_t i = 0; i < partition.size(); ++i) ASSERT_EQ(partition[i].seq, std::to_string(i + 1));
}

}  // namespace
}  // namespace due::test
