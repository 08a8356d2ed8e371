// tests/integration/runtime/altered_log.h
// A log that somebody has tampered with: what is read from it may be changed, or left out.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/runtime/forwarding_log.h"

namespace due::test {

class AlteredLog final : public ForwardingLog {
 public:
  enum class Fate { as_it_is, changed, gone };
  // May change the views of a record; texts that it needs for that live in the deque.
  using Alter = std::function<Fate(const log::TopicPartition&, log::Record&, std::deque<std::string>&)>;

  AlteredLog(log::Log& inner, Alter alter) : ForwardingLog(inner), alter_(std::move(alter)) {}

  Result<std::unique_ptr<log::Reader>> reader(log::Isolation isolation) override {
    auto reader = ForwardingLog::reader(isolation);
    if (!reader) return reader;
    return std::unique_ptr<log::Reader>(std::make_unique<AlteringReader>(alter_, std::move(*reader)));
  }

 private:
  class AlteredBatch final : public log::Batch {
   public:
    AlteredBatch(std::unique_ptr<log::Batch> inner) : inner_(std::move(inner)) {}
    std::span<const log::Record> records() const override { return records_; }
    std::span<const log::Progress> progress() const override { return inner_->progress(); }
    const log::Batch& inner() const { return *inner_; }
    std::vector<log::Record> records_;
    std::deque<std::string> texts_;

   private:
    std::unique_ptr<log::Batch> inner_;
  };

  class AlteringReader final : public log::Reader {
   public:
    AlteringReader(const Alter& alter, std::unique_ptr<log::Reader> inner) : alter_(alter), inner_(std::move(inner)) {}
    Status add(std::span<const log::Assignment> inputs) override {
      for (const log::Assignment& a : inputs) places_[a.input] = a.partition;
      return inner_->add(inputs);
    }
    void remove(std::span<const log::InputTag> inputs) override { inner_->remove(inputs); }
    void pause(log::InputTag input) override { inner_->pause(input); }
    void resume(log::InputTag input) override { inner_->resume(input); }
    Result<std::unique_ptr<log::Batch>> poll(std::size_t records_max, log::Duration deadline) override {
      auto polled = inner_->poll(records_max, deadline);
      if (!polled) return polled;
      auto batch = std::make_unique<AlteredBatch>(std::move(*polled));
      for (log::Record r : batch->inner().records())
        if (alter_(places_[r.input], r, batch->texts_) != Fate::gone) batch->records_.push_back(r);
      return std::unique_ptr<log::Batch>(std::move(batch));
    }

   private:
    const Alter& alter_;
    std::unique_ptr<log::Reader> inner_;
    std::map<log::InputTag, log::TopicPartition> places_;
  };

  Alter alter_;
};

}  // namespace due::test
