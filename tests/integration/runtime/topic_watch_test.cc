// An input that is deleted and made again under a running worker, and has more in it than was read before anybody asks: the reader,
// which asks by name and offset, sees nothing of it.
#include <gtest/gtest.h>

#include "tests/integration/runtime/stage.h"

namespace due::test {
namespace {

// Says of one topic from some moment on that it is another one, or that it is not there.
class OtherTopic final : public ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  enum class Fate { as_it_is, created_again, gone, no_answer };
  Fate fate = Fate::as_it_is;

  Result<std::vector<log::TopicInfo>> describe(std::span<const std::string> topics) override {
    if (fate == Fate::no_answer) return Error{Remedy::retry, "no answer in time"};
    auto infos = ForwardingLog::describe(topics);
    if (!infos || fate == Fate::as_it_is) return infos;
    if (fate == Fate::gone) std::erase_if(*infos, [](const log::TopicInfo& i) { return i.name == "payments"; });
    for (log::TopicInfo& i : *infos)
      if (i.name == "payments") i.id = "another";
    return infos;
  }
};

class TopicWatch : public testing::Test {
 protected:
  TopicWatch() : plant(Stage::options(time)), log(plant.log()) {
    plant.publish(company(200));
    runtime::WorkerOptions o = plant.worker_options("0");
    o.until_caught_up = false;
    o.make_lane = [] { return std::make_unique<InlineLane>(); };
    worker = std::make_unique<Worker>(log, o, Plant::quiet());
    EXPECT_TRUE(worker->start().has_value());
    EXPECT_EQ(turns_of(20s), "");
    EXPECT_GT(records_in(plant, "decisions"), 100U);
  }
  std::string turns_of(std::chrono::microseconds span) {
    for (const auto end = time.monotonic() + span; time.monotonic() < end; time.pass(1ms))
      if (auto turned = worker->turn(); !turned) return turned.error().what;
    return {};
  }

  HandTime time;
  Plant plant;
  OtherTopic log;
  std::unique_ptr<Worker> worker;
};

TEST_F(TopicWatch, AnInputThatWasCreatedAgainStopsItsReaders) {
  log.fate = OtherTopic::Fate::created_again;
  EXPECT_EQ(turns_of(6s),
            "topic payments was deleted and created again while it was read: restore it, or use a new application name and state "
            "directory");
}

TEST_F(TopicWatch, SoDoesOneThatIsGone) {
  log.fate = OtherTopic::Fate::gone;
  EXPECT_EQ(turns_of(6s), "topic payments was deleted while it was read: restore it, or use a new application name and state directory");
}

TEST_F(TopicWatch, ALogThatDoesNotAnswerIsAskedAgain) {
  log.fate = OtherTopic::Fate::no_answer;
  EXPECT_EQ(turns_of(20s), "");
  log.fate = OtherTopic::Fate::created_again;
  EXPECT_NE(turns_of(6s), "");
}

}  // namespace
}  // namespace due::test
