// A replay derives every output again, beside the log, and names the first one that is not what was emitted.
#include <gtest/gtest.h>

#include "state/memory/memory_rows.h"
#include "stream/runtime/replay/replay.h"
#include "tests/integration/runtime/altered_log.h"
#include "tests/integration/runtime/plant.h"
#include "topology/register/register_logic.h"

namespace due::test {
namespace {

using runtime::Replayed;
using Fate = AlteredLog::Fate;

constexpr int events = 2'500;

PlantOptions with_register() {
  PlantOptions o;
  o.topology = {{topology::account_subtopology(), topology::register_subtopology()}};
  o.batch_records = 50;
  return o;
}

const std::vector<std::string> output_topics{"decisions", "dead-letters", "credit-note-requests", "credit-note-outcomes", "credit-notes"};

class Replay : public ::testing::Test {
 protected:
  Replay() : plant(with_register()) {
    plant.publish(company(events));
    for (int n = 1; n <= 3; ++n) EXPECT_TRUE(plant.run_and_crash_at("commit.begin", 7 * n));
    digest = plant.run().digest;
  }

  runtime::WorkerOptions options() {
    runtime::WorkerOptions o = plant.worker_options("replay");
    o.open_rows = [this](const std::string& task) -> Result<std::unique_ptr<state::RowStore>> {
      auto& disk = disks[task];
      if (!disk) disk = std::make_shared<Disk>();
      return std::unique_ptr<state::RowStore>(std::make_unique<VolatileRows>(disk));
    };
    return o;
  }

  Result<Replayed> replay(log::Log& log, const log::TopicPartition& spine, const runtime::WorkerOptions& o,
                          const runtime::ReplayOptions& how = {}) {
    auto ends = runtime::output_ends(log, *o.topology, o.topic_prefix);
    EXPECT_TRUE(ends.has_value());
    return runtime::replay(log, o, spine, *ends, how);
  }
  Replayed replayed(log::Log& log, const log::TopicPartition& spine, runtime::ReplayOptions how = {}) {
    disks.clear();
    const runtime::WorkerOptions o = options();
    auto done = replay(log, spine, o, how);
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().what);
    return done ? *done : Replayed{};
  }

  // One task, of a log in which one record of its decisions is another one.
  Replayed altered(std::int64_t offset, const std::function<Fate(log::Record&, std::deque<std::string>&)>& alter) {
    AlteredLog log(plant.log(), [&](const log::TopicPartition& p, log::Record& r, std::deque<std::string>& texts) {
      if (p != log::TopicPartition{"decisions", 1} || r.offset.value != offset) return Fate::as_it_is;
      return alter(r, texts);
    });
    return replayed(log, spine(1));
  }

  static runtime::ReplayOptions to(std::int64_t batch) {
    runtime::ReplayOptions how;
    how.to = batch;
    return how;
  }
  static log::TopicPartition spine(std::int32_t partition) { return {topology::account_subtopology().inputs.front(), partition}; }

  // Of a decision of task account-1: where it lies, and its number.
  std::pair<std::int64_t, std::int64_t> a_decision() {
    auto reader = plant.log().reader(log::Isolation::read_committed);
    const log::Assignment from[] = {{{"decisions", 1}, {0}, {0}}};
    EXPECT_TRUE((*reader)->add(from).has_value());
    std::pair<std::int64_t, std::int64_t> found{-1, -1};
    auto batch = (*reader)->poll(300, log::Duration(1'000));
    for (const log::Record& r : (*batch)->records()) found = {r.offset.value, OutputMark::of(r.headers)->seq};
    EXPECT_GT(found.second, 100);
    return found;
  }

  // The chronicle record that covers a decision of account-1.
  std::int64_t batch_of(std::int64_t number) {
    const auto chronicles = plant.outputs("chronicle");
    for (const Output& o : chronicles[1]) {
      const auto c = runtime::decode_chronicle(o.value);
      for (const runtime::OutputRange& r : c->outputs)
        if (r.topic == 0 && r.first <= number && number < r.first + r.count) return c->seq;
    }
    return -1;
  }

  Plant plant;
  Hash128 digest;
  std::map<std::string, std::shared_ptr<Disk>> disks;
};

TEST_F(Replay, ComparesEveryOutputOfEveryTaskAfterCrashes) {
  std::int64_t outputs = 0, taken = 0;
  Hash128 sum;
  const runtime::WorkerOptions o = options();
  runtime::TaskFactory tasks(plant.log(), o);
  const auto spines = tasks.all_tasks();
  ASSERT_TRUE(spines.has_value());
  for (const log::TopicPartition& s : *spines) {
    const Replayed r = replayed(plant.log(), s);
    EXPECT_TRUE(r.equal()) << r.task << ": " << (r.difference ? r.difference->text() : r.diverged);
    EXPECT_EQ(r.first, 0);
    EXPECT_EQ(r.records, r.last + 1);
    outputs += r.outputs;
    taken += r.events;
    sum = sum.plus(r.digest);
  }
  std::size_t emitted = 0;
  for (const std::string& topic : output_topics)
    for (const auto& partition : plant.outputs(topic)) emitted += partition.size();
  EXPECT_EQ(outputs, static_cast<std::int64_t>(emitted));
  EXPECT_GT(taken, events);
  EXPECT_EQ(sum.hex(), digest.hex());
}

TEST_F(Replay, LeavesTheLogAsItIs) {
  const auto positions = [this] {
    const log::TopicPartition all[] = {spine(0), spine(1), spine(2)};
    std::string text;
    const auto committed = plant.log().committed("test", all, log::Duration(1'000));
    for (const auto& p : *committed) text += std::to_string(p->next.value) + p->metadata + ";";
    for (const auto& partition : plant.outputs("chronicle")) text += std::to_string(partition.size()) + ";";
    return text;
  };
  const std::string before = positions();
  EXPECT_TRUE(replayed(plant.log(), spine(0)).equal());
  EXPECT_EQ(positions(), before);
}

TEST_F(Replay, NamesTheRecordWhoseByteWasChanged) {
  const auto [offset, number] = a_decision();
  std::string was, is;
  const Replayed r = altered(offset, [&](log::Record& record, std::deque<std::string>& texts) {
    was = std::string(*record.value);
    is = was;
    is[is.size() / 2] ^= 1;
    record.value = texts.emplace_back(is);
    return Fate::changed;
  });
  EXPECT_FALSE(r.equal());
  EXPECT_EQ(r.diverged, "") << "the chronicle is what it was";
  EXPECT_EQ(r.differences, 1);
  ASSERT_TRUE(r.difference.has_value());
  EXPECT_EQ(r.difference->topic, "decisions");
  EXPECT_EQ(r.difference->partition, 1);
  EXPECT_EQ(r.difference->offset, offset);
  EXPECT_EQ(r.difference->number, number);
  EXPECT_EQ(r.difference->batch, batch_of(number));
  EXPECT_EQ(r.difference->field, "value");
  EXPECT_EQ(r.difference->derived, was);
  EXPECT_EQ(r.difference->emitted, is);
  EXPECT_NE(r.difference->text().find("from byte " + std::to_string(was.size() / 2)), std::string::npos) << r.difference->text();
}

TEST_F(Replay, NamesAKeyAHeaderOrAMarkThatWasChanged) {
  const auto [offset, number] = a_decision();
  const auto field = [&, at = offset](const std::function<Fate(log::Record&, std::deque<std::string>&)>& alter) {
    const Replayed r = altered(at, alter);
    EXPECT_EQ(r.differences, 1);
    return r.difference ? r.difference->field : std::string();
  };
  std::vector<log::Header> headers;
  const auto with_header = [&](std::size_t i, std::string name, std::string value) {
    return [&headers, i, name, value](log::Record& r, std::deque<std::string>& texts) {
      headers.assign(r.headers.begin(), r.headers.end());
      headers[i] = {texts.emplace_back(name), texts.emplace_back(value)};
      r.headers = headers;
      return Fate::changed;
    };
  };
  EXPECT_EQ(field([](log::Record& r, std::deque<std::string>&) { r.key = "somebody"; return Fate::changed; }), "key");
  EXPECT_EQ(field([](log::Record& r, std::deque<std::string>&) { r.key.reset(); return Fate::changed; }), "key");
  EXPECT_EQ(field(with_header(0, "content-type", "text/plain")), "header content-type");
  EXPECT_EQ(field(with_header(0, "x", "application/cloudevents+json")), "headers");
  EXPECT_EQ(field(with_header(1, "duestream", "nobody-1 1 1")), "header duestream");
  EXPECT_EQ(field([](log::Record& r, std::deque<std::string>&) { r.headers = {}; return Fate::changed; }), "headers");
}

TEST_F(Replay, NamesARecordThatIsGone) {
  const auto [offset, number] = a_decision();
  const Replayed r = altered(offset, [](log::Record&, std::deque<std::string>&) { return Fate::gone; });
  EXPECT_EQ(r.differences, 1);
  ASSERT_TRUE(r.difference.has_value());
  EXPECT_EQ(r.difference->field, "missing");
  EXPECT_EQ(r.difference->number, number);
  EXPECT_EQ(r.difference->batch, batch_of(number));
}

TEST_F(Replay, FindsWhatNoBatchCovers) {
  auto publisher = plant.log().publisher();
  const std::string own_mark = "account-1 1 1735689600000000", foreign_mark = "account-0 1 1735689600000000";
  const log::Header repeated[] = {{"duestream", own_mark}}, of_another[] = {{"duestream", foreign_mark}};
  log::OutgoingRecord out;
  out.topic = "decisions";
  out.partition = 1;
  out.key = "C1";
  out.value = "not a decision";
  out.headers = of_another;
  ASSERT_TRUE((*publisher)->send(out).has_value());
  ASSERT_TRUE((*publisher)->flush().has_value());
  EXPECT_TRUE(replayed(plant.log(), spine(1)).equal()) << "what another task emitted is not this one's";
  out.headers = repeated;
  ASSERT_TRUE((*publisher)->send(out).has_value());
  out.headers = {};
  ASSERT_TRUE((*publisher)->send(out).has_value());
  ASSERT_TRUE((*publisher)->flush().has_value());
  const Replayed r = replayed(plant.log(), spine(1));
  EXPECT_EQ(r.differences, 2);
  ASSERT_TRUE(r.difference.has_value());
  EXPECT_EQ(r.difference->field, "additional");
  EXPECT_EQ(r.difference->emitted, "not a decision");
  EXPECT_EQ(r.diverged, "");
}

TEST_F(Replay, GoesOnFromAStateAndFindsItsPlaceInTheOutputs) {
  PlantOptions one_partition;
  one_partition.partitions = 1;
  one_partition.batch_records = 50;
  Plant long_one(one_partition);
  long_one.publish(company(9'000));
  const Hash128 whole = long_one.run().digest;
  disks.clear();
  const runtime::WorkerOptions o = options();
  auto first = replay(long_one.log(), spine(0), o, to(120));
  ASSERT_TRUE(first.has_value()) << first.error().what;
  EXPECT_TRUE(first->equal());
  EXPECT_EQ(first->last, 120);
  for (auto& [task, disk] : disks) ASSERT_FALSE(disk->empty()) << task;
  auto rest = replay(long_one.log(), spine(0), o);
  ASSERT_TRUE(rest.has_value()) << rest.error().what;
  EXPECT_TRUE(rest->equal()) << (rest->difference ? rest->difference->text() : rest->diverged);
  EXPECT_EQ(rest->first, 121);
  EXPECT_GT(first->outputs, 2'000) << "or nothing has to be searched";
  std::size_t emitted = 0;
  for (const std::string& topic : topology::account_subtopology().outputs) emitted += long_one.outputs(topic)[0].size();
  EXPECT_EQ(first->outputs + rest->outputs, static_cast<std::int64_t>(emitted));
  EXPECT_EQ(rest->digest.hex(), whole.hex());
  const auto beyond = replay(long_one.log(), spine(0), o, to(100'000));
  ASSERT_FALSE(beyond.has_value());
  EXPECT_NE(beyond.error().what.find("before --to 100000"), std::string::npos) << beyond.error().what;
}

TEST_F(Replay, RefusesAnotherLogicAndNamesBoth) {
  runtime::WorkerOptions o = options();
  o.logic_version = "fedcba9876543210";
  const auto refused = replay(plant.log(), spine(0), o);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().remedy, Remedy::stop);
  EXPECT_NE(refused.error().what.find("0123456789abcdef"), std::string::npos) << refused.error().what;
  EXPECT_NE(refused.error().what.find("fedcba9876543210"), std::string::npos) << refused.error().what;
}

TEST_F(Replay, RefusesTheChronicleOfAnotherApplication) {
  runtime::WorkerOptions o = options();
  o.app = "risk";
  const auto refused = replay(plant.log(), spine(0), o);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().what.find("is of application test, this is risk"), std::string::npos) << refused.error().what;
}

TEST_F(Replay, ShowsTheFirstDecisionThatOtherRulesWouldMakeDifferent) {
  runtime::WorkerOptions o = options();
  o.logic.unpaid_units_max = 1;  // under the version of the rules that decided
  const auto r = replay(plant.log(), spine(0), o);
  ASSERT_TRUE(r.has_value()) << r.error().what;
  EXPECT_FALSE(r->equal());
  ASSERT_TRUE(r->difference.has_value());
  EXPECT_EQ(r->difference->field, "value");
  EXPECT_NE(r->difference->derived, r->difference->emitted);
  EXPECT_EQ(r->difference->batch, r->last);
  EXPECT_NE(r->diverged.find("diverges at chronicle record " + std::to_string(r->last)), std::string::npos) << r->diverged;
}

}  // namespace
}  // namespace due::test
