// stream/runtime/standby/standbys.h
// The tasks that a worker folds without owning them, so that it can take one over at once: their chronicles are followed, their inputs
// are read, every output hash and digest is compared, nothing is sent.
//
//   Source   DESIGN 3.5
//   Shape    one is made at a time, on a lane of its own; a turn folds at most `slice_records` steps of all together. Made durable
//            where its owner did: at a digest point, which is compared first; and earlier where it holds too much that changed
//   Limits   a task's share of run.cache_bytes is the same as its owner's; queued chronicle records of one: queue_bytes_max / 4
//   Errors   none that stop a worker: what diverges is told, with its record, and stays as it is; what cannot be read begins again later.
//            StoreFailure as from any task
//   Threads  owned by one worker
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "stream/runtime/persist/persister.h"
#include "stream/runtime/reading/feed.h"
#include "stream/runtime/task_factory.h"
#include "stream/runtime/telling/report.h"
#include "stream/runtime/telling/standing.h"

namespace due::runtime {

class Standbys {
 public:
  Standbys(log::Log& log, TaskFactory& factory, const WorkerOptions& options, Report report);
  ~Standbys();

  // Begins with one more, where there is one to begin with and room for it. `owned`: by this worker, so not for us.
  void choose(const std::set<log::TopicPartition>& owned);
  void prefer(const log::TopicPartition& spine) { preferred_.insert(spine); }  // its state is here
  std::size_t turn();                   // steps folded
  std::vector<Persister::Job> persist();  // of those that wait for it, while no round is under way. Before take() theirs must be collected

  // For its owner-to-be: what it holds is what the log says up to this offset of its chronicle, and nothing of it was ever computed first.
  struct Taken {
    std::unique_ptr<Task> task;
    std::int64_t chronicle_from = 0;  // of the first record that it does not hold
    std::int64_t steps_folded = 0;
  };
  std::optional<Taken> take(const log::TopicPartition& spine);  // nothing: there is none that could be used; it is gone then, too

  std::vector<StandbyStanding> standings();

 private:
  struct Queued {
    std::shared_ptr<const log::Batch> batch;
    const log::Record* record = nullptr;
  };
  struct Head {
    ChronicleRecord record;
    Hash128 hash;
    std::int64_t offset = 0;
  };
  struct Standby {
    std::unique_ptr<Task> task;
    std::uint32_t tag = 0;         // of its chronicle
    std::deque<Queued> queued;
    std::size_t queued_bytes = 0;
    std::optional<Head> head;      // decoded, and not begun
    std::int64_t next = 0;         // chronicle offset behind what was begun
    std::int64_t steps_folded = 0;
    bool paused = false, reads_inputs = false, wants_persist = false, persisting = false;
    std::string failed;            // why it is not folded any more
  };
  struct Made {
    std::unique_ptr<Task> task;
    std::int64_t from = 0;
  };
  Result<Made> make(const log::TopicPartition& spine);
  void collect_made();
  Status open_readers();
  Status fetch();
  void balance();
  void begin_again(const std::string& why);
  std::size_t fold(Standby& s, std::size_t steps_max);
  enum class Next { begun, waits };
  Result<Next> begin_next(Standby& s);
  Status decode_head(Standby& s);
  Status read_inputs(Standby& s);
  void fail(Standby& s, const std::string& why);

  log::Log& log_;
  TaskFactory& factory_;
  const WorkerOptions& options_;
  Report report_;
  std::unique_ptr<log::Reader> reader_;  // of chronicles
  std::unique_ptr<Feed> feed_;           // of inputs
  std::vector<log::TopicPartition> all_;  // tasks that there are
  std::set<log::TopicPartition> preferred_;
  std::map<log::TopicPartition, Standby> standbys_;
  std::vector<std::unique_ptr<Task>> leaving_;  // given up while they were being written
  std::map<std::uint32_t, log::TopicPartition> tags_;
  std::uint32_t next_tag_ = 0;
  log::TopicPartition last_;                       // folded last: the others come first
  std::chrono::microseconds not_before_{0};        // monotonic: when the next one is begun
  std::optional<log::TopicPartition> making_;
  std::optional<Result<Made>> made_;               // by the lane, once made_is_there_
  std::atomic<bool> made_is_there_{false};
  std::unique_ptr<Lane> lane_;                     // last: it waits for its job, which uses the others
};

}  // namespace due::runtime
