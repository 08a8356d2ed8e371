// tests/integration/log_scene.h
// The words in which the tests of a log speak: publish, read until, settle the members, commit, reopen.
//
//   Errors   a call that the scene needs and that fails is a GoogleTest failure naming the call; what is returned then is empty
//   Clock    the log's own Time; each wait ends at `patience`
//   Threads  one
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stream/log/log.h"

namespace due::log::suite {

// A record that outlives its batch.
struct Seen {
  InputTag input;
  Offset offset;
  EventTime timestamp;
  std::optional<std::string> key{}, value{};
  std::vector<std::pair<std::string, std::string>> headers{};
};

// What a test wants written.
struct Written {
  std::optional<std::string> key{}, value{};
  std::vector<std::pair<std::string, std::string>> headers{};
  EventTime timestamp{1'735'689'600'000'000};  // 2025-01-01T00:00:00Z
};

// One member of a group that acknowledges what it is told, unless asked to hold a revoke back.
class Member {
 public:
  explicit Member(std::unique_ptr<Membership> membership) : membership_(std::move(membership)) {}
  void poll(Duration deadline);
  void hold_revokes() { hold_revokes_ = true; }
  void release_revokes();  // acknowledges the one that is held, and holds no more
  bool holds_revoke() const { return held_.has_value(); }
  const std::set<TopicPartition>& owned() const { return owned_; }
  const std::vector<Rebalance>& events() const { return events_; }  // all of them, in order
  std::size_t count(Rebalance::Kind kind) const;
  Identity identity() { return membership_->identity(); }

 private:
  void acknowledge(const Rebalance& rebalance);

  std::unique_ptr<Membership> membership_;
  std::set<TopicPartition> owned_;
  std::vector<Rebalance> events_;
  bool hold_revokes_ = false;
  std::optional<Rebalance> held_;
};

// A reader and everything that it has shown so far.
class Viewer {
 public:
  explicit Viewer(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}
  Reader& reader() { return *reader_; }
  Status poll(std::size_t records_max, Duration deadline);
  std::vector<Seen> seen;
  std::map<InputTag, Progress> progress;  // the last of each input

 private:
  std::unique_ptr<Reader> reader_;
};

class Scene {
 public:
  struct Options {
    Log* log;  // outlives the scene
    std::string prefix;
    Duration patience;
    Duration session_timeout;
  };
  explicit Scene(Options options) : options_(std::move(options)) {}

  Log& log() { return *options_.log; }
  Duration patience() const { return options_.patience; }
  std::string name(const std::string& plain) const { return options_.prefix + plain; }

  // Polls `step` until it returns true; false: patience ran out.
  bool until(const std::function<bool()>& step);

  std::string topic(const std::string& plain, std::int32_t partitions = 1, std::map<std::string, std::string> config = {});
  TopicInfo described(const std::string& topic);
  void publish(const TopicPartition& to, const std::vector<Written>& records);
  void publish_values(const TopicPartition& to, const std::vector<std::string>& values);

  Viewer view(const std::vector<Assignment>& inputs, Isolation isolation = Isolation::read_committed);
  // Everything from the start up to the end that the isolation allows.
  std::vector<Seen> read_all(const TopicPartition& from, Isolation isolation = Isolation::read_committed);
  std::vector<std::string> values(const TopicPartition& from, Isolation isolation = Isolation::read_committed);
  Bounds bounds(const TopicPartition& of, Isolation isolation = Isolation::read_committed);

  // `instance` empty: a dynamic member.
  std::unique_ptr<Member> join(const std::string& group, const std::string& instance, const std::vector<std::string>& spine);
  // Polls all of them until the condition holds.
  bool settle(const std::vector<Member*>& members, const std::function<bool()>& holds);
  // A member that owns every partition of the spine alone.
  std::unique_ptr<Member> sole_member(const std::string& group, const std::vector<std::string>& spine);

  std::unique_ptr<Committer> committer(const std::string& id, const std::vector<std::string>& topics);
  Committed commit(Committer& committer, const std::vector<OutputRecord>& outputs, std::vector<Position> positions, Identity identity);
  std::optional<CommittedPosition> position(const std::string& group, const TopicPartition& partition);

 private:
  Options options_;
};

OutputRecord output(std::uint16_t topic, std::int32_t partition, std::string_view value);  // of literals: keeps the view
std::vector<Position> at(const TopicPartition& partition, std::int64_t next, std::string metadata);  // one position
std::vector<std::string> values_of(const std::vector<Seen>& records);

}  // namespace due::log::suite
