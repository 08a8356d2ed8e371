// tests/probes/foreign_position.cc
// Does the broker check who owns a partition when a transaction carries its position? Two members of one group; A gives a
// partition to B in a cooperative rebalance, then A commits that partition's position under the present generation.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "tests/probes/probe.h"

using namespace due;
using namespace due::probe;

int main(int argc, char** argv) {
  CLI::App app{"A transaction carries the position of a partition that its sender no longer owns, under the present generation.\n"
               "Expected: the broker accepts it. Exit 0: it did; 1: it refused; 2: the probe could not be run."};
  std::string broker;
  app.add_option("--broker", broker, "host:port")->envname("DUESTREAM_KAFKA")->required();
  CLI11_PARSE(app, argc, argv);

  auto log = connect(broker, "probe");
  const std::string spine = create_topic(*log, "spine", 2), out = create_topic(*log, "out", 1), group = fresh("group");
  Member a{*log, group, "a", spine};
  settle({&a}, 2);
  const log::Identity before = a.identity();
  Member b{*log, group, "b", spine};
  settle({&a, &b}, 1);
  const log::TopicPartition moved = *b.owned().begin();
  const log::Identity now = a.identity();
  std::printf("A had both partitions in generation %d; now generation %d, %s-%d belongs to B\n", before.generation, now.generation,
              moved.topic.c_str(), moved.partition);

  auto committer = need(log->open_committer({.transactional_id = fresh("a"), .topics = {out}}));
  const log::Committed done = commit(*committer, a, {.values = {"of A"}, .position = moved, .next = log::Offset{7}, .metadata = "A"});
  const bool accepted = done.outcome == log::Outcome::clean;
  std::printf("A commits the position of B's partition: %s %s\n", text_of(done.outcome).c_str(), done.why.c_str());
  if (accepted) {
    const log::CommittedPosition stored = position(*log, group, moved);
    std::printf("the group's position is now %ld, metadata \"%s\", though B owns the partition\n", static_cast<long>(stored.next.value),
                stored.metadata.c_str());
  }
  return verdict(accepted, "the broker checks member and generation, never who owns the partition");
}
