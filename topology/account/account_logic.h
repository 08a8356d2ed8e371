// topology/account/account_logic.h
// The subtopology ACCOUNT: decode ► intake ► account ► features ► rule ► decision, one record at a time.
//
//   Source   topics invoices, payments, usage, keyed by customer
//   Shape    one decision per unique event; every input ends as decision, duplicate, conflict, dead letter or parked
//   Late     parked records are taken up when their document comes, or dead-lettered by their timer (parked_max of task time)
//   Clock    none
//   Threads  owned by one task
#pragma once

#include <set>

#include "topology/account/booking.h"
#include "topology/graph/description.h"
#include "topology/risk/decision.h"

namespace due::topology {

Subtopology account_subtopology();

class AccountLogic final : public Logic {
 public:
  enum Output : std::uint16_t { decisions, dead_letters };

  AccountLogic(TaskIdentity task, LogicOptions options);

  void prepare(Prepared& record, std::deque<std::string>& arena) override;
  void on_record(const Prepared& record, Context& context) override;
  void on_tick(const Tick& tick, Context& context) override;
  bool due_by(EventTime time) const override { return !timers_.empty() && timers_.begin()->first <= time; }
  void restore(state::ObjectStore& store) override;

 private:
  void take(const Prepared& record, Context& context);  // a record, new or released
  void refuse(const Prepared& record, const codec::Refusal& why, std::string_view stage, Context& context);
  void park(const Prepared& record, const Booked& waits, Booking& booking, Context& context);
  std::optional<Waiting> take_parked(const state::Key& key, Context& context);  // it waits no more
  void release(const Owner& owner, const std::vector<Hash128>& records, Context& context);
  void decide(const Prepared& record, const events::Event& event, const Booked& booked, Context& context);

  TaskIdentity task_;
  LogicOptions options_;
  codec::EventDecoder decoder_;
  std::set<std::pair<EventTime, std::string>> timers_;  // when it gives up, key of the Waiting row
  std::string scratch_;
  risk::DecisionWriter writer_;
};

}  // namespace due::topology
