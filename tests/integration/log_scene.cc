#include "tests/integration/log_scene.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace due::log::suite {
namespace {

constexpr Duration moment{20};  // one poll while a condition is awaited

Seen copy(const Record& record) {
  Seen seen{.input = record.input, .offset = record.offset, .timestamp = record.timestamp, .key = {}, .value = {}, .headers = {}};
  if (record.key) seen.key = std::string{*record.key};
  if (record.value) seen.value = std::string{*record.value};
  for (const Header& h : record.headers) seen.headers.emplace_back(h.name, h.value);
  return seen;
}

std::optional<std::string_view> view_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return std::string_view{*text};
}

}  // namespace

void Member::poll(Duration deadline) {
  auto polled = membership_->poll(deadline);
  if (!polled) {
    ADD_FAILURE() << "Membership::poll: " << polled.error().what;
    return;
  }
  if (!*polled) return;
  const Rebalance& rebalance = **polled;
  events_.push_back(rebalance);
  if (rebalance.kind == Rebalance::Kind::revoked && hold_revokes_) {
    held_ = rebalance;
    return;
  }
  acknowledge(rebalance);
}

void Member::release_revokes() {
  hold_revokes_ = false;
  if (!held_) return;
  acknowledge(*held_);
  held_.reset();
}

void Member::acknowledge(const Rebalance& rebalance) {
  for (const TopicPartition& p : rebalance.partitions) {
    if (rebalance.kind == Rebalance::Kind::assigned) {
      EXPECT_TRUE(owned_.insert(p).second) << p.topic << '-' << p.partition << " was assigned twice";
    } else {
      EXPECT_EQ(owned_.erase(p), 1U) << p.topic << '-' << p.partition << " was taken but never given";
    }
  }
  const Status done = membership_->acknowledge(rebalance);
  EXPECT_TRUE(done) << "Membership::acknowledge: " << done.error().what;
}

std::size_t Member::count(Rebalance::Kind kind) const {
  return static_cast<std::size_t>(std::count_if(events_.begin(), events_.end(), [kind](const Rebalance& r) { return r.kind == kind; }));
}

Status Viewer::poll(std::size_t records_max, Duration deadline) {
  auto polled = reader_->poll(records_max, deadline);
  if (!polled) return polled.error();
  EXPECT_LE((*polled)->records().size(), records_max);
  for (const Record& record : (*polled)->records()) seen.push_back(copy(record));
  for (const Progress& p : (*polled)->progress()) progress[p.input] = p;
  return Done{};
}

bool Scene::until(const std::function<bool()>& step) {
  Time& time = log().time();
  const auto end = time.monotonic() + options_.patience;
  do {
    if (step()) return true;
  } while (time.monotonic() < end);
  return false;
}

std::string Scene::topic(const std::string& plain, std::int32_t partitions, std::map<std::string, std::string> config) {
  const TopicSpec spec{name(plain), partitions, std::move(config)};
  const Status created = log().create({&spec, 1});
  EXPECT_TRUE(created) << "create: " << created.error().what;
  // A broker answers before every part of it knows the topic.
  EXPECT_TRUE(until([&] {
    const auto known = log().describe({&spec.name, 1});
    if (known && known.value().size() == 1 && log().bounds({spec.name, partitions - 1}, Isolation::read_committed)) return true;
    log().time().sleep(moment);
    return false;
  })) << spec.name << " did not appear";
  return spec.name;
}

TopicInfo Scene::described(const std::string& topic) {
  auto infos = log().describe({&topic, 1});
  EXPECT_TRUE(infos) << "describe: " << infos.error().what;
  if (!infos || infos->size() != 1) {
    ADD_FAILURE() << topic << " is not described";
    return {};
  }
  return infos->front();
}

void Scene::publish(const TopicPartition& to, const std::vector<Written>& records) {
  auto publisher = log().publisher();
  ASSERT_TRUE(publisher) << publisher.error().what;
  for (const Written& w : records) {
    std::vector<Header> headers;
    for (const auto& [header, value] : w.headers) headers.push_back({header, value});
    const Status sent = (*publisher)->send({to.topic, to.partition, view_of(w.key), view_of(w.value), headers, w.timestamp});
    ASSERT_TRUE(sent) << "send: " << sent.error().what;
  }
  const Status flushed = (*publisher)->flush();
  ASSERT_TRUE(flushed) << "flush: " << flushed.error().what;
}

void Scene::publish_values(const TopicPartition& to, const std::vector<std::string>& values) {
  std::vector<Written> records;
  for (const std::string& v : values) records.push_back({.key = "k", .value = v, .headers = {}});
  publish(to, records);
}

Viewer Scene::view(const std::vector<Assignment>& inputs, Isolation isolation) {
  auto reader = log().reader(isolation);
  EXPECT_TRUE(reader) << reader.error().what;
  const Status added = (*reader)->add(inputs);
  EXPECT_TRUE(added) << "Reader::add: " << added.error().what;
  return Viewer{std::move(*reader)};
}

std::vector<Seen> Scene::read_all(const TopicPartition& from, Isolation isolation) {
  const Bounds edge = bounds(from, isolation);
  Viewer viewer = view({{from, edge.start, InputTag{1}}}, isolation);
  EXPECT_TRUE(until([&] {
    const Status polled = viewer.poll(1'000, moment);
    EXPECT_TRUE(polled) << polled.error().what;
    const auto p = viewer.progress.find(InputTag{1});
    return !polled || (p != viewer.progress.end() && p->second.at_end && p->second.next >= edge.end);
  })) << from.topic << '-' << from.partition << " was not read to its end";
  return viewer.seen;
}

std::vector<std::string> Scene::values(const TopicPartition& from, Isolation isolation) { return values_of(read_all(from, isolation)); }

Bounds Scene::bounds(const TopicPartition& of, Isolation isolation) {
  const auto found = log().bounds(of, isolation);
  EXPECT_TRUE(found) << "bounds: " << found.error().what;
  return found ? *found : Bounds{};
}

std::unique_ptr<Member> Scene::join(const std::string& group, const std::string& instance, const std::vector<std::string>& spine) {
  auto joined = log().join({.group = group, .instance = instance, .spine_topics = spine, .session_timeout = options_.session_timeout});
  EXPECT_TRUE(joined) << "join: " << joined.error().what;
  return std::make_unique<Member>(std::move(*joined));
}

bool Scene::settle(const std::vector<Member*>& members, const std::function<bool()>& holds) {
  return until([&] {
    for (Member* m : members) m->poll(moment);
    return holds();
  });
}

std::unique_ptr<Member> Scene::sole_member(const std::string& group, const std::vector<std::string>& spine) {
  std::size_t partitions = 0;
  for (const std::string& topic : spine) partitions += static_cast<std::size_t>(described(topic).partitions);
  auto member = join(group, {}, spine);
  EXPECT_TRUE(settle({member.get()}, [&] { return member->owned().size() == partitions; })) << "the sole member did not get all";
  return member;
}

std::unique_ptr<Committer> Scene::committer(const std::string& id, const std::vector<std::string>& topics) {
  auto opened = log().open_committer({.transactional_id = id, .topics = topics});
  EXPECT_TRUE(opened) << "open_committer: " << opened.error().what;
  return std::move(*opened);
}

Committed Scene::commit(Committer& committer, const std::vector<OutputRecord>& outputs, std::vector<Position> positions,
                        Identity identity) {
  committer.commit({.batches = {outputs}, .positions = std::move(positions), .identity = std::move(identity)});
  std::optional<Committed> outcome;
  EXPECT_TRUE(until([&] {
    outcome = committer.wait(moment);
    return outcome.has_value();
  })) << "the outcome of a commit stayed unknown";
  return outcome.value_or(Committed{});
}

std::optional<CommittedPosition> Scene::position(const std::string& group, const TopicPartition& partition) {
  std::optional<CommittedPosition> found;
  EXPECT_TRUE(until([&] {
    auto answer = log().committed(group, {&partition, 1}, Duration{1'000});
    if (!answer) {
      EXPECT_EQ(answer.error().remedy, Remedy::retry) << answer.error().what;
      return answer.error().remedy != Remedy::retry;
    }
    found = answer->at(0);
    return true;
  })) << "no stable position";
  return found;
}

OutputRecord output(std::uint16_t topic, std::int32_t partition, std::string_view value) {
  return {.topic = topic, .partition = partition, .key = std::string_view{"k"}, .value = value, .headers = {}};
}

std::vector<Position> at(const TopicPartition& partition, std::int64_t next, std::string metadata) {
  std::vector<Position> positions(1);
  positions[0].partition = partition;
  positions[0].next = Offset{next};
  positions[0].metadata = std::move(metadata);
  return positions;
}

std::vector<std::string> values_of(const std::vector<Seen>& records) {
  std::vector<std::string> values;
  for (const Seen& s : records) values.push_back(s.value.value_or("(null)"));
  return values;
}

}  // namespace due::log::suite
