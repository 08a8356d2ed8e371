// stream/log/embedded/coordinator/group.h
// The coordinator of one consumer group: members, generations, cooperative hand-over, static instances, sessions.
//
//   stable  -- join, leave, expiry, a revoke acknowledged --> joining
//   joining -- every member has polled again --> stable, generation + 1
//
// A member that must give up a partition learns it in the new generation; its heir gets it in the one after, once the
// revoke was acknowledged. A member with an open rebalance does not join again before it has acknowledged.
//
//   Source   Kafka's classic protocol with the cooperative-sticky assignor, as a member sees it
//   Units    instants of Time::monotonic, handed in
//   Errors   none; whether an identity may commit is a value
//   Clock    none; `now` is handed in
//   Threads  guarded by the broker's mutex
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "stream/log/embedded/coordinator/assignor.h"
#include "stream/log/log.h"

namespace due::log::embedded::coordinator {

using Instant = std::chrono::microseconds;

enum class Standing {
  member,
  fenced,   // another member took over its static instance
  removed,  // its session expired, or it left
};

class Group {
 public:
  explicit Group(std::string name) : name_(std::move(name)) {}

  struct Subscription {
    std::string instance;  // empty: dynamic
    std::set<TopicPartition> partitions;
    Duration session_timeout;
  };
  // `id` is new. The older member of the same instance is fenced; its partitions become the new one's at once.
  void join(const std::string& id, Subscription subscription, Instant now);
  void leave(const std::string& id, Instant now);  // a static member only stops polling

  Standing standing(const std::string& id) const;
  std::optional<Rebalance> poll(const std::string& id, Instant now);
  void acknowledge(const std::string& id, const Rebalance& rebalance, Instant now);
  void heartbeat(const std::string& id, Instant now);  // prolongs the session, asks for nothing
  std::int32_t generation_of(const std::string& id, Instant now);  // below 0: not a member of any
  // Why this identity may not commit; nullopt: it may.
  std::optional<std::string> refusal(const Identity& identity, Instant now);

 private:
  struct Member {
    Subscription subscription;
    Instant seen{0};                  // its last poll
    std::int32_t generation = -1;     // the last one that it was part of
    bool joined = false;              // again, while the group is joining
    bool open = false;                // a rebalance waits for its acknowledgement
    std::set<TopicPartition> target{};  // by the last generation
    std::set<TopicPartition> held{};    // was told, and has not given up
  };
  void expire(Instant now);
  void begin_joining();
  void complete_if_joined();
  void complete();

  std::string name_;
  std::map<std::string, Member> members_;
  std::set<std::string> fenced_;
  std::int32_t generation_ = 0;
  bool joining_ = false;
};

}  // namespace due::log::embedded::coordinator
