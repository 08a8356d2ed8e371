// tests/probes/stable_positions.cc
// How long does an heir wait for stable positions? An owner is killed between its TxnOffsetCommit and its EndTxn; the heir asks for
// the positions (withheld), opens the dead owner's transactional id (which ends the transaction) and asks again.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "tests/probes/probe.h"

extern char** environ;

using namespace due;
using namespace due::probe;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t open_records = 200;  // few and large: sent long after the positions, so that the transaction stays open meanwhile
constexpr std::size_t open_record_bytes = 400'000;
constexpr int tries_per_round = 5;

struct Names {
  std::string broker, spine, out, group, id;
};

std::string noise(std::size_t size) {  // does not compress, so that it takes its time
  std::string text;
  for (std::uint32_t x = 1; text.size() < size; x = x * 1'664'525 + 1'013'904'223) text.push_back(static_cast<char>(x >> 24));
  return text;
}

// The owner that will be killed: one small transaction, then a large one.
int own(const Names& names) {
  auto log = connect(names.broker, "owner");
  Member member{*log, names.group, "slot", names.spine};
  settle({&member}, 1);
  auto committer = need(log->open_committer({.transactional_id = names.id, .topics = {names.out}}));
  const log::TopicPartition task{names.spine, 0};
  const log::Committed small = commit(*committer, member, {{"small"}, task, log::Offset{1}, "small"});
  if (small.outcome != log::Outcome::clean) give_up(small.why);
  const std::vector<std::string> values(open_records, noise(open_record_bytes));
  commit(*committer, member, {values, task, log::Offset{2}, "large"});
  return 2;  // it should not have come so far
}

pid_t start_owner(const Names& names) {
  std::vector<std::string> arguments{"owner", "--own", "--broker", names.broker, "--spine", names.spine,
                                     "--out", names.out, "--group", names.group, "--id", names.id};
  std::vector<char*> raw;
  for (std::string& a : arguments) raw.push_back(a.data());
  raw.push_back(nullptr);
  pid_t pid = 0;
  if (posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, raw.data(), environ) != 0) give_up("the owner did not start");
  return pid;
}

// Until the owner's positions are pending. True: seen withheld; false: the owner was through before we saw it.
bool wait_until_withheld(log::Log& log, const Names& names) {
  const log::TopicPartition task{names.spine, 0};
  const auto end = Clock::now() + std::chrono::seconds{30};
  bool begun = false;
  while (Clock::now() < end) {
    const auto asked = log.committed(names.group, {&task, 1}, log::Duration{begun ? 40 : 1'000});
    if (!asked && begun) return true;
    if (!asked || !asked.value()[0]) continue;
    begun = true;
    if (asked.value()[0]->metadata == "large") return false;
  }
  give_up("the owner did not begin");
}

struct Figures {
  std::vector<long> fence_ms, answer_ms;
};

// One owner's death. False: it was through too early, and the round does not count.
bool once(const std::string& broker, log::Log& log, int round, Figures& figures) {
  const std::string tail = std::to_string(round);
  const Names names{.broker = broker,
                    .spine = create_topic(log, "spine" + tail, 1),
                    .out = create_topic(log, "out" + tail, 1),
                    .group = fresh("group" + tail),
                    .id = fresh("id" + tail)};
  const pid_t owner = start_owner(names);
  const bool withheld = wait_until_withheld(log, names);
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  if (!withheld) return false;
  const log::TopicPartition task{names.spine, 0};
  const auto blocked = log.committed(names.group, {&task, 1}, log::Duration{300});
  if (blocked) return false;  // the end of the transaction was on its way already

  const auto start = Clock::now();
  const auto heir = need(log.open_committer({.transactional_id = names.id, .topics = {names.out}}));
  const auto fenced = Clock::now();
  const log::CommittedPosition found = position(log, names.group, task);
  const auto answered = Clock::now();
  figures.fence_ms.push_back(static_cast<long>((fenced - start) / std::chrono::milliseconds{1}));
  figures.answer_ms.push_back(static_cast<long>((answered - start) / std::chrono::milliseconds{1}));
  std::printf("  round %2d: withheld for 300 ms (%s); fence %ld ms, answer after %ld ms: %s\n", round,
              blocked.error().remedy == Remedy::retry ? "retry" : "NOT retry", figures.fence_ms.back(), figures.answer_ms.back(),
              found.metadata.c_str());
  if (found.metadata != "small") give_up("an aborted position became visible: " + found.metadata);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Stable positions while a dead owner's transaction is open: withheld, and answered how soon after its transactional\n"
               "id is opened by the heir? Expected: withheld before, answered within --within ms.\n"
               "Exit 0: so it was; 1: not; 2: could not be run."};
  Names names;
  int rounds = 10;
  long within_ms = 1'000;
  bool as_owner = false;
  app.add_option("--broker", names.broker, "host:port")->envname("DUESTREAM_KAFKA")->required();
  app.add_option("--rounds", rounds, "how often")->capture_default_str();
  app.add_option("--within", within_ms, "milliseconds")->capture_default_str();
  app.add_flag("--own", as_owner, "(internal) be the owner that is killed");
  for (auto [flag, name] : {std::pair{"--spine", &names.spine}, {"--out", &names.out}, {"--group", &names.group}, {"--id", &names.id}})
    app.add_option(flag, *name, "(internal)");
  CLI11_PARSE(app, argc, argv);
  if (as_owner) return own(names);

  auto log = connect(names.broker, "heir", {{"log_level", "0"}});
  Figures figures;
  for (int round = 1, missed = 0; static_cast<int>(figures.answer_ms.size()) < rounds; ++round) {
    if (once(names.broker, *log, round, figures) || ++missed <= rounds * tries_per_round) continue;
    give_up("the owner was through too early, again and again");
  }
  for (auto* list : {&figures.fence_ms, &figures.answer_ms}) std::sort(list->begin(), list->end());
  const auto middle = static_cast<std::size_t>(rounds / 2);
  std::printf("fence: p50 %ld ms, max %ld ms; stable positions: p50 %ld ms, max %ld ms, of %d rounds\n", figures.fence_ms[middle],
              figures.fence_ms.back(), figures.answer_ms[middle], figures.answer_ms.back(), rounds);
  return verdict(figures.answer_ms.back() <= within_ms,
                 "withheld while the transaction is open, answered within " + std::to_string(within_ms) + " ms of opening its id");
}
