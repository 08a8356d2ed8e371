// What only a log with a fault seam and a clock of the test's own can show.
#include <gtest/gtest.h>

#include "stream/log/embedded/embedded_log.h"
#include "tests/integration/log_scene.h"

namespace due::log::suite {
namespace {

using embedded::EmbeddedLog;
using embedded::Fault;
using embedded::Step;
using Strings = std::vector<std::string>;

constexpr InputTag one{1};

// Moves when somebody waits, or when the test says so.
class HandTime final : public Time {
 public:
  EventTime wall() override { return {1'735'689'600'000'000 + now_.count()}; }
  std::chrono::microseconds monotonic() override { return now_; }
  void sleep(Duration duration) override { now_ += duration; }

 private:
  std::chrono::microseconds now_{0};
};

class EmbeddedFault : public testing::Test {
 protected:
  EmbeddedFault() {
    auto opened = EmbeddedLog::open({.time = &time, .seed = 7, .fault = [this](Step step) {
                                       steps.push_back(step);
                                       return abandon_at == step && skip-- == 0 ? Fault::abandon : Fault::none;
                                     }});
    log = std::move(*opened);
    scene = std::make_unique<Scene>(Scene::Options{log.get(), "t-", Duration{120'000}, Duration{60'000}});
    spine = scene->topic("spine");
    out = scene->topic("out", 2);
    member = scene->sole_member("group", {spine});
    writer = scene->committer("writer", {out});
  }
  Committed commit(std::string_view value, const std::string& metadata) {
    return scene->commit(*writer, {output(0, 0, value), output(0, 1, value)}, at({spine, 0}, 1, metadata), member->identity());
  }
  void reopen() { writer = scene->committer("writer", {out}); }
  Result<std::vector<std::optional<CommittedPosition>>> committed() {
    const TopicPartition partition{spine, 0};
    return log->committed("group", {&partition, 1}, Duration{100});
  }
  std::string metadata() {
    const auto told = committed();
    if (!told) return "(withheld)";
    return told.value()[0] ? told.value()[0]->metadata : "(none)";
  }

  HandTime time;
  std::optional<Step> abandon_at;
  int skip = 0;
  std::vector<Step> steps;
  std::string spine, out;
  std::unique_ptr<EmbeddedLog> log;
  std::unique_ptr<Scene> scene;
  std::unique_ptr<Member> member;
  std::unique_ptr<Committer> writer;
};

TEST_F(EmbeddedFault, AsksTheSeamBeforeEveryStepOfACommit) {
  ASSERT_EQ(commit("a", "1").outcome, Outcome::clean);
  EXPECT_EQ(steps, (std::vector{Step::append, Step::positions, Step::decide, Step::mark, Step::mark, Step::answer}));
}

TEST_F(EmbeddedFault, WithholdsAPositionWhileATransactionThatNamesItIsOpen) {
  ASSERT_EQ(commit("a", "1").outcome, Outcome::clean);
  abandon_at = Step::decide;
  ASSERT_EQ(commit("b", "2").outcome, Outcome::doubtful);
  const auto withheld = committed();
  ASSERT_FALSE(withheld);
  EXPECT_EQ(withheld.error().remedy, Remedy::retry);
  EXPECT_NE(withheld.error().what.find(spine), std::string::npos) << withheld.error().what;
  reopen();
  EXPECT_EQ(metadata(), "1");
  EXPECT_EQ(scene->values({out, 0}), Strings{"a"});
}

TEST_F(EmbeddedFault, ShowsAMarkerInOnePartitionBeforeAnother) {
  abandon_at = Step::mark;
  skip = 1;
  ASSERT_EQ(commit("a", "1").outcome, Outcome::doubtful);
  EXPECT_EQ(scene->values({out, 0}), Strings{"a"});
  EXPECT_TRUE(scene->values({out, 1}).empty());
  EXPECT_EQ(metadata(), "(withheld)") << "decided, but not yet told";
  reopen();
  EXPECT_EQ(scene->values({out, 1}), Strings{"a"});
  EXPECT_EQ(metadata(), "1");
}

TEST_F(EmbeddedFault, HasCommittedWhatOnlyItsAnswerWasLostOf) {
  abandon_at = Step::answer;
  ASSERT_EQ(commit("a", "1").outcome, Outcome::doubtful);
  EXPECT_EQ(scene->values({out, 0}), Strings{"a"});
  EXPECT_EQ(metadata(), "1");
}

TEST_F(EmbeddedFault, RefusesAnotherCommitThroughACommitterOfDoubtfulOutcome) {
  abandon_at = Step::positions;
  ASSERT_EQ(commit("a", "1").outcome, Outcome::doubtful);
  abandon_at.reset();
  EXPECT_EQ(commit("b", "2").outcome, Outcome::doubtful);
  reopen();
  EXPECT_EQ(commit("c", "3").outcome, Outcome::clean);
  EXPECT_EQ(scene->values({out, 0}), Strings{"c"});
}

TEST_F(EmbeddedFault, RefusesMetadataAboveKafkasLimit) {
  ASSERT_EQ(commit("a", std::string(4'096, 'm')).outcome, Outcome::clean);
  EXPECT_EQ(commit("b", std::string(4'097, 'm')).outcome, Outcome::doubtful);
  reopen();
  EXPECT_EQ(metadata().size(), 4'096U);
  EXPECT_EQ(scene->values({out, 0}), Strings{"a"});
}

TEST_F(EmbeddedFault, AbortsATransactionWhoseTimeoutPassesAndFencesItsHolder) {
  abandon_at = Step::decide;
  ASSERT_EQ(commit("a", "1").outcome, Outcome::doubtful);
  time.sleep(Duration{15'000});  // CommitterOptions::transaction_timeout, to the millisecond
  EXPECT_EQ(scene->bounds({out, 0}).end, Offset{0});
  time.sleep(Duration{1});
  EXPECT_EQ(scene->bounds({out, 0}).end, Offset{2}) << "the record and its abort marker";
  EXPECT_TRUE(scene->values({out, 0}).empty());
  EXPECT_EQ(metadata(), "(none)");
  abandon_at.reset();
  const Committed fenced = commit("b", "2");
  EXPECT_EQ(fenced.outcome, Outcome::doubtful);
  EXPECT_NE(fenced.why.find("fenced"), std::string::npos) << fenced.why;
}

TEST_F(EmbeddedFault, ShowsAnAbandonedTransactionToTheUncommittedAtOnce) {
  abandon_at = Step::positions;
  ASSERT_EQ(commit("open", "1").outcome, Outcome::doubtful);
  EXPECT_EQ(scene->values({out, 0}, Isolation::read_uncommitted), Strings{"open"});
  reopen();
  EXPECT_EQ(scene->values({out, 0}, Isolation::read_uncommitted), Strings{"open"}) << "aborted records stay, their markers are not shown";
  EXPECT_TRUE(scene->values({out, 0}).empty());
}

TEST_F(EmbeddedFault, WaitsByTheClockThatItWasGiven) {
  Viewer viewer = scene->view({{{out, 0}, Offset{0}, one}});
  ASSERT_TRUE(viewer.poll(10, Duration{0}));
  const auto before = time.monotonic();
  ASSERT_TRUE(viewer.poll(10, Duration{3'600'000}));
  EXPECT_EQ(time.monotonic() - before, std::chrono::hours{1});
}

TEST_F(EmbeddedFault, CallsTheSameSeedTheSameNames) {
  const auto again = EmbeddedLog::open({.time = &time, .seed = 7});
  ASSERT_TRUE(again);
  const TopicSpec spec{spine, 1, {}};
  ASSERT_TRUE(again.value()->create({&spec, 1}));
  EXPECT_EQ(again.value()->describe({&spine, 1}).value()[0].id, scene->described(spine).id);
}

}  // namespace
}  // namespace due::log::suite
