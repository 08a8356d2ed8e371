// tests/probes/probe.h
// What the probes share: a broker, members that are kept alive, one transaction at a time, and a verdict.
//
//   Errors   whatever a probe needs and does not get ends it with exit code 2 and a sentence; 1 is kept for a fact that did not hold
//   Clock    the system's
//   Threads  one
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "stream/kafka/kafka_log.h"

namespace due::probe {

[[noreturn]] void give_up(const std::string& what);

template <class T>
T need(Result<T> result) {
  if (!result) give_up(result.error().what);
  return std::move(*result);
}

std::string fresh(const std::string& plain);  // never used before on this broker

std::unique_ptr<kafka::KafkaLog> connect(const std::string& broker, const std::string& client_id,
                                         std::map<std::string, std::string> properties = {});
std::unique_ptr<kafka::KafkaLog> connect(kafka::Settings settings);
std::string create_topic(log::Log& log, const std::string& plain, std::int32_t partitions);

// A member that acknowledges whatever it is told.
class Member {
 public:
  Member(log::Log& log, const std::string& group, const std::string& instance, const std::string& spine);
  void poll(log::Duration deadline);
  const std::set<log::TopicPartition>& owned() const { return owned_; }
  log::Identity identity() { return membership_->identity(); }

 private:
  std::unique_ptr<log::Membership> membership_;
  std::set<log::TopicPartition> owned_;
};

// Polls them until each owns as many partitions as asked for.
void settle(const std::vector<Member*>& members, std::size_t partitions_each);

// Commits `values` to one topic, partition 0, and one position; keeps the member alive meanwhile.
struct Work {
  std::vector<std::string> values;
  log::TopicPartition position;
  log::Offset next;
  std::string metadata;
};
log::Committed commit(log::Committer& committer, Member& member, const Work& work);

std::vector<std::string> visible(log::Log& log, const log::TopicPartition& partition);  // read committed, to the end
log::CommittedPosition position(log::Log& log, const std::string& group, const log::TopicPartition& partition);

std::string text_of(log::Outcome outcome);
int verdict(bool holds, const std::string& fact);  // prints it; the exit code

}  // namespace due::probe
