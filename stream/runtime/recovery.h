// stream/runtime/recovery.h
// The one way in: first start, restart, crash, rebalance and takeover all go through it. It goes by small steps, so that its worker
// serves the group and its other tasks meanwhile; whoever loses the task just destroys the recovery.
//
//   Source   DESIGN 3.5, steps 2 to 6
//   Errors   Remedy::retry: the log did not answer in time, nothing was changed; Remedy::stop: chronicle, positions and state
//            disagree, with what to do
//   Limits   a step takes some milliseconds; where it asks the log, a second at most, or `open_patience` of the committer
//   Threads  owned by one worker
//
//   opening ─► searching ─► fencing ─► settling ─► folding ─► done
//      │       (the ids that    (each id)  (a stable end     ▲      (position, chronicle and state agree)
//      │        may write yet)              and position)    │
//      └─────── released: nothing is on its way ─► settling ─┘
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/log/log.h"
#include "stream/runtime/reading/chronicle_reader.h"
#include "stream/runtime/reading/feed.h"
#include "stream/runtime/telling/report.h"
#include "stream/runtime/task/task.h"

namespace due::runtime {

class Recovery {
 public:
  struct Options {
    std::string group;
    std::string own_transactional_id;  // opened already: nothing of it can be on its way
    log::CommitterOptions committer;   // for fencing; its id is replaced
    log::Duration patience{60'000};    // without any movement; then Remedy::retry
    std::size_t fold_slice = 2'000;    // steps folded in one step
    // When this worker last began to fence which id (monotonic): tasks that come from one process need it fenced once.
    std::shared_ptr<std::map<std::string, std::chrono::microseconds>> fenced =
        std::make_shared<std::map<std::string, std::chrono::microseconds>>();
  };
  // `task` and `options` outlive it.
  Recovery(log::Log& log, Feed& feed, const Options& options, Report report, Task& task)
      : log_(log), feed_(feed), options_(options), report_(std::move(report)), task_(task) {}

  // Before the first step: the task is open and holds what the log says up to this offset of its chronicle (a standby's).
  void go_on_from(std::int64_t chronicle_offset) { held_to_ = chronicle_offset; }

  // Before the first step: since when the group has said, without a break, that the task is ours (monotonic).
  void owned_since(std::chrono::microseconds at) { owned_since_ = at; }

  enum class Stage { opening, searching, fencing, settling, folding, done };
  Stage stage() const { return stage_; }
  enum class Step { moved, waits, done };  // done: the task is folded up to its last committed batch, and reads its inputs from there
  Result<Step> step();

  struct Figures {
    std::int64_t records_folded = 0, steps_folded = 0;
    int fenced = 0;
    std::chrono::microseconds open{0}, fence{0}, stable{0}, fold{0};
    bool position_missing = false;  // beside a chronicle: the group's offsets expired, commit the position again first
  };
  const Figures& figures() const { return figures_; }

 private:
  Result<Step> open();
  Result<Step> search();
  Result<Step> fence();
  bool is_fenced(const std::string& id) const;
  Result<Step> settle();
  Result<Step> fold();
  Result<Step> next_record();
  Result<Step> take_record(std::string_view bytes);
  Status read_inputs();
  Status hold_for_broadcast();
  Result<Step> agree();
  Error nothing_moved();
  Result<std::optional<log::CommittedPosition>> position();
  Result<Step> enter(Stage stage);

  log::Log& log_;
  Feed& feed_;
  const Options& options_;
  Report report_;
  Task& task_;
  Stage stage_ = Stage::opening;
  std::optional<std::int64_t> held_to_;  // by go_on_from()
  std::int64_t from_ = 0;               // where the fold begins in the chronicle
  std::int64_t stable_before_ = 0;      // the chronicle's stable end when the search began
  std::optional<ChronicleReader> reader_;
  std::string last_writer_;             // transactional id of the last visible record
  std::vector<std::string> to_fence_;   // each once
  std::string wrote_last_only_;         // of them, the one of which nothing unstable was found, if any
  std::chrono::microseconds owned_since_ = std::chrono::microseconds::max(), searched_at_{0};
  std::optional<log::CommittedPosition> position_;
  std::int64_t settled_end_ = 0;        // the chronicle's end, when the position was asked for
  bool reads_inputs_ = false;
  std::optional<std::int64_t> folding_seq_;  // of the record that is being folded
  std::int64_t folding_steps_ = 0;           // of that record
  std::chrono::microseconds moved_at_{0}, stage_began_{0};
  Figures figures_;
};

const char* name_of(Recovery::Stage stage);

}  // namespace due::runtime
