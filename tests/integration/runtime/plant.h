// tests/integration/runtime/plant.h
// A log in memory with a company's events in it, and workers on it that may crash: what runtime tests are told in.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "schemas/codec/output/output_mark.h"
#include "schemas/base/partitioner.h"
#include "stream/log/embedded/embedded_log.h"
#include "stream/runtime/worker.h"
#include "tests/support/company.h"
#include "tests/support/volatile_rows.h"
#include "topology/account/account_logic.h"

namespace due::test {

struct PlantOptions {
  std::int32_t partitions = 3;
  std::size_t batch_records = 1'000;
  std::size_t cache_bytes = 64U << 20;
  std::size_t fetched_and_sent_bytes = SIZE_MAX;  // each, of all tasks
  std::chrono::microseconds recovery_budget{2'000'000};
  std::function<log::embedded::Fault(log::embedded::Step)> fault;
  bool history = true;
  log::Time* time = nullptr;  // null: the machine's
  topology::Description topology{{topology::account_subtopology()}};
  std::int32_t broadcast_partitions = 1;
  std::size_t queue_bytes = 16U << 20;
  std::map<std::string, int> message_bytes;  // of outputs that take less than usual
};

struct Output {
  std::string key, value, seq, task;
  bool operator==(const Output&) const = default;
};

class Plant {
 public:
  explicit Plant(PlantOptions options) : options_(std::move(options)) {
    log::embedded::Options o;
    o.seed = 7;
    o.fault = options_.fault;
    o.time = options_.time;
    auto opened = log::embedded::EmbeddedLog::open(std::move(o));
    EXPECT_TRUE(opened.has_value());
    log_ = std::move(*opened);
    std::vector<log::TopicSpec> topics;
    const std::map<std::string, std::string> kept{{"retention.ms", "-1"}};
    const std::map<std::string, std::string> stamped{{"retention.ms", "-1"}, {"message.timestamp.type", "LogAppendTime"}};
    for (const topology::Subtopology& s : options_.topology.subtopologies) {
      for (const std::string& t : s.inputs) topics.push_back({t, options_.partitions, kept});
      for (const std::string& t : s.broadcast) topics.push_back({t, options_.broadcast_partitions, kept});
      for (const std::string& t : s.outputs) {
        topics.push_back({t, options_.partitions, stamped});
        if (const auto found = options_.message_bytes.find(t); found != options_.message_bytes.end())
          topics.back().config["max.message.bytes"] = std::to_string(found->second);
      }
      topics.push_back({s.chronicle, options_.partitions, stamped});
    }
    EXPECT_TRUE(log_->create(topics).has_value());
  }

  log::Log& log() { return *log_; }

  void publish(const std::vector<CompanyRecord>& records) {
    auto publisher = log_->publisher();
    ASSERT_TRUE(publisher.has_value());
    const log::Header history[] = {{"history", "true"}};
    for (const CompanyRecord& r : records) {
      log::OutgoingRecord out;
      out.topic = r.topic;
      const bool told = is_broadcast(r.topic);
      out.partition = told ? 0 : partition_of(r.key, options_.partitions);
      out.key = r.key;
      out.value = r.value;
      if (options_.history && !told) out.headers = history;
      out.timestamp = {1'735'689'600'000'000};
      ASSERT_TRUE((*publisher)->send(out).has_value());
    }
    ASSERT_TRUE((*publisher)->flush().has_value());
  }

  runtime::WorkerOptions worker_options(const std::string& slot) {
    runtime::WorkerOptions o;
    o.instance = "test-" + slot;
    o.app = "test";
    o.topology = &options_.topology;
    o.queue_bytes_max = options_.queue_bytes;
    o.logic_version = logic_version;
    o.session_timeout = log::Duration(1'000);
    o.revoke_budget = log::Duration(2'000);
    o.commit_min = std::chrono::microseconds(0);
    o.commit_max = std::chrono::microseconds(2'000);
    o.recovery_budget = options_.recovery_budget;
    o.cache_bytes_max = options_.cache_bytes;
    o.queued_bytes_max = o.output_bytes_max = options_.fetched_and_sent_bytes;
    o.limits.batch_records_max = options_.batch_records;
    o.limits.merge_wait = std::chrono::microseconds(60'000'000);
    o.slice_records = 97;
    o.until_caught_up = true;
    o.open_rows = [this, slot](const std::string& task) -> Result<std::unique_ptr<state::RowStore>> {
      const std::lock_guard held(disks_mutex_);  // workers of several threads
      auto& disk = disks_[slot + "/" + task];
      if (!disk) disk = std::make_shared<Disk>();
      return std::unique_ptr<state::RowStore>(std::make_unique<VolatileRows>(disk));
    };
    return o;
  }

  // To the end of what is there, in this thread.
  runtime::WorkerFigures run(const std::string& slot = "0") {
    runtime::Worker worker(*log_, worker_options(slot), quiet());
    auto figures = worker.run();
    EXPECT_TRUE(figures.has_value()) << (figures ? "" : figures.error().what);
    return figures ? *figures : runtime::WorkerFigures{};
  }

  // Crashes right after the nth report of an event (commit.begin: with a transaction on its way). False: caught up before.
  bool run_and_crash_at(const std::string& event, int nth, const std::string& slot = "0") {
    int seen = 0;
    runtime::Worker* running = nullptr;
    const runtime::Report report(runtime::Level::debug, [&](runtime::Level, std::string_view name, std::span<const runtime::Field>) {
      if (name == event && ++seen == nth) running->crash();
    });
    runtime::Worker worker(*log_, worker_options(slot), report);
    running = &worker;
    auto figures = worker.run();
    EXPECT_TRUE(figures.has_value()) << (figures ? "" : figures.error().what);
    return seen >= nth;
  }

  void forget_state() { disks_.clear(); }

  // Committed records of an output topic by partition, in order.
  std::vector<std::vector<Output>> outputs(const std::string& topic) {
    std::vector<std::vector<Output>> all(static_cast<std::size_t>(options_.partitions));
    auto reader = log_->reader(log::Isolation::read_committed);
    EXPECT_TRUE(reader.has_value());
    std::vector<log::Assignment> assignments;
    std::vector<std::int64_t> next(all.size(), 0), end(all.size());
    for (std::size_t p = 0; p < all.size(); ++p) {
      assignments.push_back({{topic, static_cast<std::int32_t>(p)}, {0}, {static_cast<std::uint32_t>(p)}});
      end[p] = log_->bounds(assignments.back().partition, log::Isolation::read_committed)->end.value;
    }
    EXPECT_TRUE((*reader)->add(assignments).has_value());
    const auto behind = [&] {
      for (std::size_t p = 0; p < all.size(); ++p)
        if (next[p] < end[p]) return true;  // it may overtake the end as it was, while a worker is writing
      return false;
    };
    while (behind()) {
      auto batch = (*reader)->poll(1'000, log::Duration(1'000));
      if (!batch) {
        ADD_FAILURE() << batch.error().what;
        break;
      }
      for (const log::Record& r : (*batch)->records()) {
        Output o{std::string(r.key.value_or("")), std::string(r.value.value_or("")), "", ""};
        if (const auto mark = OutputMark::of(r.headers)) {
          o.seq = std::to_string(mark->seq);
          o.task = mark->task;
        }
        all[r.input.value].push_back(std::move(o));
      }
      for (const log::Progress& p : (*batch)->progress()) next[p.input.value] = std::max(next[p.input.value], p.next.value);
    }
    return all;
  }

  std::string logic_version = "0123456789abcdef";

  static runtime::Report quiet() {
    if (std::getenv("DUESTREAM_TEST_LOG") == nullptr) return {runtime::Level::error, [](auto...) {}};
    return {runtime::Level::debug, [](runtime::Level, std::string_view event, std::span<const runtime::Field> fields) {
              std::fprintf(stderr, "%s\n", runtime::as_text(event, fields).c_str());
            }};
  }

 private:
  bool is_broadcast(const std::string& topic) const {
    const auto& all = options_.topology.subtopologies;
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& s) { return std::find(s.broadcast.begin(), s.broadcast.end(), topic) != s.broadcast.end(); });
  }

  PlantOptions options_;
  std::unique_ptr<log::embedded::EmbeddedLog> log_;
  std::mutex disks_mutex_;
  std::map<std::string, std::shared_ptr<Disk>> disks_;  // what each slot's tasks hold durably
};

}  // namespace due::test
