#include "stream/runtime/reading/chronicle_reader.h"

#include <algorithm>

namespace due::runtime {
namespace {

constexpr log::Duration glance{2};
constexpr std::size_t records_of_one_poll = 2'000;

}  // namespace

Result<ChronicleReader> ChronicleReader::open(log::Log& log, log::Isolation isolation, const log::TopicPartition& partition,
                                              std::int64_t from, std::int64_t end) {
  ChronicleReader r;
  r.next_ = from;
  r.end_ = end;
  if (r.at_end()) return r;
  auto reader = log.reader(isolation);
  if (!reader) return reader.error();
  r.reader_ = std::move(*reader);
  const log::Assignment assignment[] = {{partition, {from}, {0}}};
  if (Status added = r.reader_->add(assignment); !added) return added.error();
  return r;
}

Result<const log::Record*> ChronicleReader::next() {
  const log::Record* none = nullptr;
  if (at_end()) return none;
  if (!batch_ || at_ == batch_->records().size()) {
    auto polled = reader_->poll(records_of_one_poll, glance);
    if (!polled) return polled.error();
    batch_ = std::move(*polled);
    at_ = 0;
    if (batch_->records().empty()) {
      for (const log::Progress& p : batch_->progress()) next_ = std::max(next_, p.next.value);
      return none;
    }
  }
  const log::Record& record = batch_->records()[at_++];
  if (record.offset.value >= end_) {
    next_ = end_;
    return none;
  }
  next_ = record.offset.next().value;
  // Behind the last record of a batch there may be control records alone.
  if (at_ == batch_->records().size())
    for (const log::Progress& p : batch_->progress()) next_ = std::max(next_, p.next.value);
  return &record;
}

}  // namespace due::runtime
