#include "stream/runtime/task/input_queues.h"

#include <gtest/gtest.h>

#include <deque>

#include "state/memory/memory_rows.h"
#include "topology/account/account_logic.h"

using namespace due;
using namespace due::runtime;

namespace {

class Queues : public testing::Test {
 protected:
  Queues() : subtopology_(topology::account_subtopology()), machine_(options(), rows_, 1U << 20), queues_(2, 0, 0, machine_) {}

  Machine::Options options() {
    Machine::Options o;
    o.identity = {"account-0", 0, 1, {"invoices", "payments"}, "test"};
    o.subtopology = &subtopology_;
    o.outputs = {{"decisions", 1, 1 << 20}, {"dead-letters", 1, 1 << 20}};
    return o;
  }
  // A record that lies there already, behind what has been taken.
  void offer(std::int64_t offset) {
    log::Record r;
    r.offset = {offset};
    records_.push_back(r);
    queues_.offer(0, nullptr, {&records_.back(), 1});
  }

  state::MemoryRows rows_;
  topology::Subtopology subtopology_;
  Machine machine_;
  InputQueues queues_;
  std::deque<log::Record> records_;
};

}  // namespace

// A fold ends each batch where its record says, also over the markers that lie between it and what has been read ahead. It stood before
// them otherwise, and where the log began behind them then, a state without a fault was refused.
TEST_F(Queues, PassAGapBeforeWhatIsQueued) {
  queues_.start_at(0, 5);
  offer(7);
  queues_.skip_to(0, 7);
  EXPECT_EQ(queues_.position(0), 7);
}

TEST_F(Queues, PassNoRecordThatWaits) {
  queues_.start_at(0, 5);
  offer(6);
  queues_.skip_to(0, 7);
  EXPECT_EQ(queues_.position(0), 5);
  queues_.progress(0, 9, true);
  EXPECT_EQ(queues_.position(0), 5);
}
