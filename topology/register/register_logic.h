// topology/register/register_logic.h
// The subtopology REGISTER: the only writer of number series. A request gets the next number of its series and becomes a credit note.
//
//   Source   topic credit-note-requests, keyed by legal entity and document type
//   Shape    one credit note and one outcome per request. Numbers: gapless from 1 per series and year of the issue date, in the order
//            of issue dates. The date is that of task time where the legal entity is; it never goes back
//   Late     a request asked again gets its outcome again, and no second number
//   Errors   a credit note that does not fit its topic is refused and draws no number; a request that no account task can have written,
//            or whose outcome does not fit, is a dead letter
//   Clock    none
//   Threads  owned by one task
#pragma once

#include <string>

#include "schemas/codec/master_decoder.h"
#include "topology/graph/description.h"

namespace due::topology {

Subtopology register_subtopology();  // with orders to pass over records

class RegisterLogic final : public Logic {
 public:
  enum Output : std::uint16_t { credit_notes, outcomes, dead_letters };

  RegisterLogic(TaskIdentity task, LogicOptions options);

  void prepare(Prepared& record, std::deque<std::string>& arena) override;
  void on_record(const Prepared& record, Context& context) override;
  void on_tick(const Tick&, Context&) override {}
  bool due_by(EventTime) const override { return false; }
  void restore(state::ObjectStore&) override {}

 private:
  void refuse(const Prepared& record, const codec::Refusal& why, Context& context);
  void take(const Prepared& record, const events::MasterEvent& event, Context& context);

  TaskIdentity task_;
  LogicOptions options_;
  codec::MasterDecoder decoder_{codec::MasterTopic::credit_note_requests};
};

}  // namespace due::topology
