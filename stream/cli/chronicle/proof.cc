#include "stream/cli/chronicle/proof.h"

#include <algorithm>

#include "stream/cli/chronicle/coverage.h"
#include "stream/cli/topic_reader.h"
#include "stream/runtime/replay/replay.h"

namespace due::cli {
namespace {

constexpr log::Duration positions_deadline{5'000};
constexpr log::Duration settling{5'000};  // until what one transaction changed must be seen everywhere
constexpr log::Duration open_transaction{30'000};  // of a process that died: positions are withheld until it is ended
constexpr log::Duration between_looks{100};

// A chain, and how far its chronicle was read.
struct Link {
  TaskPlace place;
  Chain chain;
  std::int64_t next = 0;  // offset in the chronicle
  TaskProof proof;
  // The record that the group's position names, which need not be the last one: the task may be at work.
  runtime::BatchName named;
  std::int64_t taken = 0;  // of the spine, behind that record
};

class Prover {
 public:
  Prover(log::Log& log, const ProofOptions& options) : log_(log), options_(options) {}

  Result<Proof> run(const std::vector<TaskPlace>& tasks) {
    auto before = runtime::output_ends(log_, *options_.topology, options_.prefix);
    if (!before) return before.error();
    for (const TaskPlace& place : tasks) {
      links_.push_back({place, Chain(place.name), -1, {}, {}, 0});
      Link& link = links_.back();
      link.proof.task = place.name;
      if (Status read = read_on(link); !read) return read.error();
      if (const auto& genesis = link.chain.genesis(); genesis && genesis->app != options_.group)
        return Error{Remedy::stop, "the chronicle " + place.chronicle.topic + " is of application " + genesis->app + ", this is " +
                                       options_.group + ": name it with --app, or other topics with --prefix"};
      if (Status agreed = agree(link); !agreed) return agreed.error();
    }
    return cover(*before);
  }

 private:
  // The chronicle from where it was left to where it ends now.
  Status read_on(Link& link) {
    auto bounds = log_.bounds(link.place.chronicle, log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    auto end = runtime::stable_end(log_, link.place.chronicle);
    if (!end) return end.error();
    if (link.next < 0) link.next = bounds->start.value;
    const Stretch stretch[] = {{link.place.chronicle.partition, link.next, *end}};
    link.next = *end;
    return scan(
        log_, link.place.chronicle.topic, stretch,
        [&](std::int32_t, const log::Record& r) {
          const auto broken = link.chain.add(r);
          if (!broken && link.chain.last().seq == link.named.seq) remember(link);
          if (!broken) return Next::go_on;
          link.proof.finding = place_of(link, r.offset.value, link.chain.last().seq + 1) + ": " + *broken;
          return Next::stop;
        },
        [] { return Next::go_on; });
  }

  static std::string place_of(const Link& link, std::int64_t offset, std::int64_t seq) {
    return "task " + link.place.name + ", where record " + std::to_string(seq) + " was expected (" + link.place.chronicle.topic + "/" +
           std::to_string(link.place.chronicle.partition) + ", offset " + std::to_string(offset) + ")";
  }

  static void remember(Link& link) {
    link.named = link.chain.last();
    link.taken = link.chain.taken().empty() ? 0 : link.chain.taken().front();
  }

  // The group's position is asked for behind the chain, so it names its end, or a record that has come since.
  Status agree(Link& link) {
    for (const auto began = log_.time().monotonic(); link.proof.finding.empty(); log_.time().sleep(between_looks)) {
      const log::TopicPartition spine[] = {link.place.spine};
      auto positions = log_.committed(options_.group, spine, positions_deadline);
      if (!positions && positions.error().remedy == Remedy::retry && log_.time().monotonic() - began < open_transaction) continue;
      if (!positions) return positions.error();
      const auto& at = positions->front();
      link.proof.position_gone = !at;
      if (!at) return Done{};
      const auto name = runtime::BatchName::parse(at->metadata);
      if (name && name->seq == link.chain.last().seq) remember(link);
      if (name && name->seq > link.chain.last().seq) {
        link.named.seq = name->seq;
        if (Status read = read_on(link); !read) return read;
      }
      if (name && name->same_batch(link.named) && name->seq <= link.chain.last().seq) return check_position(link, *at);
      if (log_.time().monotonic() - began < settling) continue;
      const runtime::BatchName& last = link.chain.last();
      link.proof.finding = "task " + link.place.name + ": the position of group " + options_.group + " names \"" + at->metadata +
                           "\", the chronicle ends with record " + std::to_string(last.seq) + " (" + last.hash.hex() + ")";
    }
    return Done{};
  }

  // Between what the named record took and the position no record may lie: it would never be taken.
  Status check_position(Link& link, const log::CommittedPosition& at) {
    if (link.named.seq < 0) return Done{};
    std::optional<std::int64_t> skipped;
    const Stretch stretch[] = {{link.place.spine.partition, link.taken, at.next.value}};
    Status read = scan(
        log_, link.place.spine.topic, stretch,
        [&](std::int32_t, const log::Record& r) {
          skipped = r.offset.value;
          return Next::stop;
        },
        [] { return Next::go_on; });
    if (!read) return read;
    const std::string stands = "task " + link.place.name + ": the group's position in " + link.place.spine.topic + "/" +
                               std::to_string(link.place.spine.partition) + " is " + std::to_string(at.next.value);
    if (at.next.value < link.taken)
      link.proof.finding = stands + ", record " + std::to_string(link.named.seq) + " took up to " + std::to_string(link.taken);
    if (skipped) link.proof.finding = stands + ", and offset " + std::to_string(*skipped) + " before it is taken by no record";
    return Done{};
  }

  Result<Proof> cover(const runtime::OutputEnds& before) {
    std::vector<Chain> whole;
    for (Link& link : links_)
      if (link.proof.finding.empty()) whole.push_back(link.chain);
    Coverage coverage({[this](std::string_view name) { return runtime::is_task(*options_.topology, name); }}, whole);
    runtime::OutputEnds next;
    const auto began = log_.time().monotonic();
    do {
      for (const auto& [partition, end] : before)
        if (Status read = cover(partition, end, next, coverage); !read) return read.error();
      if (coverage.whole()) break;
      log_.time().sleep(between_looks);
    } while (log_.time().monotonic() - began < settling);
    coverage.finish();
    Proof proof;
    for (Link& link : links_) {
      link.proof.records = link.chain.records();
      link.proof.outputs = link.chain.outputs();
      link.proof.last = link.chain.last();
      proof.tasks.push_back(link.proof);
    }
    proof.outputs_seen = coverage.seen();
    proof.outputs_gone = coverage.gone();
    proof.findings = coverage.findings();
    return proof;
  }

  // A partition from where it was left to where it ends now.
  Status cover(const log::TopicPartition& partition, std::int64_t surely, runtime::OutputEnds& next, Coverage& coverage) {
    auto bounds = log_.bounds(partition, log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    const auto [at, first] = next.try_emplace(partition, bounds->start.value);
    if (first) coverage.begins(partition, bounds->start.value);
    const Stretch stretch[] = {{partition.partition, at->second, bounds->end.value}};
    at->second = bounds->end.value;
    return scan(
        log_, partition.topic, stretch,
        [&](std::int32_t, const log::Record& r) {
          coverage.add(partition, r, r.offset.value < surely ? Coverage::Age::surely_covered : Coverage::Age::maybe_newer);
          return Next::go_on;
        },
        [] { return Next::go_on; });
  }

  log::Log& log_;
  const ProofOptions& options_;
  std::vector<Link> links_;
};

}  // namespace

bool Proof::holds() const {
  return findings.empty() && std::all_of(tasks.begin(), tasks.end(), [](const TaskProof& t) { return t.finding.empty(); });
}

Result<Proof> prove(log::Log& log, const ProofOptions& options, const std::vector<TaskPlace>& tasks) {
  return Prover(log, options).run(tasks);
}

}  // namespace due::cli
