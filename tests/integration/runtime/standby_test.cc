// Standbys: tasks of others are folded beside one's own, and one is taken over without folding it again. In virtual time.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/integration/runtime/stage.h"

namespace due::test {
namespace {

constexpr int events = 1'000;

std::int64_t number(const std::string& line, const std::string& name) {
  const std::size_t at = line.find(name + "=");
  return at == std::string::npos ? -1 : std::stoll(line.substr(at + name.size() + 1));
}

// Two processes that hold standbys of each other's tasks, in front of half of a company's events.
class Standby : public testing::Test {
 protected:
  Standby() : all(company(events)) {
    stage.change = [](runtime::WorkerOptions& o) {
      o.standby_max = SIZE_MAX;
      o.make_lane = [] { return std::make_unique<InlineLane>(); };
      o.recovery_budget = 0ms;  // persists as often as it can: there are digest points to compare
    };
    Plant undisturbed({});
    undisturbed.publish(all);
    wanted = static_cast<std::size_t>(undisturbed.run().counts.documents.done);
  }

  void publish_first_half() { stage.plant.publish({all.begin(), all.begin() + half()}); }
  void publish_second_half() { stage.plant.publish({all.begin() + half(), all.end()}); }
  std::ptrdiff_t half() const { return static_cast<std::ptrdiff_t>(all.size() / 2); }

  // Both at work, each with a share of the tasks, and a standby of every other one that has folded all that was decided.
  void join() {
    publish_first_half();
    first = &stage.actor("0", false);
    ASSERT_TRUE(stage.play({first}, [&] { return first->seen["task.recovered"] == 3 && first->worker->standing().persists > 3; }));
    second = &stage.actor("1", false);
    ASSERT_TRUE(stage.play({first, second}, [&] { return second->seen["task.recovered"] > 0 && level(); }));
    ASSERT_GT(points(), 3U) << "nothing was compared";
    ASSERT_GT(tasks(*first), 0U);
    ASSERT_EQ(tasks(*first) + tasks(*second), 3U);
  }

  static std::size_t tasks(Stage::Actor& a) { return a.worker->standing().tasks.size(); }

  std::size_t points() {
    std::size_t n = 0;
    for (const auto& partition : stage.plant.outputs("chronicle"))
      for (const Output& o : partition) n += runtime::decode_chronicle(o.value)->digest ? 1 : 0;
    return n;
  }

  // Every standby stands where its owner does.
  bool level() {
    std::map<std::string, std::vector<std::int64_t>> owned;
    std::size_t held = 0;
    for (Stage::Actor* a : {first, second})
      for (const auto& t : a->worker->standing().tasks) {
        if (t.stage != "live") return false;
        for (const auto& i : t.inputs) {
          if (!i.at_end) return false;
          owned[t.task].push_back(i.next);
        }
      }
    for (Stage::Actor* a : {first, second})
      for (const auto& s : a->worker->standing().standbys) {
        ++held;
        std::vector<std::int64_t> folded;
        for (const auto& i : s.inputs) folded.push_back(i.next);
        if (folded != owned[s.task]) return false;
      }
    return held == 3 && owned.size() == 3;
  }

  // What is there in the end: every decision once, and a state that is what a fold of everything from nothing comes to.
  void expect_whole(Stage::Actor& last) {
    ASSERT_TRUE(stage.play({&last}, [&] { return records_in(stage.plant, "decisions") >= wanted; }));
    const auto end = last.worker->finish();
    ASSERT_TRUE(end.has_value());
    ASSERT_TRUE(end->sealed);
    EXPECT_EQ(records_in(stage.plant, "decisions"), wanted);
    std::set<std::string> ids;
    for (const auto& partition : stage.plant.outputs("decisions"))
      for (const Output& o : partition) ids.insert(o.value.substr(0, o.value.find("\"source\"")));
    EXPECT_EQ(ids.size(), wanted);
    last.worker.reset();
    stage.plant.forget_state();
    stage.change = nullptr;
    const auto anew = stage.plant.run("9");
    EXPECT_EQ(anew.counts.documents.inputs, 0);
    EXPECT_EQ(anew.digest.hex(), end->digest.hex());
  }

  static std::vector<std::string> lines(const Stage::Actor& a, const std::string& event) {
    std::vector<std::string> found;
    for (const std::string& line : a.fields)
      if (line.find(event) != std::string::npos) found.push_back(line);
    return found;
  }

  Stage stage;
  std::vector<CompanyRecord> all;
  std::size_t wanted = 0;
  Stage::Actor *first = nullptr, *second = nullptr;
};

TEST_F(Standby, IsTakenOverWithoutAFold) {
  join();
  const std::size_t left_by_first = tasks(*first);
  first->worker.reset();  // dies
  const auto recovered = static_cast<std::size_t>(second->seen["task.recovered"]);
  ASSERT_TRUE(stage.play({second}, [&] { return static_cast<std::size_t>(second->seen["task.recovered"]) == recovered + left_by_first; }));
  EXPECT_EQ(static_cast<std::size_t>(second->seen["standby.promoted"]), left_by_first);
  ASSERT_EQ(left_by_first, 2U);
  EXPECT_EQ(second->seen["recovery.fenced"], 1) << "of one process, once";
  for (const std::string& line : lines(*second, "standby.promoted")) EXPECT_GT(number(line, "folded_steps"), 100) << line;
  const auto taken = lines(*second, "task.recovered");
  for (std::size_t i = recovered; i < taken.size(); ++i) EXPECT_EQ(number(taken[i], "folded_steps"), 0) << taken[i];
  publish_second_half();
  expect_whole(*second);
}

TEST_F(Standby, FoldsOnlyWhatItDoesNotHoldWhereItsOwnerDiesAhead) {
  join();
  const std::size_t left_by_first = tasks(*first);
  publish_second_half();
  // The owner goes on alone for a while; its standbys elsewhere are behind when it dies, and the group gives its tasks away before they
  // have caught up.
  const std::int64_t done = first->worker->records_done();
  ASSERT_TRUE(stage.play({first}, [&] { return first->worker->records_done() > done + 400; }));
  first->worker.reset();
  const auto recovered = static_cast<std::size_t>(second->seen["task.recovered"]);
  for (int n = 0; n < 2; ++n) {  // of a session of 1 s
    stage.time.pass(600ms);
    ASSERT_TRUE(second->worker->turn().has_value());
  }
  ASSERT_TRUE(stage.play({second}, [&] { return static_cast<std::size_t>(second->seen["task.recovered"]) == recovered + left_by_first; }));
  const auto taken = lines(*second, "task.recovered");
  std::int64_t folded = 0;
  for (std::size_t i = recovered; i < taken.size(); ++i) folded += number(taken[i], "folded_steps");
  EXPECT_GT(folded, 0) << "the standbys were not behind";
  EXPECT_LT(folded, 1'200) << "they were folded anew";
  expect_whole(*second);
}

TEST_F(Standby, IsWhatATaskBecomesAgainThatWasTakenAway) {
  join();
  const std::size_t taken_away = tasks(*second);
  EXPECT_EQ(static_cast<std::size_t>(first->seen["standby.begun"]), taken_away);
  for (const std::string& line : lines(*first, "standby.begun")) EXPECT_GE(number(line, "seq"), 0) << line << ": its state was here";
  second->worker.reset();
  const auto recovered = static_cast<std::size_t>(first->seen["task.recovered"]);
  ASSERT_TRUE(stage.play({first}, [&] { return static_cast<std::size_t>(first->seen["task.recovered"]) == recovered + taken_away; }));
  EXPECT_EQ(static_cast<std::size_t>(first->seen["standby.promoted"]), taken_away);
  publish_second_half();
  expect_whole(*first);
}

TEST_F(Standby, MayDieWhileItIsTakenOver) {
  join();
  first->worker.reset();
  second->crash_at = "standby.promoted";
  ASSERT_TRUE(stage.play({second}, [&] { return second->seen["standby.promoted"] > 0; }));
  second->worker.reset();
  publish_second_half();
  auto& third = stage.actor("1", false);  // the same machine again
  ASSERT_TRUE(stage.play({&third}, [&] { return third.seen["task.recovered"] == 3; }));
  expect_whole(third);
}

TEST_F(Standby, ThatDivergesSaysWhereAndLeavesTheOthersAlone) {
  first = &stage.actor("0", false);
  ASSERT_TRUE(stage.play({first}, [&] { return first->seen["task.recovered"] == 3; }));
  const auto honest = stage.change;
  stage.change = [honest](runtime::WorkerOptions& o) {
    honest(o);
    o.logic.unpaid_units_max = 1;  // and the same logic version: what a program that lies about itself would do
  };
  second = &stage.actor("1", false);
  ASSERT_TRUE(stage.play({first, second}, [&] { return second->seen["task.recovered"] > 0 && second->seen["standby.begun"] > 0; }));
  publish_first_half();
  ASSERT_TRUE(stage.play({first, second}, [&] { return second->seen["standby.failed"] > 0; }));
  const std::string why = lines(*second, "standby.failed").front();
  EXPECT_NE(why.find("diverges at chronicle record "), std::string::npos) << why;
  int turns = 1'000;
  ASSERT_TRUE(stage.play({first, second}, [&] { return --turns == 0; }));
  const auto standing = second->worker->standing();
  EXPECT_TRUE(std::any_of(standing.standbys.begin(), standing.standbys.end(), [](const auto& s) { return !s.failed.empty(); }));
  const std::size_t decided = records_in(stage.plant, "decisions");
  publish_second_half();
  EXPECT_TRUE(stage.play({first, second}, [&] { return records_in(stage.plant, "decisions") > decided + 100; }));
}

TEST_F(Standby, IsOneOfAsManyAsAreWanted) {
  const auto any = stage.change;
  stage.change = [any](runtime::WorkerOptions& o) {
    any(o);
    o.standby_max = 1;
  };
  first = &stage.actor("0", false);
  ASSERT_TRUE(stage.play({first}, [&] { return first->seen["task.recovered"] == 3; }));
  second = &stage.actor("1", false);
  ASSERT_TRUE(stage.play({first, second}, [&] { return second->seen["task.recovered"] > 0 && first->seen["standby.begun"] > 0; }));
  int turns = 5'000;
  ASSERT_TRUE(stage.play({first, second}, [&] { return --turns == 0; }));
  EXPECT_LE(first->worker->standing().standbys.size(), 1U);
  EXPECT_EQ(second->worker->standing().standbys.size(), 1U);
}

}  // namespace
}  // namespace due::test
