#include "tests/simulator/client/committer.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "schemas/simulated/plant.h"
#include "stream/log/embedded/writers.h"

namespace due::sim {
namespace {

using log::Committed;
using log::Outcome;
using log::Transaction;
using log::embedded::Answer;
using log::embedded::PartitionWrite;
using log::embedded::Session;
using log::embedded::TopicWrites;
using log::embedded::Verdict;

constexpr Micros offsets_wait = 5 * seconds;

// Shared by the committer and the strand that carries a commit out: the one may be gone before the other.
struct Client {
  Client(Node& n, log::CommitterOptions o, Session s, Counts c) : node(n), options(std::move(o)), session(std::move(s)), counts(c) {}
  Node& node;
  const log::CommitterOptions options;
  const Session session;
  const Counts counts;
  std::vector<TopicWrites> topics;
  std::map<log::TopicPartition, std::int64_t> next_sequence;
  int transactions = 0;  // begun
  bool abandoned = false;
  std::optional<Committed> outcome;
  Signal told;
};

// One transaction, request by request.
class Attempt {
 public:
  Attempt(std::shared_ptr<Client> client, std::vector<log::Position> positions, log::Identity identity)
      : client_(std::move(client)),
        node_(client_->node),
        positions_(std::move(positions)),
        identity_(std::move(identity)),
        end_(node_.world.now() + client_->options.transaction_timeout.count() * millis) {}

  std::string run();

 private:
  struct Produced {
    std::shared_ptr<const PartitionWrite> write;
    std::int64_t sequence;
    std::shared_ptr<Call<Answer>> call;
  };
  World& world() { return node_.world; }
  using Serve = std::function<Answer(log::embedded::Broker&, const log::embedded::Broker::Locked&)>;
  std::function<Answer()> at_broker(const char* name, Serve serve);
  std::string persist(Request kind, const std::function<Answer()>& serve, Micros until, int* sent);
  std::shared_ptr<Call<Answer>> send(const Produced& p);
  std::string name_partitions();
  void produce();
  std::vector<PartitionWrite> pieces_of(const PartitionWrite& write);
  std::string send_positions();
  std::string await_produced();
  std::string end_transaction();

  std::shared_ptr<Client> client_;
  Node& node_;
  std::vector<log::Position> positions_;
  log::Identity identity_;
  Micros end_;
  std::vector<Produced> produced_;
  int offset_commits_sent_ = 0, end_txns_sent_ = 0;
};

std::function<Answer()> Attempt::at_broker(const char* name, Serve serve) {
  World& w = world();
  return [&w, serve = std::move(serve), client = client_, number = client_->transactions, name] {
    auto& broker = w.broker();
    if (client->transactions != number) w.count(std::string(name) + " delivered into a later transaction");
    const auto locked = broker.lock();
    broker.transactions(locked).expire();
    Answer answer = serve(broker, locked);
    w.trace().add(static_cast<std::uint64_t>(answer.kind));
    if (answer.kind == Answer::Kind::fenced) w.count("fenced");
    return answer;
  };
}

// Until it is answered otherwise than by "busy"; each further copy counts.
std::string Attempt::persist(Request kind, const std::function<Answer()>& serve, Micros until, int* sent) {
  while (!client_->abandoned) {
    if (sent != nullptr) ++*sent;
    const auto answer = node_.network.ask<Answer>(kind, serve);
    if (client_->abandoned) break;
    if (answer && answer->kind == Answer::Kind::done) return {};
    if (answer && answer->kind != Answer::Kind::busy) return answer->why;
    if (world().now() >= until) return "timed out";
    if (answer) node_.pass(node_.dice.between(2, 20) * millis);
  }
  return "the committer is being destroyed";
}

std::string Attempt::run() {
  if (identity_.generation < 0) return "not a member of the group now; nothing was sent";
  if (std::string why = name_partitions(); !why.empty()) return "AddPartitionsToTxn: " + why;
  node_.reach("client.partitions-named");
  produce();
  if (std::string why = send_positions(); !why.empty()) return why;
  node_.reach("client.positions-sent");
  if (!planted("ended-before-delivered"))
    if (std::string why = await_produced(); !why.empty()) return why;
  node_.reach("client.produced");
  if (std::string why = end_transaction(); !why.empty()) return "EndTxn: " + why;
  node_.reach("client.ended");
  if (offset_commits_sent_ > 1) world().count("second TxnOffsetCommit");
  if (end_txns_sent_ > 1) world().count("second EndTxn");
  if (client_->counts == Counts::ignored || (offset_commits_sent_ == 1 && end_txns_sent_ == 1)) return {};
  return "committed, but TxnOffsetCommit was sent " + std::to_string(offset_commits_sent_) + " and EndTxn " +
         std::to_string(end_txns_sent_) + " times";
}

std::string Attempt::name_partitions() {
  std::vector<log::TopicPartition> named;
  for (const TopicWrites& topic : client_->topics)
    for (const PartitionWrite& write : topic.partitions)
      if (!write.frames.empty()) named.push_back(write.partition);
  if (named.empty()) return {};
  return persist(Request::add_partitions,
                 at_broker("AddPartitionsToTxn", [session = client_->session, named](auto& broker, auto& locked) {
                   return broker.transactions(locked).add_partitions(session, named);
                 }),
                 end_, nullptr);
}

std::shared_ptr<Call<Answer>> Attempt::send(const Produced& p) {
  return node_.network.send<Answer>(
      Request::produce,
      at_broker("Produce", [session = client_->session, write = p.write, sequence = p.sequence](auto& broker, auto& locked) {
        PartitionWrite copy = *write;  // the log stamps it
        return broker.transactions(locked).produce(session, copy, sequence);
      }));
}

// What a client has for a partition goes in several requests where it is more than a few records.
std::vector<PartitionWrite> Attempt::pieces_of(const PartitionWrite& write) {
  std::vector<PartitionWrite> pieces;
  std::string_view left = write.frames;
  while (!left.empty()) {
    std::size_t taken = 0;
    for (std::uint64_t n = 1 + node_.dice.below(node_.dice.chance(0.5) ? 4 : 400); n > 0 && taken < left.size(); --n) {
      std::uint32_t size = 0;
      std::memcpy(&size, left.data() + taken, sizeof size);
      taken += size;
    }
    PartitionWrite& piece = pieces.emplace_back(write);
    piece.frames = left.substr(0, taken);
    left.remove_prefix(taken);
  }
  return pieces;
}

void Attempt::produce() {
  std::vector<std::vector<PartitionWrite>> all;
  for (const TopicWrites& topic : client_->topics)
    for (const PartitionWrite& write : topic.partitions)
      if (!write.frames.empty()) all.push_back(pieces_of(write));
  for (std::size_t n = 0; std::any_of(all.begin(), all.end(), [n](const auto& pieces) { return n < pieces.size(); }); ++n) {
    for (std::vector<PartitionWrite>& pieces : all) {
      if (n >= pieces.size()) continue;
      const std::int64_t sequence = client_->next_sequence[pieces[n].partition]++;
      Produced p{std::make_shared<PartitionWrite>(std::move(pieces[n])), sequence, {}};
      p.call = send(p);
      produced_.push_back(std::move(p));
    }
    node_.pass(node_.dice.between(10, world().plan().network_delay));
    if (client_->abandoned) return;
    node_.reach("client.producing");
  }
}

std::string Attempt::send_positions() {
  const Micros until = world().now() + offsets_wait;
  const auto add = at_broker("AddOffsetsToTxn", [session = client_->session, group = identity_.group](auto& broker, auto& locked) {
    return broker.transactions(locked).add_group(session, group);
  });
  if (std::string why = persist(Request::add_group, add, until, nullptr); !why.empty()) return "AddOffsetsToTxn: " + why;
  node_.reach("client.group-named");
  World& w = world();
  const Serve at_group = [&w, session = client_->session, identity = identity_, positions = positions_](auto& broker, auto& locked) {
    Answer answer = broker.transactions(locked).commit_positions(session, broker.group(locked, identity.group), identity, positions);
    if (answer.kind == Answer::Kind::refused) w.count("refused by the group's fence");
    return answer;
  };
  const auto commit = at_broker("TxnOffsetCommit", at_group);
  if (std::string why = persist(Request::positions, commit, until, &offset_commits_sent_); !why.empty()) return "TxnOffsetCommit: " + why;
  return {};
}

std::string Attempt::await_produced() {
  for (Produced& p : produced_) {
    while (true) {
      const auto answer = node_.network.await(*p.call, world().now() + world().plan().socket_timeout);
      if (client_->abandoned) return "the committer is being destroyed";
      if (answer && answer->kind == Answer::Kind::done) break;
      if (answer && answer->kind != Answer::Kind::busy) return "a record was not delivered: " + answer->why;
      if (answer) node_.pass(node_.dice.between(1, 10) * millis);
      if (world().now() >= end_) return "a record was not delivered: timed out";
      p.call = send(p);
    }
  }
  return {};
}

std::string Attempt::end_transaction() {
  return persist(Request::end, at_broker("EndTxn", [session = client_->session](auto& broker, auto& locked) {
                   return broker.transactions(locked).end(session, Verdict::commit);
                 }),
                 end_, &end_txns_sent_);
}

class NodeCommitter final : public log::Committer {
 public:
  explicit NodeCommitter(std::shared_ptr<Client> client) : client_(std::move(client)) {}
  ~NodeCommitter() override { client_->abandoned = true; }

  void commit(Transaction transaction) override {
    check(!in_flight_, "a second commit while one is in flight");
    check(!doubtful_ || planted("producer-reused"), "commit() after a doubtful one");
    check(!transaction.positions.empty(), "a transaction without positions");
    in_flight_ = true;
    ++client_->transactions;
    sent_again(transaction.positions);
    if (Status prepared = prepare(transaction); !prepared) {
      client_->outcome = Committed{.outcome = Outcome::doubtful, .why = prepared.error().what, .log_time = {}};
      return;
    }
    const Micros began = client_->node.world.now();
    client_->node.world.spawn(
        client_->node.process, [client = client_, began, attempt = std::make_shared<Attempt>(client_, std::move(transaction.positions),
                                                                                            std::move(transaction.identity))] {
          World& world = client->node.world;
          std::string why = attempt->run();
          Committed c{.outcome = why.empty() ? Outcome::clean : Outcome::doubtful, .why = std::move(why), .log_time = {}};
          c.took = std::chrono::microseconds(world.now() - began);
          if (c.outcome == Outcome::clean) c.log_time = world.broker().time().wall();
          client->outcome = std::move(c);
          world.scheduler().notify(client->told);
        });
  }

  std::optional<Committed> wait(log::Duration deadline) override {
    if (!in_flight_) return std::nullopt;
    World& world = client_->node.world;
    const Micros until = world.now() + deadline.count() * millis;
    client_->node.pass(static_cast<Micros>(client_->node.dice.below(3)));
    while (!client_->outcome && world.now() < until) world.scheduler().wait(client_->told, until);
    if (!client_->outcome) return std::nullopt;
    in_flight_ = false;
    doubtful_ = client_->outcome->outcome != Outcome::clean;
    if (!doubtful_) client_->node.doubtful.clear();
    return std::exchange(client_->outcome, std::nullopt);
  }

 private:
  Status prepare(const Transaction& transaction) {
    for (TopicWrites& writes : client_->topics)
      for (PartitionWrite& write : writes.partitions) write.frames.clear();
    const std::int64_t wall = client_->node.world.broker().time().wall().micros;
    for (const auto& batch : transaction.batches) {
      for (const log::OutputRecord& r : batch) {
        const log::embedded::store::Content content{.key = r.key, .value = r.value, .headers = r.headers,
                                                    .timestamp = {wall - wall % 1'000}};
        if (Status added = client_->topics[r.topic].add(r.partition, content); !added) return added;
      }
    }
    return Done{};
  }

  // Is what was doubtful sent again whole?
  void sent_again(const std::vector<log::Position>& positions) {
    std::map<log::TopicPartition, std::string>& before = client_->node.doubtful;
    const auto same = std::count_if(positions.begin(), positions.end(), [&](const log::Position& p) {
      const auto found = before.find(p.partition);
      return found != before.end() && found->second == p.metadata;
    });
    if (same > 0 && static_cast<std::size_t>(same) < before.size()) client_->node.world.count("sent again without one of its tasks");
    before.clear();
    for (const log::Position& p : positions) before[p.partition] = p.metadata;
  }

  std::shared_ptr<Client> client_;
  bool in_flight_ = false, doubtful_ = false;
};

}  // namespace

Result<std::unique_ptr<log::Committer>> open_node_committer(Node& node, const log::CommitterOptions& options, Counts counts) {
  World& world = node.world;
  const Micros until = world.now() + options.open_patience.count() * millis;
  const std::function<Result<std::optional<Session>>()> serve = [&world, options] {
    const auto locked = world.broker().lock();
    world.broker().transactions(locked).expire();
    return world.broker().transactions(locked).initialise(options.transactional_id, options.transaction_timeout);
  };
  while (true) {
    const auto answer = node.network.ask<Result<std::optional<Session>>>(Request::open, serve);
    if (answer && !*answer) return answer->error();
    if (answer && **answer) {
      node.reach("client.id-opened");
      auto client = std::make_shared<Client>(node, options, ***answer, counts);
      const auto locked = world.broker().lock();
      for (const std::string& name : options.topics) {
        const auto topic = world.broker().topics(locked).topic(name);
        if (!topic) return topic.error();
        client->topics.push_back(TopicWrites::of(**topic));
      }
      return std::unique_ptr<log::Committer>(std::make_unique<NodeCommitter>(std::move(client)));
    }
    if (world.now() >= until) return Error{Remedy::retry, "open committer " + options.transactional_id + ": no answer in time"};
    node.pass(node.dice.between(5, 30) * millis);
  }
}

}  // namespace due::sim
