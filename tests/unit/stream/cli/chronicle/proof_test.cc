// What holds after crashes is proven; whatever is changed, removed or added to chronicle, outputs or positions is named.
#include "stream/cli/chronicle/proof.h"

#include <gtest/gtest.h>

#include "tests/integration/runtime/altered_log.h"
#include "tests/integration/runtime/plant.h"
#include "topology/register/register_logic.h"

namespace due::cli {
namespace {

using test::AlteredLog;
using Fate = AlteredLog::Fate;

test::PlantOptions with_register() {
  test::PlantOptions o;
  o.topology = {{topology::account_subtopology(), topology::register_subtopology()}};
  o.batch_records = 50;
  return o;
}

// Time that is not waited for.
class Hasty final : public log::Time {
 public:
  EventTime wall() override { return {1'767'225'600'000'000}; }
  std::chrono::microseconds monotonic() override { return now_; }
  void sleep(log::Duration duration) override { now_ += duration; }

 private:
  std::chrono::microseconds now_{0};
};

class Proving : public ::testing::Test {
 protected:
  Proving() : options(with_register()), plant(options) {
    plant.publish(test::company(2'500));
    for (int n = 1; n <= 3; ++n) EXPECT_TRUE(plant.run_and_crash_at("commit.begin", 7 * n));
    plant.run();
  }

  Proof proof(log::Log& log, const std::vector<std::string>& names = {}) {
    const auto places = task_places(log, options.topology, "", names);
    EXPECT_TRUE(places.has_value()) << (places ? "" : places.error().what);
    auto p = prove(log, {"test", "", &options.topology}, *places);
    EXPECT_TRUE(p.has_value()) << (p ? "" : p.error().what);
    return p ? *p : Proof{};
  }
  // Of a log in which the nth record of a partition is another one.
  Proof altered(const log::TopicPartition& where, int nth, const std::function<Fate(log::Record&, std::deque<std::string>&)>& alter) {
    std::map<std::int64_t, int> seen;  // the same record may be read again
    AlteredLog log(plant.log(), [&](const log::TopicPartition& p, log::Record& r, std::deque<std::string>& texts) {
      if (p != where) return Fate::as_it_is;
      const int n = seen.try_emplace(r.offset.value, static_cast<int>(seen.size())).first->second;
      return n == nth ? alter(r, texts) : Fate::as_it_is;
    });
    log.own_time = &hasty;
    return proof(log);
  }
  static std::string findings(const Proof& p) {
    std::string all;
    for (const TaskProof& t : p.tasks)
      if (!t.finding.empty()) all += t.finding + "\n";
    for (const std::string& f : p.findings) all += f + "\n";
    return all;
  }
  void expect_found(const Proof& p, const std::string& what) {
    EXPECT_FALSE(p.holds());
    EXPECT_NE(findings(p).find(what), std::string::npos) << findings(p) << "does not say " << what;
  }

  Hasty hasty;
  test::PlantOptions options;
  test::Plant plant;
};

TEST_F(Proving, HoldsAfterCrashesAndCountsEveryOutput) {
  const Proof p = proof(plant.log());
  EXPECT_TRUE(p.holds()) << findings(p);
  EXPECT_EQ(p.tasks.size(), 6U);
  std::size_t emitted = 0;
  std::int64_t covered = 0;
  for (const char* topic : {"decisions", "dead-letters", "credit-note-requests", "credit-note-outcomes", "credit-notes"})
    for (const auto& partition : plant.outputs(topic)) emitted += partition.size();
  for (const TaskProof& t : p.tasks) {
    covered += t.outputs;
    EXPECT_GT(t.records, 0);
    EXPECT_FALSE(t.position_gone);
  }
  EXPECT_EQ(p.outputs_seen, static_cast<std::int64_t>(emitted));
  EXPECT_EQ(covered, static_cast<std::int64_t>(emitted));
}

TEST_F(Proving, LooksAtTheTasksThatAreNamed) {
  const Proof p = proof(plant.log(), {"account-2"});
  EXPECT_TRUE(p.holds()) << findings(p);
  ASSERT_EQ(p.tasks.size(), 1U);
  EXPECT_EQ(p.outputs_seen, p.tasks[0].outputs);
  const auto none = task_places(plant.log(), options.topology, "", {"account-3"});
  ASSERT_FALSE(none.has_value());
  EXPECT_NE(none.error().what.find("there are account-0, account-1, account-2, register-0"), std::string::npos) << none.error().what;
}

TEST_F(Proving, RefusesTheChronicleOfAnotherApplication) {
  const auto places = task_places(plant.log(), options.topology, "", {});
  const auto other = prove(plant.log(), {"risk", "", &options.topology}, *places);
  ASSERT_FALSE(other.has_value());
  EXPECT_NE(other.error().what.find("is of application test, this is risk"), std::string::npos) << other.error().what;
}

TEST_F(Proving, NamesAChangedAndAMissingChronicleRecord) {
  const auto flip = [](log::Record& r, std::deque<std::string>& texts) {
    std::string bytes(*r.value);
    bytes.back() ^= 1;  // of the hash of its outputs
    r.value = texts.emplace_back(bytes);
    return Fate::changed;
  };
  expect_found(altered({"chronicle", 1}, 4, flip), "task account-1, where record 5 was expected (chronicle/1, offset ");
  const auto remove = [](log::Record&, std::deque<std::string>&) { return Fate::gone; };
  expect_found(altered({"register-chronicle", 0}, 1, remove), "task register-0, where record 1 was expected");
}

TEST_F(Proving, NamesOutputsThatAreMissingDoubledOrNobodys) {
  const auto remove = [](log::Record&, std::deque<std::string>&) { return Fate::gone; };
  expect_found(altered({"decisions", 1}, 20, remove), "and before it 1 from 21 on are missing");
  const int last = static_cast<int>(plant.outputs("decisions")[1].size()) - 1;
  expect_found(altered({"decisions", 1}, last, remove),
               "decisions/1: numbers " + std::to_string(last + 1) + " to " + std::to_string(last + 1) + " of task account-1 are missing");
  log::Header mark[1];
  const auto marked = [&mark](std::string text) {
    return [&mark, text](log::Record& r, std::deque<std::string>& texts) {
      mark[0] = {"duestream", texts.emplace_back(text)};
      r.headers = mark;
      return Fate::changed;
    };
  };
  expect_found(altered({"decisions", 1}, 20, marked("account-1 5 1")), "number 5 of task account-1 a second time");
  expect_found(altered({"decisions", 1}, 20, marked("account-1 999999 1")), "number 999999 of task account-1, which no record");
  expect_found(altered({"decisions", 1}, 20, marked("billing-1 21 1")), "no task of this application wrote it");
  expect_found(altered({"decisions", 1}, 20, marked("account-0 1 1")), "number 1 of task account-0, which no record");
}

// Somebody moved the group.
class MovedGroup final : public test::ForwardingLog {
 public:
  MovedGroup(log::Log& inner, std::function<void(log::CommittedPosition&)> change) : ForwardingLog(inner), change_(std::move(change)) {}
  Result<std::vector<std::optional<log::CommittedPosition>>> committed(const std::string& group, std::span<const log::TopicPartition> p,
                                                                       log::Duration deadline) override {
    auto all = ForwardingLog::committed(group, p, deadline);
    if (all && all->front() && p.front() == log::TopicPartition{"invoices", 1}) change_(*all->front());
    return all;
  }

 private:
  std::function<void(log::CommittedPosition&)> change_;
};

// The application goes on while it is looked at: every answer is older than the next one.
TEST_F(Proving, HoldsBesideAnApplicationThatNeverRests) {
  int asked = 0;
  test::ForwardingLog log(plant.log());
  log.own_time = &hasty;
  log.before_committed = log.before_bounds = [this, &asked] {
    if (++asked >= 500) return;  // enough: it waits for a rest
    std::vector<test::CompanyRecord> more;
    for (int n = 0; n < 6; ++n)
      more.push_back(test::usage("C" + std::to_string(n), "meanwhile-" + std::to_string(asked) + "-" + std::to_string(n), 51, 1, ""));
    plant.publish(more);
    plant.run();
  };
  const Proof p = proof(log);
  EXPECT_TRUE(p.holds()) << findings(p);
  EXPECT_LT(asked, 500);
}

TEST_F(Proving, NamesAPositionThatDoesNotBelongToTheEnd) {
  const auto moved = [this](const std::function<void(log::CommittedPosition&)>& change) {
    MovedGroup log(plant.log(), change);
    log.own_time = &hasty;
    return proof(log);
  };
  expect_found(moved([](log::CommittedPosition& p) { p.metadata = "v1 3 " + std::string(32, '0'); }),
               "task account-1: the position of group");
  expect_found(moved([](log::CommittedPosition& p) { p.metadata = ""; }), "names \"\", the chronicle ends with record");
  expect_found(moved([](log::CommittedPosition& p) { p.next.value -= 1; }), "the group's position in invoices/1 is ");
  auto publisher = plant.log().publisher();
  log::OutgoingRecord out;
  out.topic = "invoices";
  out.partition = 1;
  out.value = "never taken";
  ASSERT_TRUE((*publisher)->send(out).has_value());
  ASSERT_TRUE((*publisher)->flush().has_value());
  EXPECT_TRUE(proof(plant.log()).holds());
  expect_found(moved([](log::CommittedPosition& p) { p.next.value += 1; }), " before it is taken by no record");
}

}  // namespace
}  // namespace due::cli
