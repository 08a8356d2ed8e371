// stream/log/embedded/broker.h
// What everything that the log hands out shares: one mutex, one clock, topics, transactions and groups.
//
//   Threads  Locked is the proof that the mutex is held; every member but time() asks for it
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "stream/log/embedded/embedded_log.h"
#include "stream/log/embedded/coordinator/group.h"
#include "stream/log/embedded/system_time.h"
#include "stream/log/embedded/topics.h"
#include "stream/log/embedded/transactions.h"

namespace due::log::embedded {

class Broker {
 public:
  using Locked = std::unique_lock<std::mutex>;

  static Result<std::shared_ptr<Broker>> open(Options options);

  Locked lock() { return Locked{mutex_}; }
  Time& time() { return *time_; }
  Topics& topics(const Locked&) { return topics_; }
  Transactions& transactions(const Locked&) { return transactions_; }
  Group& group(const Locked&, const std::string& name) { return groups_.try_emplace(name, name).first->second; }

  // Something that somebody may wait for has happened.
  void announce(const Locked&);
  // Lets go of the mutex until something is announced, a little time has passed (timeouts are found by looking), or `until`.
  void wait(Locked& locked, Instant until);
  // How often something was announced: what was seen before a wait may be compared.
  std::uint64_t announced(const Locked&) const { return announced_; }

 private:
  explicit Broker(const Options& options);

  std::mutex mutex_;
  std::condition_variable changed_;
  SystemTime system_time_;
  Time* time_;
  bool own_time_;
  std::uint64_t announced_ = 0;
  Topics topics_;
  Transactions transactions_;
  std::map<std::string, Group> groups_;
};

}  // namespace due::log::embedded
