// A record that stops its task: the worker says which one and what to publish, and goes on once that is published, as if it were not there.
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/integration/runtime/stage.h"
#include "tests/support/control_records.h"
#include "topology/register/register_logic.h"

namespace due::test {
namespace {

enum class Stumbles { decoding, processing, over_a_bug };

// The account's logic, but for one record that it cannot get over.
class Stumbling final : public topology::Logic {
 public:
  Stumbling(Stumbles where, std::unique_ptr<topology::Logic> inner) : where_(where), inner_(std::move(inner)) {}

  void prepare(topology::Prepared& p, std::deque<std::string>& arena) override {
    if (where_ == Stumbles::decoding && poison(p)) throw std::length_error("too long to be decoded");
    inner_->prepare(p, arena);
  }
  void on_record(const topology::Prepared& p, topology::Context& context) override {
    if (where_ == Stumbles::over_a_bug && poison(p)) fail("what was to be impossible");
    if (where_ == Stumbles::processing && poison(p)) throw std::out_of_range("no such thing");
    inner_->on_record(p, context);
  }
  void on_tick(const topology::Tick& tick, topology::Context& context) override { inner_->on_tick(tick, context); }
  bool due_by(EventTime time) const override { return inner_->due_by(time); }
  void restore(state::ObjectStore& store) override { inner_->restore(store); }

 private:
  static bool poison(const topology::Prepared& p) { return p.record.value.value_or("").find("POISON") != std::string_view::npos; }

  Stumbles where_;
  std::unique_ptr<topology::Logic> inner_;
};

PlantOptions stumbling(Stumbles where) {
  topology::Subtopology account = topology::account_subtopology();
  account.make_logic = [where](const topology::TaskIdentity& task, const topology::LogicOptions& options) {
    auto inner = std::make_unique<Stumbling>(where, std::make_unique<topology::AccountLogic>(task, options));
    return std::make_unique<topology::Skipping>(task, options, topology::AccountLogic::skipping(), std::move(inner));
  };
  PlantOptions o;
  o.topology = {{account, topology::register_subtopology()}};
  return o;
}

PlantOptions sound() {
  PlantOptions o;
  o.topology = {{topology::account_subtopology(), topology::register_subtopology()}};
  return o;
}

const CompanyRecord& poison() {
  static const CompanyRecord record = invoice("C3", "POISON", 5, 100);
  return record;
}

// The poison lies in the midst of its partition.
std::vector<CompanyRecord> company_with_poison() {
  std::vector<CompanyRecord> all = company(400);
  all.insert(all.begin() + static_cast<std::ptrdiff_t>(all.size() / 3), poison());
  return all;
}

std::string place_of_poison() {
  const std::int32_t partition = partition_of(poison().key, PlantOptions{}.partitions);
  std::int64_t offset = 0;
  for (const CompanyRecord& r : company_with_poison()) {
    if (r.value == poison().value) break;
    offset += r.topic == "invoices" && partition_of(r.key, PlantOptions{}.partitions) == partition ? 1 : 0;
  }
  return "invoices partition " + std::to_string(partition) + " offset " + std::to_string(offset);
}

// What was decided, without the places of the records.
std::vector<std::string> decisions(Plant& plant) {
  std::vector<std::string> all;
  for (const auto& partition : plant.outputs("decisions"))
    for (const Output& o : partition) all.push_back(o.value.substr(o.value.find(R"("source")")));
  std::sort(all.begin(), all.end());
  return all;
}

std::size_t letters_with_poison(Plant& plant) {
  std::size_t n = 0;
  for (const auto& partition : plant.outputs("dead-letters"))
    for (const Output& o : partition) n += o.value == poison().value ? 1 : 0;
  return n;
}

std::size_t letters(Plant& plant) {
  std::size_t n = 0;
  for (const auto& partition : plant.outputs("dead-letters")) n += partition.size();
  return n;
}

std::string stops(Plant& plant) {
  const auto figures = plant.run();
  EXPECT_EQ(figures.stopped.size(), 1U);
  return figures.stopped.empty() ? "" : figures.stopped.begin()->second;
}

// The line that the worker printed for `duestream publish`.
CompanyRecord line_in(const std::string& said) {
  const auto at = said.find('{');
  EXPECT_NE(at, std::string::npos) << said;
  return {"controls", "", at == std::string::npos ? "" : said.substr(at)};
}

void expect_sum(const topology::Tally& t) {
  EXPECT_EQ(t.inputs, t.done + t.duplicates + t.conflicts + t.dead_letters + t.parked);
}

void goes_on(Stumbles where, const std::string& why) {
  bug_listener = runtime::throw_bug_of_step;
  Plant calm(sound());
  calm.publish(company(400));
  calm.run();

  Plant plant(stumbling(where));
  plant.publish(company_with_poison());
  for (int times = 0; times < 2; ++times) {  // starting again does not help
    const std::string said = stops(plant);
    EXPECT_NE(said.find("stops at the record in " + place_of_poison() + ": " + why), std::string::npos) << said;
    EXPECT_NE(said.find("`duestream publish`"), std::string::npos) << said;
  }
  EXPECT_EQ(letters_with_poison(plant), 0U);
  plant.publish({line_in(stops(plant))});
  const auto figures = plant.run();
  bug_listener = nullptr;
  EXPECT_EQ(letters_with_poison(plant), 1U);
  EXPECT_EQ(letters(plant), letters(calm) + 1);
  EXPECT_EQ(decisions(plant), decisions(calm));
  EXPECT_EQ(figures.counts.dead_letters[static_cast<std::size_t>(codec::Reason::skipped_by_control)], 1);
  EXPECT_EQ(figures.counts.master.done, 1);
  expect_sum(figures.counts.documents);
  expect_sum(figures.counts.master);
  expect_sum(figures.counts.internal);
}

TEST(Skip, LetsAWorkerGoOnBehindARecordThatCannotBeProcessed) {
  goes_on(Stumbles::processing, "no such thing; nothing of it is committed");
}

TEST(Skip, LetsAWorkerGoOnBehindARecordThatCannotBeDecoded) { goes_on(Stumbles::decoding, "too long to be decoded"); }

TEST(Skip, LetsAWorkerGoOnBehindARecordThatBringsABugToLight) { goes_on(Stumbles::over_a_bug, "bug: what was to be impossible"); }

TEST(Skip, ComesOutTheSameInAFoldAndAfterCrashes) {
  PlantOptions options = stumbling(Stumbles::processing);
  options.recovery_budget = std::chrono::microseconds(20'000);
  options.batch_records = 50;
  Plant plant(options);
  plant.publish(company_with_poison());
  plant.publish({line_in(stops(plant))});
  for (int n = 1; n <= 6; ++n) plant.run_and_crash_at(n % 2 == 0 ? "commit.begin" : "task.recovered", n);
  const auto figures = plant.run();
  const auto decided = plant.outputs("decisions"), refused = plant.outputs("dead-letters");
  EXPECT_EQ(letters_with_poison(plant), 1U);
  plant.forget_state();
  const auto folded = plant.run();
  EXPECT_EQ(folded.digest.hex(), figures.digest.hex());
  EXPECT_EQ(folded.counts.documents.inputs, 0);
  EXPECT_EQ(plant.outputs("decisions"), decided);
  EXPECT_EQ(plant.outputs("dead-letters"), refused);
}

TEST(Skip, OfARecordThatWaitsForItsTurnAlreadyComesOutTheSameInAFold) {
  Stage stage(sound());
  const CompanyRecord late = usage("C3", "LATE", 300, 1, "");  // at noon: decoded, it would move task time
  stage.plant.publish({late});
  for (int n = 0; n < 400; ++n) stage.plant.publish({invoice("C3", "I" + std::to_string(n), n / 2, 100)});
  auto& actor = stage.actor("0", false);
  const auto decided = [&] { return records_in(stage.plant, "decisions"); };
  ASSERT_TRUE(stage.play({&actor}, [&] { return decided() > 0; }));
  ASSERT_LT(decided(), 400U);
  stage.plant.publish({skip("CTL-1", "usage", partition_of("C3", PlantOptions{}.partitions), 0)});
  ASSERT_TRUE(stage.play({&actor}, [&] { return decided() == 400 && letters(stage.plant) == 1; }));
  actor.worker.reset();
  const auto before = stage.plant.outputs("decisions");
  stage.plant.forget_state();
  const auto folded = stage.plant.run();
  EXPECT_GE(folded.steps_folded, 401);
  EXPECT_EQ(stage.plant.outputs("decisions"), before);
}

TEST(Skip, IsNotAdvisedForARecordThatWasProcessedBefore) {
  Plant plant(sound());
  plant.publish(company_with_poison());
  plant.run();
  plant.forget_state();
  const topology::Description later = stumbling(Stumbles::processing).topology;  // another program
  runtime::WorkerOptions options = plant.worker_options("0");
  options.topology = &later;
  runtime::Worker worker(plant.log(), options, Plant::quiet());
  const auto figures = worker.run();
  ASSERT_TRUE(figures.has_value()) << figures.error().what;
  ASSERT_EQ(figures->stopped.size(), 1U);
  const std::string& said = figures->stopped.begin()->second;
  EXPECT_NE(said.find(place_of_poison() + ": no such thing; it was processed before"), std::string::npos) << said;
  EXPECT_EQ(said.find('{'), std::string::npos);
}

// What the customers of one partition, or all of the others, were decided on.
std::vector<std::string> decided_in(Plant& plant, std::int32_t partition, bool within) {
  std::vector<std::string> all;
  const auto outputs = plant.outputs("decisions");
  for (std::size_t p = 0; p < outputs.size(); ++p)
    for (const Output& o : outputs[p])
      if ((p == static_cast<std::size_t>(partition)) == within) all.push_back(o.value.substr(o.value.find(R"("source")")));
  std::sort(all.begin(), all.end());
  return all;
}

TEST(Skip, IsOrderedWhileTheOtherTasksGoOn) {
  Plant calm(sound());
  calm.publish(company(400));
  calm.run();
  const std::int32_t partition = partition_of(poison().key, PlantOptions{}.partitions);

  Stage stage(stumbling(Stumbles::processing));
  stage.plant.publish(company_with_poison());
  auto& actor = stage.actor("0", false);
  const auto stopped = [&] {
    std::vector<runtime::TaskStanding> all;
    for (const auto& t : actor.worker->standing().tasks)
      if (t.stage == "stopped") all.push_back(t);
    return all;
  };
  const auto others = decided_in(calm, partition, false);
  ASSERT_TRUE(stage.play({&actor}, [&] { return !stopped().empty() && decided_in(stage.plant, partition, false) == others; }));
  EXPECT_EQ(actor.seen["task.stopped"], 1);
  ASSERT_EQ(stopped().size(), 1U);
  const runtime::TaskStanding told = stopped().front();
  EXPECT_EQ(told.task, "account-" + std::to_string(partition));
  EXPECT_TRUE(told.why_not.starts_with("stops at the record in " + place_of_poison() + ": no such thing")) << told.why_not;
  const topology::Subtopology account = topology::account_subtopology();
  EXPECT_EQ(told.inputs.size(), account.inputs.size() + account.broadcast.size());  // how far it is behind can be told
  EXPECT_LT(decided_in(stage.plant, partition, true).size(), decided_in(calm, partition, true).size());

  // What comes later is decided too, and an orderly stop seals the others.
  int other = 0;
  while (partition_of("C" + std::to_string(other), PlantOptions{}.partitions) == partition) ++other;
  stage.plant.publish({invoice("C" + std::to_string(other), "LATER", 300, 100)});
  const std::size_t before = decided_in(stage.plant, partition, false).size();
  ASSERT_TRUE(stage.play({&actor}, [&] { return decided_in(stage.plant, partition, false).size() == before + 1; }));
  const auto figures = actor.worker->finish();
  ASSERT_TRUE(figures.has_value());
  EXPECT_TRUE(figures->sealed);
  EXPECT_EQ(figures->tasks_sealed, 2 * PlantOptions{}.partitions - 1);
  ASSERT_EQ(figures->stopped.size(), 1U);

  stage.plant.publish({line_in(figures->stopped.begin()->second)});
  actor.worker.reset();
  const auto after = stage.plant.run();
  EXPECT_TRUE(after.stopped.empty());
  EXPECT_EQ(decided_in(stage.plant, partition, true), decided_in(calm, partition, true));
}

TEST(Skip, MayBeNeededByEveryTaskOfAWorkerWhichThenStillComesToItsEnd) {
  PlantOptions options = stumbling(Stumbles::processing);
  options.topology.subtopologies.pop_back();
  options.partitions = 1;
  Plant plant(options);
  plant.publish({poison()});
  EXPECT_EQ(plant.run().stopped.size(), 1U);
}

TEST(Skip, IsNoConcernOfAStandbysWorker) {
  Stage stage(sound());
  const topology::Description later = stumbling(Stumbles::processing).topology;
  stage.plant.publish(company(60));
  auto& owner = stage.actor("0", false);
  ASSERT_TRUE(stage.play({&owner}, [&] { return records_in(stage.plant, "decisions") > 0; }));
  stage.change = [&later](runtime::WorkerOptions& o) {
    o.topology = &later;
    o.standby_max = SIZE_MAX;
    o.make_lane = [] { return std::make_unique<InlineLane>(); };
  };
  auto& other = stage.actor("1", false);
  const auto held = [&] { return other.worker->standing().standbys.size() + other.worker->standing().tasks.size(); };
  ASSERT_TRUE(stage.play({&owner, &other}, [&] { return held() == 6; }));
  std::string key;  // of a task that the other one folds, and does not own
  for (int n = 0; n < 100 && key.empty(); ++n) {
    const std::string task = "account-" + std::to_string(partition_of("C" + std::to_string(n), PlantOptions{}.partitions));
    for (const auto& s : other.worker->standing().standbys)
      if (s.task == task) key = "C" + std::to_string(n);
  }
  stage.plant.publish({invoice(key, "POISON", 5, 100)});
  ASSERT_TRUE(stage.play({&owner, &other}, [&] { return other.seen["standby.failed"] == 1; }));
  EXPECT_EQ(other.seen["task.stopped"], 0);
}

TEST(Skip, IsKnownBehindAPersistAndAnotherStart) {
  Plant plant(sound());
  plant.publish(company(60));
  plant.run();
  const std::int32_t partition = partition_of(poison().key, PlantOptions{}.partitions);
  const auto end = plant.log().bounds({"invoices", partition}, log::Isolation::read_committed);
  ASSERT_TRUE(end);
  plant.publish({skip("CTL-1", "invoices", partition, end->end.value)});
  plant.run();  // stops in order: from now on the order is in the state on disk alone
  plant.publish({poison()});
  plant.run();
  EXPECT_EQ(letters_with_poison(plant), 1U);
}

TEST(Skip, OfARecordThatWasProcessedDoesNothing) {
  Plant plant(sound()), calm(sound());
  for (Plant* p : {&plant, &calm}) {
    p->publish(company_with_poison());
    p->run();
  }
  const std::int32_t partition = partition_of(poison().key, PlantOptions{}.partitions);
  plant.publish({skip("CTL-1", "invoices", partition, 3)});
  for (Plant* p : {&plant, &calm}) {
    p->publish({invoice("C3", "LATER", 300, 100)});
    p->run();
  }
  EXPECT_EQ(decisions(plant), decisions(calm));
  EXPECT_EQ(letters(plant), letters(calm));
}

TEST(Skip, IsWhatAWorkerAdvisesWhoseCommitIsRefusedAgainAndAgain) {
  bool refuses = false;
  PlantOptions options = sound();
  options.fault = [&refuses](log::embedded::Step step) {
    return refuses && step == log::embedded::Step::append ? log::embedded::Fault::abandon : log::embedded::Fault::none;
  };
  Plant plant(options);
  plant.publish({invoice("C3", "A", 0, 100), invoice("C3", "B", 0, 100)});
  plant.run();
  plant.publish({invoice("C3", "C", 1, 100), invoice("C3", "D", 1, 100), payment("C3", "P", "A", 2, 100)});
  int commits = 0;
  const runtime::Report report(runtime::Level::debug, [&](runtime::Level, std::string_view name, std::span<const runtime::Field>) {
    if (name == "commit.begin" && ++commits == 2) refuses = true;  // behind the one that asks for the log's time
  });
  runtime::Worker worker(plant.log(), plant.worker_options("0"), report);
  const auto figures = worker.run();
  ASSERT_FALSE(figures.has_value());
  const std::string partition = std::to_string(partition_of("C3", options.partitions));
  EXPECT_NE(figures.error().what.find("account-" + partition + ": invoices partition " + partition + " offsets 2 to 3, account-" +
                                      partition + ": payments partition " + partition + " offsets 0 to 0"),
            std::string::npos)
      << figures.error().what;
  EXPECT_NE(figures.error().what.find("docs/runbook.md, A record stops a task"), std::string::npos) << figures.error().what;
}

TEST(Skip, PassesOverWhatTasksTellEachOtherToo) {
  PlantOptions options = sound();
  Plant plant(options);
  const std::int32_t partition = partition_of("main/381", options.partitions);
  plant.publish({skip("CTL-1", "credit-note-requests", partition, 0)});
  plant.publish({invoice("C1", "A", 0, 100), cancellation("C1", "X", "A", 1), invoice("C1", "B", 2, 100), cancellation("C1", "Y", "B", 3)});
  const auto figures = plant.run();
  std::size_t notes = 0;
  for (const auto& p : plant.outputs("credit-notes")) notes += p.size();
  EXPECT_EQ(notes, 1U);
  EXPECT_EQ(letters(plant), 1U);
  EXPECT_EQ(figures.counts.internal.dead_letters, 1);
  expect_sum(figures.counts.internal);
}

}  // namespace
}  // namespace due::test
