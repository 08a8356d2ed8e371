// tests/support/topology_driver.h
// A whole subtopology without a log: records in, outputs out, the clock moved by hand. What Kafka's TopologyTestDriver is there.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "schemas/codec/decision_reader.h"
#include "state/cache/object_cache.h"
#include "state/memory/memory_rows.h"
#include "tests/support/company.h"
#include "topology/account/account_logic.h"

namespace due::test {

struct Emitted {
  std::uint16_t output = 0;
  std::string key, value, code;  // code: of a dead letter
  bool has_key = true, has_value = true;  // false: null
  std::vector<std::pair<std::string, std::string>> headers{};
};

// Of the account subtopology, in the order of its inputs; behind them what every task is told.
inline const std::vector<std::string>& topics() {
  static const std::vector<std::string> all = [] {
    const topology::Subtopology s = topology::account_subtopology();
    std::vector<std::string> names = s.inputs;
    names.insert(names.end(), s.broadcast.begin(), s.broadcast.end());
    return names;
  }();
  return all;
}

class TopologyDriver final : public topology::Context {
 public:
  explicit TopologyDriver(topology::LogicOptions options = {}, std::size_t cache_bytes = 64U << 20, std::int32_t partitions = 1)
      : TopologyDriver(
            topology::account_subtopology().make_logic(topology::TaskIdentity{"account-0", 0, partitions, topics(), "test"}, options),
            topics(), cache_bytes) {
    asks_ = topology::AccountLogic::credit_note_requests;
  }
  TopologyDriver(std::unique_ptr<topology::Logic> logic, std::vector<std::string> inputs, std::size_t cache_bytes = 64U << 20)
      : cache_(rows_, cache_bytes), logic_(std::move(logic)), inputs_(std::move(inputs)) {
    now_ = {start_of(Date{20'000}), start_of(Date{40'000})};
  }

  // The outputs that this record caused, without what is asked of another subtopology: that goes to `asked`.
  std::vector<Emitted> pipe(const CompanyRecord& r) { return pipe(r.topic, {0, 0, 0, {0}, r.key, r.value, {}}); }
  // The record gets the next offset of the topic.
  std::vector<Emitted> pipe(const std::string& topic, const topology::InputRecord& record) {
    const std::size_t before = outputs.size();
    std::deque<std::string> arena;
    topology::Prepared p;
    p.record = record;
    p.record.input = static_cast<std::uint16_t>(std::find(inputs_.begin(), inputs_.end(), topic) - inputs_.begin());
    p.record.offset = offset_++;
    p.broadcast = topic == topology::Skipping::topic;
    logic_->prepare(p, arena);
    logic_->on_record(p, *this);
    cache_.end_step();
    return {outputs.begin() + static_cast<std::ptrdiff_t>(before), outputs.end()};
  }
  std::vector<Emitted> tick(EventTime time) {
    const std::size_t before = outputs.size();
    now_.time = time;
    logic_->on_tick(now_, *this);
    return {outputs.begin() + static_cast<std::ptrdiff_t>(before), outputs.end()};
  }

  // What has changed since the last one becomes rows; these.
  std::shared_ptr<const state::RowBatch> persist() {
    cache_.cut();
    (void)cache_.encode(SIZE_MAX);
    const auto batch = cache_.batch();
    rows_.write(*batch);
    cache_.written();
    cache_.end_step();
    return batch;
  }
  // Of the state as it is, whatever is in memory only.
  Hash128 digest() {
    persist();
    return cache_.digest();
  }
  state::RowReader& rows() { return rows_; }
  std::int64_t next_offset() const { return offset_; }  // which the next record gets, whatever its topic

  bool emit(std::uint16_t output, std::optional<std::string_view> key, std::optional<std::string_view> value,
            std::span<const HeaderView> headers) override {
    if (value && value->size() > value_bytes_max) return false;
    if (output == full) return false;
    Emitted e{output, std::string(key.value_or("")), std::string(value.value_or("")), "", key.has_value(), value.has_value()};
    for (const HeaderView& h : headers) {
      e.headers.emplace_back(h.name, h.value);
      if (h.name == "x-err.code") e.code = h.value;
    }
    (output == asks_ ? asked : outputs).push_back(std::move(e));
    return true;
  }
  const topology::Tick& now() const override { return now_; }
  void set_time(EventTime time) { now_.time = time; }
  void set_wall(EventTime wall) { now_.wall = wall; }
  state::ObjectStore& store() override { return cache_; }
  topology::Counts& counts() override { return counts_; }

  std::vector<Emitted> outputs, asked;
  std::size_t value_bytes_max = SIZE_MAX;  // of every output topic
  std::optional<std::uint16_t> full;       // what goes there does not fit

 private:
  state::MemoryRows rows_;
  state::ObjectCache cache_;
  std::unique_ptr<topology::Logic> logic_;
  std::vector<std::string> inputs_;
  std::optional<std::uint16_t> asks_;
  topology::Tick now_;
  topology::Counts counts_;
  std::int64_t offset_ = 0;
};

}  // namespace due::test
