// topology/account/account_logic.h
// The subtopology ACCOUNT: decode ► intake ► account ► features ► rule ► decision, one record at a time.
//
//   Source   topics invoices, payments, usage (documents), customers, contracts, disputes (master data) and credit-note-outcomes (the
//            register's answers), keyed by customer
//   Shape    one decision per unique document; every record ends as done, duplicate, conflict, dead letter or parked. Master data is
//            remembered, and no feature reads it. A cancellation reserves what its invoice can be credited and asks for a credit note;
//            the answer settles the reservation or ends it
//   Late     parked records are taken up when their document comes, or dead-lettered by their timer (parked_max of task time)
//   Clock    none
//   Threads  owned by one task
#pragma once

#include <array>
#include <set>

#include "schemas/codec/master_decoder.h"
#include "topology/account/booking.h"
#include "topology/graph/description.h"
#include "topology/intake/skipping.h"
#include "topology/master/processors.h"
#include "topology/risk/decision.h"

namespace due::topology {

Subtopology account_subtopology();  // with orders to pass over records

class AccountLogic final : public Logic {
 public:
  enum Output : std::uint16_t { decisions, dead_letters, credit_note_requests };
  static Skipping::Options skipping();  // what passes over records of these inputs

  AccountLogic(TaskIdentity task, LogicOptions options);

  void prepare(Prepared& record, std::deque<std::string>& arena) override;
  void on_record(const Prepared& record, Context& context) override;
  void on_tick(const Tick& tick, Context& context) override;
  bool due_by(EventTime time) const override { return !timers_.empty() && timers_.begin()->first <= time; }
  void restore(state::ObjectStore& store) override;
  std::uint64_t object_of(const InputRecord& record) const override;    // the account
  std::uint64_t document_of(const Prepared& record) const override;  // the invoice that a document is, or speaks of

 private:
  // Topics in the order of the subtopology's inputs: documents first.
  static constexpr std::uint16_t documents = 3, others = 4, outcomes = documents + others - 1;
  static bool is_document(std::uint16_t input) { return input < documents; }
  static Tally& tally(std::uint16_t input, Counts& counts) {
    if (is_document(input)) return counts.documents;
    return input == outcomes ? counts.internal : counts.master;
  }
  static Tally& tally(std::uint16_t input, Context& context) { return tally(input, context.counts()); }

  void take(const Prepared& record, Context& context);  // a record, new or released
  void book(const Prepared& record, const events::Event& event, Context& context);
  void learn(const Prepared& record, const events::MasterEvent& event, Context& context);
  master::Applied apply(const events::MasterEvent& event, Context& context);
  void wait(const events::MasterEvent& event, Hash128 record, Context& context);
  void refuse(const Prepared& record, const codec::Refusal& why, std::string_view stage, Context& context);
  Hash128 park(const Prepared& record, const Owner& owner, Context& context);  // under a timer; the id that it goes by
  std::optional<Waiting> take_parked(const state::Key& key, Context& context);  // it waits no more
  void release(const Owner& owner, const std::vector<Hash128>& records, Context& context);
  void decide(const Prepared& record, const events::Event& event, const Booked& booked, Context& context);
  // False: it does not fit its topic; the reservation is released, and the record is a dead letter.
  bool request_credit_note(const Prepared& record, const events::Event& event, const Booked& booked, Context& context);
  // An outcome: settles the reservation, or releases it.
  void settle(const Prepared& record, const events::MasterEvent& event, Context& context);

  TaskIdentity task_;
  LogicOptions options_;
  codec::EventDecoder decoder_;
  std::array<codec::MasterDecoder, others> other_decoders_{
      codec::MasterDecoder{codec::MasterTopic::customers}, codec::MasterDecoder{codec::MasterTopic::contracts},
      codec::MasterDecoder{codec::MasterTopic::disputes}, codec::MasterDecoder{codec::MasterTopic::credit_note_outcomes}};
  std::set<std::pair<EventTime, std::string>> timers_;  // when it gives up, key of the Waiting row
  std::string scratch_;
  risk::DecisionWriter writer_;
};

}  // namespace due::topology
