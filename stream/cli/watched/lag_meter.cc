#include "stream/cli/watched/lag_meter.h"

#include <algorithm>

namespace due::cli {
namespace {

constexpr std::chrono::seconds every{1};
constexpr std::size_t seen_max = 3'600;  // then the oldest are thinned out: half the resolution, twice as far back

}  // namespace

double LagHistory::seconds(std::chrono::microseconds now, std::int64_t next, std::int64_t end) {
  while (!seen_.empty() && seen_.front().end <= next) seen_.pop_front();
  if (end <= next) return 0;
  if (seen_.empty() || seen_.back().end < end) seen_.push_back({now, end});
  if (seen_.size() > seen_max) {
    std::size_t at = 0;
    std::erase_if(seen_, [&at](const Seen&) { return at++ % 2 == 1; });
  }
  return static_cast<double>((now - seen_.front().at).count()) / 1e6;
}

LagMeter::LagMeter(log::Log& log, std::function<std::vector<Place>()> places) : log_(log), places_(std::move(places)) {
  thread_ = std::thread([this] {
    for (std::unique_lock lock(mutex_); !stop_; stopped_.wait_for(lock, every, [this] { return stop_; })) {
      lock.unlock();
      measure();
      lock.lock();
    }
  });
}

LagMeter::~LagMeter() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

void LagMeter::measure() {
  std::vector<metrics::Lag> lags;
  for (const Place& p : places_()) {
    {
      const std::lock_guard lock(mutex_);
      if (stop_) return;
    }
    std::int64_t end = p.next;
    if (!p.at_end) {
      const auto bounds = log_.bounds(p.partition, log::Isolation::read_committed);
      if (!bounds) return;  // a log that does not answer is not asked for all the others
      end = std::max(end, bounds->end.value);
    }
    const double seconds = histories_[{p.task, p.partition}].seconds(log_.time().monotonic(), p.next, end);
    lags.push_back({p.task, p.partition.topic, p.partition.partition, end - p.next, seconds, p.standby});
  }
  const std::lock_guard lock(mutex_);
  lags_ = std::move(lags);
}

std::vector<metrics::Lag> LagMeter::lags() const {
  const std::lock_guard lock(mutex_);
  return lags_;
}

}  // namespace due::cli
