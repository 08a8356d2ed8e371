// tests/probes/late_requests.cc
// Two attacks on our committer, by a proxy (late_requests_proxy.py) that holds one request until the next transaction. librdkafka
// sends it again by itself, and every call succeeds. With the counts the first transaction is doubtful and its id is opened anew;
// without them the second transaction is torn, or its position is set back.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "tests/probes/probe.h"

using namespace due;
using namespace due::probe;

namespace {

constexpr std::size_t records = 8;

std::vector<std::string> values_of(int transaction) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < records; ++i) values.push_back(std::to_string(transaction) + "-" + std::to_string(i));
  return values;
}

std::size_t count(const std::vector<std::string>& values, char transaction) {
  std::size_t n = 0;
  for (const std::string& v : values) n += v.front() == transaction ? 1 : 0;
  return n;
}

kafka::Settings victim(const std::string& broker, bool counting) {
  return {.bootstrap = broker,
          .client_id = "victim",
          // The proxy waits for the fourth of several Produce requests; a request that is held is sent again after two seconds.
          .properties = {{"socket.timeout.ms", "2000"},
                         {"message.timeout.ms", "8000"},
                         {"batch.num.messages", "1"},
                         {"linger.ms", "0"},
                         {"max.in.flight.requests.per.connection", "1"},
                         {"log_level", "0"}},
          .ignore_request_counts = !counting};
}

struct Attack {
  std::string name;
  bool counting = true;
  std::string broker;
};

// Two transactions as the runtime would send them: after a doubtful one the id is opened again and the position asked for.
bool harmed(const Attack& attack) {
  auto log = connect(attack.broker, "bystander");
  auto victims = connect(victim(attack.broker, attack.counting));
  const std::string spine = create_topic(*log, "spine", 1), out = create_topic(*log, "out", 1), group = fresh("group");
  const log::TopicPartition task{spine, 0};
  const log::CommitterOptions options{.transactional_id = fresh("victim"), .topics = {out}};
  Member member{*log, group, "slot", spine};
  settle({&member}, 1);

  auto committer = need(victims->open_committer(options));
  const log::Committed first = commit(*committer, member, {values_of(1), task, log::Offset{100}, "seq=1"});
  std::printf("  transaction 1: %s after %ld ms %s\n", text_of(first.outcome).c_str(), static_cast<long>(first.took.count() / 1'000),
              first.why.c_str());
  if (first.outcome == log::Outcome::doubtful) {
    committer.reset();
    committer = need(victims->open_committer(options));
    const std::string found = position(*log, group, task).metadata;
    if (found != "seq=1") give_up("the doubtful transaction was lost: " + found);
    std::printf("  opened again; the stable position says seq=1: it was committed\n");
  }
  const log::Committed second = commit(*committer, member, {values_of(2), task, log::Offset{200}, "seq=2"});
  std::printf("  transaction 2: %s after %ld ms %s\n", text_of(second.outcome).c_str(), static_cast<long>(second.took.count() / 1'000),
              second.why.c_str());
  if (second.outcome == log::Outcome::doubtful) {
    committer.reset();
    committer = need(victims->open_committer(options));
  }

  const std::vector<std::string> seen = visible(*log, {out, 0});
  const log::CommittedPosition stored = position(*log, group, task);
  const std::size_t shown = count(seen, '2');
  std::printf("  visible to read-committed readers: %zu of %zu records of transaction 1, %zu of %zu of transaction 2\n",
              count(seen, '1'), records, shown, records);
  std::printf("  position of the group: %ld, metadata \"%s\"\n", static_cast<long>(stored.next.value), stored.metadata.c_str());
  const bool torn = shown != 0 && shown != records;
  const bool set_back = shown == records && stored.metadata != "seq=2";
  std::printf("  => %s\n", torn ? "TORN" : set_back ? "POSITION SET BACK: the next start would double transaction 2" : "whole");
  return torn || set_back || count(seen, '1') != records;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"One attack of late_requests_proxy.py, which must run between this probe and the broker, holding the request of the same "
               "name.\nExpected: no harm with the counting rule, harm without it. Exit 0: so it was; 1: not; 2: could not be run."};
  Attack attack;
  bool ignore_counts = false;
  app.add_option("--broker", attack.broker, "host:port of the proxy")->envname("DUESTREAM_KAFKA")->required();
  app.add_option("--attack", attack.name, "what the proxy holds")
      ->required()
      ->check(CLI::IsMember({"end-txn", "offset-commit", "offset-commit-until-fence"}));
  app.add_flag("--ignore-counts", ignore_counts, "take the rule out: harm is then expected");
  CLI11_PARSE(app, argc, argv);
  attack.counting = !ignore_counts;
  std::printf("attack %s, %s\n", attack.name.c_str(), attack.counting ? "requests counted" : "counts ignored");
  const bool harm = harmed(attack);
  return verdict(harm != attack.counting,
                 attack.counting ? "the counting rule makes the attack harmless" : "without the rule the attack does harm");
}
