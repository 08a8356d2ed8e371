// Orders to pass over a record: around the logic of any subtopology. The record that a control names is not processed but laid down in
// the dead letters whole, with who ordered it and why. What would stop the task in decoding or processing is never given to the logic.
//
//   Source   topic controls, broadcast; schemas/events/control.h. Of the other orders the id is remembered, and nothing follows yet
//   Shape    rows in docs/formats/state.md: the ids of controls for ever; a skip until its record, or a later one of that input, has come
//   Late     a skip of a record that was processed before does nothing, and ends with the next record of that input
//   Errors   a control that cannot be carried out is a dead letter of the answering subtopology's task 0, and changes nothing anywhere
//   Clock    none
//   Threads  owned by one task
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schemas/codec/master_decoder.h"
#include "topology/graph/description.h"

namespace due::topology {

// What is stored of an order that lies ahead.
struct OrderedSkip {
  std::string topic;  // without prefix
  std::int64_t offset = 0;
  std::string control_id, actor, reason;

  static state::Key key_of(std::string_view topic, std::int64_t offset) {
    return state::Key(state::Kind::skip).add(hash128(topic)).add(static_cast<std::uint64_t>(offset));
  }
  static OrderedSkip decode(std::string_view value);  // StoreFailure for an unknown version or a value that is cut short
  std::string encode() const;
};

class Skipping final : public Logic {
 public:
  static constexpr char topic[] = "controls";
  struct Options {
    std::uint16_t dead_letters = 0;  // its place among the outputs
    Tally& (*tally)(std::uint16_t input, Counts& counts) = nullptr;  // where records of an input are counted
    bool answers = false;  // task 0 of this subtopology counts controls and says which are refused
    std::vector<std::string> elsewhere;  // inputs of other subtopologies, whose records can be passed over too
  };

  Skipping(TaskIdentity task, LogicOptions options, Options skipping, std::unique_ptr<Logic> inner);

  void prepare(Prepared& record, std::deque<std::string>& arena) override;
  void on_record(const Prepared& record, Context& context) override;
  void on_tick(const Tick& tick, Context& context) override { inner_->on_tick(tick, context); }
  bool due_by(EventTime time) const override { return inner_->due_by(time); }
  void restore(state::ObjectStore& store) override;
  std::uint64_t object_of(const InputRecord& record) const override { return inner_->object_of(record); }
  std::uint64_t document_of(const Prepared& record) const override { return inner_->document_of(record); }

 private:
  using Place = std::pair<std::uint16_t, std::int64_t>;  // input, offset

  std::optional<std::uint16_t> input_of(std::string_view topic) const;  // co-partitioned ones alone
  std::optional<codec::Refusal> check(const events::RecordSkipped& order) const;
  void hear(const Prepared& record, Context& context);
  bool remember(const events::Control& control, const events::RecordSkipped& order, Context& context);  // false: ordered before
  std::optional<OrderedSkip> arrive(const InputRecord& record, Context& context);  // the order for this record; earlier ones end
  void lay_down(const InputRecord& record, const OrderedSkip& order, Context& context);
  void refuse(const Prepared& record, const codec::Refusal& why, Context& context);

  TaskIdentity task_;
  LogicOptions options_;
  Options skipping_;
  std::unique_ptr<Logic> inner_;
  std::optional<std::uint16_t> controls_;  // its place among the inputs
  codec::MasterDecoder decoder_{codec::MasterTopic::controls};
  std::set<Place> ahead_;
};

}  // namespace due::topology
