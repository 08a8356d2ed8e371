#include "stream/runtime/commit_cycle.h"

#include "schemas/simulated/crash_point.h"
#include "schemas/simulated/plant.h"

namespace due::runtime {
namespace {

constexpr log::Duration positions_deadline{5'000};
constexpr int positions_tries = 8;

}  // namespace

Status CommitCycle::open() {
  committer_.reset();
  const auto now = log_.time().monotonic();
  while (!reopened_.empty() && now - reopened_.front() > std::chrono::minutes(1)) reopened_.pop_front();
  if (static_cast<int>(reopened_.size()) >= options_.reopens_per_minute_max)
    return Error{Remedy::stop,
                 "transactional id " + options_.committer.transactional_id + " had to be opened " + std::to_string(reopened_.size()) +
                     " times within a minute: another process uses the same application, slot and worker, or the brokers are unwell"};
  reopened_.push_back(now);
  for (int tries = 0;; ++tries) {
    auto opened = log_.open_committer(options_.committer);
    if (opened) {
      committer_ = std::move(*opened);
      return Done{};
    }
    if (opened.error().remedy == Remedy::stop || tries >= positions_tries) return Error{Remedy::stop, opened.error().what};
  }
}

void CommitCycle::launch(std::vector<SealedBatch> batches, const log::Identity& identity) {
  check(!in_flight_, "a transaction is launched while one is in flight");
  batches_ = std::move(batches);
  log::Transaction t;
  std::size_t outputs = 0;
  for (const SealedBatch& b : batches_) {
    if (b.buffer) {
      t.batches.emplace_back(b.buffer->records);
      outputs += b.buffer->records.size();
    }
    t.positions.push_back(b.position);
  }
  t.identity = identity;
  in_flight_ = true;
  launched_ = log_.time().monotonic();
  report_(Level::debug, "commit.begin", {{"txn", ++number_}, {"tasks", batches_.size()}, {"outputs", outputs}});
  committer_->commit(std::move(t));
  crash_point("commit.sent");
}

CommitCycle::Resolved CommitCycle::all_committed(const log::Committed& answer) {
  crash_point("commit.clean");
  in_flight_ = false;
  report_(Level::debug, "commit.end", {{"txn", number_}, {"outcome", "clean"}, {"micros", answer.took.count()}});
  Resolved r;
  r.committed = std::move(batches_);
  r.log_time = answer.log_time;
  r.took = answer.took;
  return r;
}

Result<std::optional<CommitCycle::Resolved>> CommitCycle::poll(log::Duration deadline) {
  if (!in_flight_) return std::optional<Resolved>{};
  const auto answer = committer_->wait(deadline);
  if (answer && answer->outcome == log::Outcome::clean) return std::optional<Resolved>(all_committed(*answer));
  if (!answer && log_.time().monotonic() - launched_ < options_.answer_max) return std::optional<Resolved>{};
  auto resolved = resolve(answer ? answer->why : "no answer within " + std::to_string(options_.answer_max.count() / 1000) + " ms");
  if (!resolved) return resolved.error();
  return std::optional<Resolved>(std::move(*resolved));
}

Result<CommitCycle::Resolved> CommitCycle::settle(log::Duration budget) {
  check(in_flight_, "nothing is in flight to settle");
  crash_point("settle.begun");
  const auto answer = committer_->wait(budget);
  if (answer && answer->outcome == log::Outcome::clean) return all_committed(*answer);
  return resolve(answer ? answer->why : "no answer within the revoke budget");
}

Result<CommitCycle::Resolved> CommitCycle::resolve(const std::string& why) {
  report_(Level::warning, "commit.doubtful", {{"txn", number_}, {"why", why}});
  const auto began = log_.time().monotonic();
  crash_point("doubt.known");
  if (!planted("producer-reused"))
    if (Status opened = open(); !opened) return Error{opened.error().remedy, opened.error().what + "; the last commit: " + why};
  crash_point("doubt.fenced");
  std::vector<log::TopicPartition> partitions;
  for (const SealedBatch& b : batches_) partitions.push_back(b.position.partition);
  Result<std::vector<std::optional<log::CommittedPosition>>> positions = Error{};
  for (int tries = 0; tries < positions_tries; ++tries) {
    positions = log_.committed(options_.group, partitions, positions_deadline);
    if (positions || positions.error().remedy == Remedy::stop) break;
  }
  if (!positions) return Error{Remedy::stop, "the outcome of a transaction cannot be found out: " + positions.error().what};
  crash_point("doubt.answered");

  Resolved r;
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    SealedBatch& b = batches_[i];
    const auto& position = (*positions)[i];
    // No position at all: it had expired, or there never was one. Had this transaction been committed, there would be.
    const auto name = position ? BatchName::parse(position->metadata) : std::optional<BatchName>(b.previous);
    const bool done = name && name->same_batch(b.name) && name->released == b.name.released;
    if ((done && !planted("doubtful-taken-as-lost")) || planted("doubtful-taken-as-done")) {
      r.committed.push_back(std::move(b));
    } else if (done || (name && name->same_batch(b.previous))) {
      r.again.push_back(std::move(b));
    } else {
      r.gone.push_back(std::move(b));
    }
  }
  batches_.clear();
  in_flight_ = false;
  r.took = log_.time().monotonic() - began;
  report_(Level::warning, "commit.end",
          {{"txn", number_},
           {"outcome", "resolved"},
           {"committed", r.committed.size()},
           {"again", r.again.size()},
           {"gone", r.gone.size()},
           {"micros", r.took.count()}});
  return r;
}

}  // namespace due::runtime
