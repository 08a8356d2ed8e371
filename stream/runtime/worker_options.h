// stream/runtime/worker_options.h
// What a worker is told once, at its start.
//
//   Units    std::chrono durations; bytes; records
//   Threads  none: read by one worker
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "stream/log/log.h"
#include "stream/runtime/persist/lane.h"
#include "stream/runtime/task/task.h"

namespace due::runtime {

struct WorkerOptions {
  std::string app = "duestream";
  std::string instance;  // app-slot-worker: static member and transactional id
  std::string topic_prefix;
  const topology::Description* topology = nullptr;  // outlives the worker; its tasks are those of all subtopologies
  topology::LogicOptions logic;
  std::string logic_version;
  log::Duration session_timeout{10'000};
  log::Duration revoke_budget{5'000};
  log::Duration transaction_timeout{15'000};
  log::Duration idle_wait{10};  // of one poll, where nothing is under way: how late the group is served
  std::chrono::microseconds commit_min{10'000}, commit_max{100'000};  // interval between commits, adapted to what a commit takes
  std::chrono::microseconds recovery_budget{2'000'000};
  std::size_t cache_bytes_max = 512U << 20;  // decoded objects of all tasks of this worker
  std::size_t queue_bytes_max = 16U << 20;   // fetched records of one input
  std::size_t queued_bytes_max = SIZE_MAX;   // of all inputs of all tasks; standbys have as much
  std::size_t output_bytes_max = SIZE_MAX;   // of all batches that are open or on their way
  std::size_t fetch_records = 4'000;   // of one poll
  std::size_t slice_records = 1'000;   // steps of one task before the group and the commit are looked after again
  Task::Limits limits;
  bool until_caught_up = false;
  std::size_t standby_max = 0;  // tasks folded beside those that are ours
  bool seal_only = false;  // recover what is assigned, seal it, and be over: no input is taken
  // Opens the rows of a task, named account-0 and so on.
  std::function<Result<std::unique_ptr<state::RowStore>>(const std::string& task)> open_rows;
  // Where persists are written beside computing.
  std::function<std::unique_ptr<Lane>()> make_lane = [] { return std::make_unique<ThreadLane>(); };
};

}  // namespace due::runtime
