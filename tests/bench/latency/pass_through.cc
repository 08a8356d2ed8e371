// pass_through: what exactly-once costs without deciding anything. Each event goes to one output topic as it came, in transactions that
// carry the positions, one behind the other, as duestream commits when it has nothing else to wait for.
//
//   Clients  duestream's own (stream/kafka): the difference to duestream is what the tasks do
//   Start    at the present end of the inputs; says "ready" on stdout when it reads
//   Errors   exit code 2; a doubtful commit is one of them: this is a measure, it recovers nothing
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <iostream>

#include "stream/kafka/kafka_log.h"
#include "tests/bench/latency/need.h"

namespace due::bench {
namespace {

using namespace std::chrono_literals;

volatile std::sig_atomic_t stopped = 0;

struct Options {
  std::string kafka, prefix, output = "through";
};

constexpr Need need{"pass_through"};

// Records of one transaction, and what they look at.
struct Open {
  std::vector<std::unique_ptr<log::Batch>> batches;
  std::vector<log::OutputRecord> records;
};

int pass(const Options& o) {
  kafka::Settings settings;
  settings.bootstrap = o.kafka;
  settings.client_id = "through";
  settings.connect_wait = 10s;
  const std::unique_ptr<kafka::KafkaLog> log = need(kafka::KafkaLog::open(settings));
  const std::vector<std::string> inputs = {o.prefix + "invoices", o.prefix + "payments", o.prefix + "usage"};
  const std::string app = o.prefix + "through";
  const std::int32_t partitions = need(log->describe(inputs)).front().partitions;

  const auto membership = need(log->join({app, app + "-0", {inputs[0]}, 10s}));
  while (!stopped)
    if (const auto change = need(membership->poll(100ms))) {
      need(membership->acknowledge(*change));
      if (change->kind == log::Rebalance::Kind::assigned) break;
    }
  const auto committer = need(log->open_committer({.transactional_id = app + "-0", .topics = {o.prefix + o.output}}));

  const auto reader = need(log->reader(log::Isolation::read_committed));
  std::vector<log::Assignment> from;
  for (const std::string& topic : inputs)
    for (std::int32_t p = 0; p < partitions; ++p) {
      const log::TopicPartition partition{topic, p};
      const log::Offset end = need(log->bounds(partition, log::Isolation::read_committed)).end;
      from.push_back({partition, end, {static_cast<std::uint32_t>(from.size())}});
    }
  need(reader->add(from));
  std::vector<log::Position> positions;
  for (std::size_t p = 0; p < static_cast<std::size_t>(partitions); ++p) positions.push_back({from[p].partition, from[p].from, ""});
  std::cout << "ready" << std::endl;

  Open open, sent;
  bool in_flight = false;
  while (!stopped) {
    if (const auto change = need(membership->poll(0ms))) need(membership->acknowledge(*change));
    auto batch = need(reader->poll(16'384, in_flight ? 1ms : 20ms));
    for (const log::Record& r : batch->records())
      open.records.push_back({0, static_cast<std::int32_t>(r.input.value) % partitions, r.key, r.value, {}});
    for (const log::Progress& p : batch->progress())
      if (p.input.value < positions.size()) positions[p.input.value].next = p.next;
    open.batches.push_back(std::move(batch));
    if (in_flight) {
      const auto done = committer->wait(0ms);
      if (!done) continue;
      if (done->outcome != log::Outcome::clean) {
        std::cerr << "pass_through: " << done->why << '\n';
        return 2;
      }
      in_flight = false;
      sent = {};
    }
    if (open.records.empty()) {
      open.batches.clear();
      continue;
    }
    std::swap(open, sent);
    committer->commit({{sent.records}, positions, membership->identity()});
    in_flight = true;
  }
  return 0;
}

}  // namespace
}  // namespace due::bench

int main(int argc, char** argv) {
  due::bench::Options o;
  CLI::App app("copies events to one topic, exactly once");
  app.add_option("--kafka", o.kafka, "HOST:PORT")->required();
  app.add_option("--prefix", o.prefix, "before every topic's name")->required();
  app.add_option("--output", o.output, "topic of the copies")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { due::bench::stopped = 1; });
  return due::bench::pass(o);
}
