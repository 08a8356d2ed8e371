#include "stream/log/embedded/broker.h"

#include <algorithm>

namespace due::log::embedded {
namespace {

// How late a session's or a transaction's end may be noticed by somebody who only waits.
constexpr Instant glance{50'000};

std::uint64_t seed_of(const Options& options) {
  if (options.seed != 0) return options.seed;
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

Broker::Broker(const Options& options)
    : time_(options.time == nullptr ? &system_time_ : options.time),
      own_time_(options.time == nullptr),
      topics_(options.sync, seed_of(options)),
      transactions_({.topics = &topics_, .time = time_, .fault = options.fault, .markers_wait = options.markers_wait}) {}

Result<std::shared_ptr<Broker>> Broker::open(Options options) {
  std::shared_ptr<Broker> broker{new Broker{options}};
  if (!options.directory) return broker;
  const auto access = options.read_only ? store::Access::read_only : store::Access::read_write;
  const Status loaded = broker->topics_.load(*options.directory, access, [&](store::JournalEntry entry) -> Status {
    broker->transactions_.recover(std::move(entry));
    return Done{};
  });
  if (!loaded) return loaded.error();
  if (const Status settled = broker->transactions_.settle(); !settled) return settled.error();
  return broker;
}

void Broker::announce(const Locked&) {
  ++announced_;
  changed_.notify_all();
}

void Broker::wait(Locked& locked, Instant until) {
  const Instant left = std::min(until - time_->monotonic(), glance);
  if (left <= Instant{0}) return;
  if (own_time_) {
    changed_.wait_for(locked, left);
    return;
  }
  locked.unlock();
  time_->sleep(std::chrono::ceil<Duration>(left));
  locked.lock();
}

}  // namespace due::log::embedded
