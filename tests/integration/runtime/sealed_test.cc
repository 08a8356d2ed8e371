// What is sealed may be taken over by another logic version, and nothing else; what a crash left is sealed by the old one first.
#include <gtest/gtest.h>

#include <set>

#include "state/api/row_key.h"
#include "tests/integration/runtime/plant.h"

namespace due::test {
namespace {

constexpr int events = 600;
constexpr const char* other_logic = "fedcba9876543210";

std::string refusal(Plant& plant, bool seal_only = false) {
  runtime::WorkerOptions o = plant.worker_options("0");
  o.seal_only = seal_only;
  runtime::Worker worker(plant.log(), o, Plant::quiet());
  const auto figures = worker.run();
  return figures ? "" : figures.error().what;
}

runtime::WorkerFigures recover(Plant& plant) {
  runtime::WorkerOptions o = plant.worker_options("0");
  o.seal_only = true;
  o.until_caught_up = false;
  runtime::Worker worker(plant.log(), o, Plant::quiet());
  const auto figures = worker.run();
  EXPECT_TRUE(figures.has_value()) << (figures ? "" : figures.error().what);
  return figures ? *figures : runtime::WorkerFigures{};
}

std::size_t count(Plant& plant, const std::string& topic) {
  std::size_t n = 0;
  for (const auto& partition : plant.outputs(topic)) n += partition.size();
  return n;
}

// The last chronicle record of each task.
std::vector<runtime::ChronicleRecord> ends(Plant& plant) {
  std::vector<runtime::ChronicleRecord> all;
  for (const auto& partition : plant.outputs("chronicle")) all.push_back(*runtime::decode_chronicle(partition.back().value));
  return all;
}

// Every event of the company has its one decision: those of a run without any crash, whoever decided.
void expect_each_once(Plant& plant) {
  Plant undisturbed({});
  undisturbed.publish(company(events));
  undisturbed.run();
  std::multiset<std::string> want, got;
  for (Plant* p : {&undisturbed, &plant})
    for (const auto& partition : p->outputs("decisions"))
      for (const Output& o : partition) (p == &plant ? got : want).insert(o.value.substr(0, o.value.find("\"source\"")));
  EXPECT_EQ(got, want);
  for (const auto& partition : plant.outputs("decisions"))
    for (std::size_t i = 0; i < partition.size(); ++i) ASSERT_EQ(partition[i].seq, std::to_string(i + 1));
}

// A worker that persists at every boundary, has decided and persisted all that is there, and dies.
void die_behind_a_persist(Plant& plant) {
  runtime::WorkerOptions o = plant.worker_options("0");
  o.until_caught_up = false;
  o.recovery_budget = std::chrono::microseconds(1);
  runtime::Worker worker(plant.log(), o, Plant::quiet());
  ASSERT_TRUE(worker.start().has_value());
  const auto settled = [&] {
    const auto s = worker.standing();
    std::int64_t tail = 0;
    bool read = s.tasks.size() == 3;
    for (const auto& t : s.tasks) {
      tail += t.tail_steps;
      read = read && t.stage == "live" && !t.inputs.empty();
      for (const auto& i : t.inputs) read = read && i.at_end;
    }
    return read && tail == 0 && s.persists > 0;
  };
  for (int turns = 0; turns < 100'000 && !settled(); ++turns) ASSERT_TRUE(worker.turn().has_value());
  ASSERT_TRUE(settled());
}

TEST(Sealed, IsWhatAnOrderlyStopLeavesAndAnotherLogicGoesOnBehindIt) {
  Plant plant({});
  const auto all = company(events);
  const auto half = static_cast<std::ptrdiff_t>(all.size() / 2);
  plant.publish({all.begin(), all.begin() + half});
  plant.run();
  for (const auto& end : ends(plant)) {
    EXPECT_TRUE(end.sealed);
    EXPECT_TRUE(end.runs.empty());
    ASSERT_TRUE(end.digest.has_value());
    EXPECT_EQ(end.digest->seq, end.seq - 1);
  }
  plant.publish({all.begin() + half, all.end()});
  plant.logic_version = other_logic;
  EXPECT_EQ(plant.run().steps_folded, 0);
  expect_each_once(plant);
  for (const auto& end : ends(plant)) EXPECT_EQ(end.logic_version, other_logic);
}

TEST(Sealed, IsLeftByRecoverAfterACrashWhichAnotherLogicDoesNotGoOnFrom) {
  Plant plant({});
  plant.publish(company(events));
  ASSERT_TRUE(plant.run_and_crash_at("commit.end", 3));
  plant.logic_version = other_logic;
  const std::string why = refusal(plant);
  EXPECT_NE(why.find("start the old image and settings with `duestream recover`"), std::string::npos) << why;
  EXPECT_NE(why.find("0123456789abcdef"), std::string::npos) << why;
  EXPECT_EQ(why.find('\n'), std::string::npos);
  EXPECT_EQ(refusal(plant, true), why) << "only the old one can seal what it decided";

  plant.logic_version = "0123456789abcdef";
  const std::size_t decided = count(plant, "decisions");
  const auto figures = recover(plant);
  EXPECT_TRUE(figures.sealed);
  EXPECT_EQ(figures.tasks_sealed, 3);
  EXPECT_GT(figures.steps_folded, 0);
  EXPECT_EQ(figures.counts.documents.inputs, 0);
  EXPECT_EQ(count(plant, "decisions"), decided) << "it did new work";
  for (const auto& end : ends(plant)) EXPECT_TRUE(end.sealed);

  plant.logic_version = other_logic;
  EXPECT_EQ(plant.run().steps_folded, 0);
  expect_each_once(plant);
}

TEST(Sealed, IsNotWhatACrashLeavesEvenWhereNothingIsToBeFolded) {
  Plant plant({});
  plant.publish(company(events));
  die_behind_a_persist(plant);
  plant.logic_version = other_logic;
  const std::string why = refusal(plant);
  EXPECT_NE(why.find("is not sealed"), std::string::npos) << why;
  plant.logic_version = "0123456789abcdef";
  EXPECT_EQ(recover(plant).steps_folded, 0);
  plant.logic_version = other_logic;
  EXPECT_EQ(refusal(plant), "");
}

TEST(Sealed, IsRecordedOnce) {
  Plant plant({});
  EXPECT_EQ(recover(plant).tasks_sealed, 0) << "what never began needs no seal";
  EXPECT_EQ(count(plant, "chronicle"), 0U);
  plant.publish(company(events));
  plant.run();
  const std::size_t records = count(plant, "chronicle");
  EXPECT_EQ(recover(plant).tasks_sealed, 3);
  EXPECT_EQ(recover(plant).tasks_sealed, 3);
  EXPECT_EQ(count(plant, "chronicle"), records);
}

TEST(Sealed, IsFoldedByTheLogicThatGoesOnOnly) {
  Plant plant({});
  plant.publish(company(events));
  plant.run();
  plant.forget_state();
  plant.logic_version = other_logic;  // sealed, but not here: neither a state nor a checkpoint
  EXPECT_NE(refusal(plant).find("remove its folder account-"), std::string::npos);
  plant.logic_version = "0123456789abcdef";
  EXPECT_GT(recover(plant).steps_folded, 0);
  plant.logic_version = other_logic;
  EXPECT_EQ(refusal(plant), "");
}

TEST(Sealed, IsNotReadFromAStateOfOlderKeys) {
  runtime::Meta meta;
  meta.last = {41, hash128("batch"), false};
  meta.last_transactional_id = "app-0-0";
  meta.last_logic = other_logic;
  meta.positions = {7, 8};
  auto disk = std::make_shared<Disk>();
  VolatileRows rows(disk);
  state::RowBatch written;
  meta.write(written);
  rows.write(written);
  EXPECT_EQ(runtime::Meta::read(rows)->last_logic, other_logic);
  const std::string key(1, static_cast<char>(state::Kind::meta));
  std::string value;
  ASSERT_TRUE(rows.get(key, value));
  for (const char older : {'\2', '\3'}) {  // up to 3, documents of two types could meet under one key
    value[0] = older;
    state::RowBatch before;
    before.put(key, value);
    rows.write(before);
    EXPECT_THROW((void)runtime::Meta::read(rows), state::StoreFailure);
  }
}

}  // namespace
}  // namespace due::test
