// tests/integration/runtime/forwarding_log.h
// A log that passes everything on to another one, and may tell another time, take (virtual) time for what is read, keep
// rebalances to itself for a while, or let something happen before it answers.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stream/log/log.h"

namespace due::test {

// Moves when somebody waits, or when the test says so.
class HandTime final : public log::Time {
 public:
  EventTime wall() override { return {1'767'225'600'000'000 + now_.count()}; }  // 2026-01-01 at first
  std::chrono::microseconds monotonic() override { return now_; }
  void sleep(log::Duration duration) override { now_ += duration; }
  void pass(std::chrono::microseconds d) { now_ += d; }

 private:
  std::chrono::microseconds now_{1'000'000'000};
};

// The clock of a machine that differs from the log's.
class SkewedTime final : public log::Time {
 public:
  SkewedTime(log::Time& inner, std::chrono::microseconds ahead) : inner_(inner), ahead_(ahead) {}
  EventTime wall() override { return inner_.wall().plus_micros(ahead_.count()); }
  std::chrono::microseconds monotonic() override { return inner_.monotonic(); }
  void sleep(log::Duration duration) override { inner_.sleep(duration); }
  void set_ahead(std::chrono::microseconds ahead) { ahead_ = ahead; }

 private:
  log::Time& inner_;
  std::chrono::microseconds ahead_;
};

class ForwardingLog : public log::Log {
 public:
  explicit ForwardingLog(log::Log& inner) : inner_(inner) {}

  log::Time* own_time = nullptr;                       // null: the inner log's
  HandTime* reading_time = nullptr;                    // moves by what is read ...
  std::chrono::microseconds time_per_record{0};        // ... by this much a record
  std::function<void()> before_bounds, before_committed;  // before a question is answered; may change what they are
  std::function<std::string(std::string_view)> forged;    // null: values are read as they were written

  int pauses = 0;  // of inputs
  bool keeps_rebalances = false;                            // nobody is told of them meanwhile

  Result<std::unique_ptr<log::Membership>> join(const log::MembershipOptions& options) override {
    auto joined = inner_.join(options);
    if (!joined) return joined;
    return std::unique_ptr<log::Membership>(std::make_unique<LateMembership>(*this, std::move(*joined)));
  }
  Result<std::unique_ptr<log::Reader>> reader(log::Isolation isolation) override {
    auto reader = inner_.reader(isolation);
    if (!reader) return reader;
    return std::unique_ptr<log::Reader>(std::make_unique<SlowReader>(*this, std::move(*reader)));
  }
  Result<std::unique_ptr<log::Committer>> open_committer(const log::CommitterOptions& options) override {
    return inner_.open_committer(options);
  }
  Result<std::unique_ptr<log::Publisher>> publisher() override { return inner_.publisher(); }
  Result<std::vector<std::optional<log::CommittedPosition>>> committed(const std::string& group,
                                                                       std::span<const log::TopicPartition> partitions,
                                                                       log::Duration deadline) override {
    if (before_committed) before_committed();
    return inner_.committed(group, partitions, deadline);
  }
  Result<log::Bounds> bounds(const log::TopicPartition& partition, log::Isolation isolation) override {
    if (before_bounds) before_bounds();
    return inner_.bounds(partition, isolation);
  }
  Result<std::vector<log::TopicInfo>> describe(std::span<const std::string> topics) override { return inner_.describe(topics); }
  Status create(std::span<const log::TopicSpec> topics) override { return inner_.create(topics); }
  Result<std::string> cluster() override { return inner_.cluster(); }
  log::Time& time() override { return own_time != nullptr ? *own_time : inner_.time(); }

 private:
  class LateMembership final : public log::Membership {
   public:
    LateMembership(ForwardingLog& log, std::unique_ptr<log::Membership> inner) : log_(log), inner_(std::move(inner)) {}
    Result<std::optional<log::Rebalance>> poll(log::Duration deadline) override {
      if (log_.keeps_rebalances) return std::optional<log::Rebalance>{};
      return inner_->poll(deadline);
    }
    Status acknowledge(const log::Rebalance& rebalance) override { return inner_->acknowledge(rebalance); }
    log::Identity identity() override { return inner_->identity(); }

   private:
    ForwardingLog& log_;
    std::unique_ptr<log::Membership> inner_;
  };

  class ForgedBatch final : public log::Batch {
   public:
    ForgedBatch(std::unique_ptr<log::Batch> inner, const std::function<std::string(std::string_view)>& forged) : inner_(std::move(inner)) {
      for (log::Record r : inner_->records()) {
        if (r.value) r.value = values_.emplace_back(forged(*r.value));
        records_.push_back(r);
      }
    }
    std::span<const log::Record> records() const override { return records_; }
    std::span<const log::Progress> progress() const override { return inner_->progress(); }

   private:
    std::unique_ptr<log::Batch> inner_;
    std::deque<std::string> values_;
    std::vector<log::Record> records_;
  };

  class SlowReader final : public log::Reader {
   public:
    SlowReader(ForwardingLog& log, std::unique_ptr<log::Reader> inner) : log_(log), inner_(std::move(inner)) {}
    Status add(std::span<const log::Assignment> inputs) override { return inner_->add(inputs); }
    void remove(std::span<const log::InputTag> inputs) override { inner_->remove(inputs); }
    void pause(log::InputTag input) override {
      ++log_.pauses;
      inner_->pause(input);
    }
    void resume(log::InputTag input) override { inner_->resume(input); }
    Result<std::unique_ptr<log::Batch>> poll(std::size_t records_max, log::Duration deadline) override {
      auto batch = inner_->poll(records_max, deadline);
      if (batch && log_.reading_time != nullptr)
        log_.reading_time->pass(log_.time_per_record * static_cast<std::int64_t>((*batch)->records().size()));
      if (!batch || !log_.forged) return batch;
      return std::unique_ptr<log::Batch>(std::make_unique<ForgedBatch>(std::move(*batch), log_.forged));
    }

   private:
    ForwardingLog& log_;
    std::unique_ptr<log::Reader> inner_;
  };

  log::Log& inner_;
};

}  // namespace due::test
