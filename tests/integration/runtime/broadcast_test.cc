// Inputs that every task reads: ahead of the others, up to their end before anything else, once for each task, and the same again in
// a fold.
#include <gtest/gtest.h>

#include "tests/integration/runtime/stage.h"
#include "topology/master/rows.h"

namespace due::test {
namespace {

// What a task was told: how often, and what last.
class Board final : public topology::master::Row<Board> {
 public:
  void decode(std::string_view value) {
    ByteReader r(value);
    told = r.zigzag();
    last = r.text();
  }
  void encode(ByteWriter& out) const {
    out.zigzag(told);
    out.text(last);
  }
  std::size_t bytes() const override { return sizeof *this + last.capacity(); }

  std::int64_t told = 0;
  std::string last;
};

// A record is "time in microseconds;what it says". An order is answered with what the board says and with task time.
class Quoting final : public topology::Logic {
 public:
  void prepare(topology::Prepared& p, std::deque<std::string>&) override {
    const std::string_view value = p.record.value.value_or("");
    events::Event e;
    e.time = {std::stoll(std::string(value.substr(0, value.find(';'))))};
    p.content = e;
    for (const HeaderView& h : p.record.headers) p.history = p.history || h.name == "history";
  }
  void on_record(const topology::Prepared& p, topology::Context& context) override {
    const state::Key key = state::Key(state::Kind::account).add(hash128("board"));
    Board& board = topology::master::edit_or_add(context.store(), key, context.store().find<Board>(key));
    const std::string says(p.record.value->substr(p.record.value->find(';') + 1));
    if (p.broadcast) {
      EXPECT_EQ(p.record.partition, 0);
      ++board.told;
      board.last = says;
      return;
    }
    ++context.counts().documents.inputs;
    const std::string answer =
        says + " told=" + std::to_string(board.told) + " last=" + board.last + " T=" + format(context.now().time);
    EXPECT_TRUE(context.emit(0, p.record.key, answer, {}));
  }
  void on_tick(const topology::Tick&, topology::Context&) override {}
  bool due_by(EventTime) const override { return false; }
  void restore(state::ObjectStore&) override {}
};

topology::Subtopology quoting() {
  topology::Subtopology s;
  s.name = "quoting";
  s.inputs = {"orders", "requests"};
  s.broadcast = {"prices", "rules"};
  s.outputs = {"quotes"};
  s.chronicle = "chronicle";
  s.make_logic = [](const topology::TaskIdentity& task, const topology::LogicOptions&) {
    EXPECT_EQ(task.input_topics, (std::vector<std::string>{"orders", "requests", "prices", "rules"}));
    return std::make_unique<Quoting>();
  };
  return s;
}

PlantOptions with_quoting() {
  PlantOptions o;
  o.topology = {{quoting()}};
  return o;
}

constexpr std::int64_t first_second = 1'735'689'600;  // 2025-01-01

CompanyRecord record(const std::string& topic, int n, std::int64_t second) {
  return {topic, "C" + std::to_string(n % 17), std::to_string((first_second + second) * 1'000'000) + ";" + topic + std::to_string(n)};
}

std::vector<CompanyRecord> many(const std::string& topic, int from, int to, std::int64_t second = 0) {
  std::vector<CompanyRecord> all;
  for (int n = from; n < to; ++n) all.push_back(record(topic, n, second + n));
  return all;
}

std::vector<std::string> answers(Plant& plant) {
  std::vector<std::string> all;
  for (const auto& partition : plant.outputs("quotes"))
    for (const Output& o : partition) all.push_back(o.value);
  return all;
}

bool all_contain(const std::vector<std::string>& texts, const std::string& part) {
  return std::all_of(texts.begin(), texts.end(), [&](const std::string& t) { return t.find(part) != std::string::npos; });
}

TEST(Broadcast, IsAppliedUpToItsEndBeforeAnythingElse) {
  Plant plant(with_quoting());
  plant.publish(many("orders", 0, 40));  // older than what the tasks are told
  plant.publish(many("prices", 0, 25, 1'000));
  plant.publish(many("rules", 0, 5, 5'000));
  plant.run();
  const auto first = answers(plant);
  ASSERT_EQ(first.size(), 40U);
  EXPECT_TRUE(all_contain(first, "told=30 last=rules4")) << first[0];

  plant.publish(many("orders", 40, 60));
  plant.publish(many("prices", 25, 26, 90'000));
  plant.run();  // from where each task stands: nothing is told twice
  const auto all = answers(plant);
  ASSERT_EQ(all.size(), 60U);
  EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& a) { return a.find("told=31 last=prices25") != std::string::npos; }), 20);
}

TEST(Broadcast, DoesNotMoveTaskTime) {
  Plant plant(with_quoting());
  plant.publish(many("prices", 0, 3, 86'400 * 100));  // without the header `history`: said today, as it were
  plant.publish({record("orders", 1, 0)});
  plant.run();
  EXPECT_TRUE(all_contain(answers(plant), "T=2025-01-01T00:00:00Z")) << answers(plant)[0];
}

TEST(Broadcast, ComesOutTheSameInAFoldAndAfterCrashes) {
  PlantOptions options = with_quoting();
  options.recovery_budget = std::chrono::microseconds(20'000);
  Plant plant(options);
  plant.publish(many("prices", 0, 50));
  for (int n = 0; n < 6; ++n) {
    plant.publish(many("orders", n * 500, n * 500 + 500));
    plant.publish(many("prices", 50 + n * 20, 70 + n * 20));
    plant.run_and_crash_at(n % 2 == 0 ? "commit.begin" : "task.recovered", n % 3 + 1);
  }
  const auto figures = plant.run();
  const auto before = plant.outputs("quotes");
  EXPECT_EQ(answers(plant).size(), 3'000U);
  plant.forget_state();
  const auto folded = plant.run();
  EXPECT_EQ(folded.digest.hex(), figures.digest.hex());
  EXPECT_EQ(folded.counts.documents.inputs, 0);
  EXPECT_EQ(plant.outputs("quotes"), before);
}

TEST(Broadcast, IsReadOnceForAllTasksAndAgainForOneThatComesLater) {
  Stage stage(with_quoting());
  stage.plant.publish(many("prices", 0, 400));
  auto& first = stage.actor("0", false);
  auto& second = stage.actor("1", false);
  const auto live = [&] { return first.seen["commit.end"] > 1 && second.seen["commit.end"] > 1; };
  ASSERT_TRUE(stage.play({&first, &second}, live));
  stage.plant.publish(many("orders", 0, 170));
  ASSERT_TRUE(stage.play({&first, &second}, [&] { return answers(stage.plant).size() == 170; }));
  second.worker.reset();  // dies; its tasks come to the first one, which knows nothing of them
  stage.plant.forget_state();
  const int recovered = first.seen["task.recovered"];
  stage.plant.publish(many("prices", 400, 500));
  stage.plant.publish(many("orders", 170, 340));
  ASSERT_TRUE(stage.play({&first}, [&] { return answers(stage.plant).size() == 340; }));
  EXPECT_GT(first.seen["task.recovered"], recovered);
  stage.plant.publish(many("orders", 340, 510));
  ASSERT_TRUE(stage.play({&first}, [&] { return answers(stage.plant).size() == 510; }));
  std::vector<std::string> latest;
  for (const auto& partition : stage.plant.outputs("quotes"))
    for (const Output& o : partition)
      if (const int n = std::stoi(o.value.substr(6)); n >= 340) latest.push_back(o.value);
  EXPECT_EQ(latest.size(), 170U);
  EXPECT_TRUE(all_contain(latest, "told=500 last=prices499"));
}

TEST(Broadcast, OfMoreThanAQueueHoldsKeepsNobodyWaiting) {
  PlantOptions options = with_quoting();
  options.queue_bytes = 4'000;  // some thirty records
  Plant plant(options);
  plant.publish(many("prices", 0, 3'000));
  plant.publish(many("orders", 0, 3'000));
  plant.run();
  EXPECT_EQ(answers(plant).size(), 3'000U);
  EXPECT_TRUE(all_contain(answers(plant), "told=3000 last=prices2999"));
  const auto before = plant.outputs("quotes");
  plant.forget_state();
  const auto folded = plant.run();
  EXPECT_EQ(folded.counts.documents.inputs, 0);
  EXPECT_GE(folded.steps_folded, 12'000);
  EXPECT_EQ(plant.outputs("quotes"), before);
}

TEST(Broadcast, OfSeveralPartitionsIsRefusedAtTheStart) {
  PlantOptions options = with_quoting();
  options.broadcast_partitions = 2;
  Plant plant(options);
  Worker worker(plant.log(), plant.worker_options("0"), Plant::quiet());
  const auto figures = worker.run();
  ASSERT_FALSE(figures.has_value());
  EXPECT_EQ(figures.error().remedy, Remedy::stop);
  EXPECT_NE(figures.error().what.find("topic prices has 2 partitions"), std::string::npos) << figures.error().what;
}

}  // namespace
}  // namespace due::test
