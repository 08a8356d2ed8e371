// stream/runtime/recovery.h
// The one way in: first start, restart, crash, rebalance and takeover all go through it.
//
//   Source   DESIGN 3.5, steps 2 to 6
//   Shape    metadata and the chronicle's tail ► fence what may still be on its way ► stable end ► positions ► fold ► agree
//   Errors   Remedy::retry: the log did not answer in time, nothing was changed; Remedy::stop: chronicle, positions and state
//            disagree, with what to do
//   Threads  owned by one worker
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "stream/log/log.h"
#include "stream/runtime/feed.h"
#include "stream/runtime/report.h"
#include "stream/runtime/task/task.h"

namespace due::runtime {

class Recovery {
 public:
  struct Options {
    std::string group;
    std::string own_transactional_id;  // opened already: nothing of it can be on its way
    std::string chronicle_topic;
    std::vector<std::string> input_topics;
    log::CommitterOptions committer;   // for fencing; its id is replaced
    log::Duration patience{60'000};    // for stable ends and positions
  };
  Recovery(log::Log& log, Feed& feed, Options options, Report report)
      : log_(log), feed_(feed), options_(std::move(options)), report_(std::move(report)) {}

  struct Figures {
    std::int64_t records_folded = 0, steps_folded = 0;
    int fenced = 0;
    std::chrono::microseconds fence{0}, stable{0}, fold{0};
    std::int64_t chronicle_end = 0;     // the stable end of the chronicle's partition
    bool position_missing = false;      // beside a chronicle: the group's offsets expired, commit the position again first
  };
  // The task is opened, folded up to its last committed batch, and reads its inputs from there.
  Result<Figures> recover(Task& task);

 private:
  struct Chronicle {  // one partition, being read
    std::unique_ptr<log::Reader> reader;
    std::int64_t next = 0;
  };
  Result<std::optional<log::CommittedPosition>> stable_position(const Task& task);
  Result<std::set<std::string>> ids_on_their_way(const Task& task, const log::TopicPartition& chronicle, std::int64_t from);
  Status fence(const std::set<std::string>& ids);
  Result<std::int64_t> stable_end(const log::TopicPartition& chronicle);
  Status fold(Task& task, const log::TopicPartition& chronicle, std::int64_t from, std::int64_t end, Figures& figures);
  Status fold_record(Task& task, std::string_view bytes, bool& assigned, Figures& figures);
  Status agree(const Task& task, const std::optional<log::CommittedPosition>& position, Figures& figures);
  // Reads a partition from `from` to `end` and hands over every record.
  Status read(log::Isolation isolation, const log::TopicPartition& partition, std::int64_t from, std::int64_t end,
              const std::function<Status(const log::Record&)>& each);

  log::Log& log_;
  Feed& feed_;
  Options options_;
  Report report_;
};

}  // namespace due::runtime
