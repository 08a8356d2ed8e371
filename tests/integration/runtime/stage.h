// tests/integration/runtime/stage.h
// Workers in one thread and in virtual time: each gets its turns, on a log whose records take time to read.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/runtime/forwarding_log.h"
#include "tests/integration/runtime/plant.h"

namespace due::test {

using namespace std::chrono_literals;
using runtime::Worker;

inline std::size_t records_in(Plant& plant, const std::string& topic) {
  std::size_t n = 0;
  for (const auto& partition : plant.outputs(topic)) n += partition.size();
  return n;
}

// A job is done at once.
class InlineLane final : public runtime::Lane {
 public:
  void start(std::function<void()> job) override { job(); }
  void wait() override {}
};

class Stage {
 public:
  static constexpr int turns_max = 20'000;

  explicit Stage(PlantOptions o = {}) : plant(options(time, std::move(o))), slow(plant.log()) {
    slow.reading_time = &time;
    slow.time_per_record = 0us;
  }

  struct Actor {
    std::unique_ptr<Worker> worker;
    std::map<std::string, int> seen;  // reports by name
    std::vector<std::string> fields;  // of rebalance.revoked, task.recovered and those of standbys, in order
    std::string crash_at;             // right after this report
  };

  Actor& actor(const std::string& slot, bool until_caught_up = true, std::chrono::microseconds commit_interval = 0us) {
    Actor& a = *actors.insert_or_assign(slot, std::make_unique<Actor>()).first->second;
    runtime::WorkerOptions o = plant.worker_options(slot);
    o.until_caught_up = until_caught_up;
    o.fetch_records = 100;  // of 1 ms each: a tenth of a session
    o.commit_min = o.commit_max = commit_interval;
    if (change) change(o);
    o.limits.batch_records_max = commit_interval > 0us ? 100'000 : 50;
    const auto write = [&a](runtime::Level level, std::string_view name, std::span<const runtime::Field> fields) {
      Plant::quiet()(level, name, fields);
      ++a.seen[std::string(name)];
      if (name == "rebalance.revoked" || name == "task.recovered" || name.starts_with("standby."))
        a.fields.push_back(runtime::as_text(name, fields));
      if (name == a.crash_at) a.worker->crash();
    };
    a.worker = std::make_unique<Worker>(slow, o, runtime::Report(runtime::Level::debug, write));
    EXPECT_TRUE(a.worker->start().has_value());
    return a;
  }

  // Turns of all of them until `done`; false: it did not come about.
  bool play(const std::vector<Actor*>& all, const std::function<bool()>& done) {
    for (int turns = 0; turns < turns_max; ++turns) {
      if (done()) return true;
      for (Actor* a : all) {
        time.pass(100us);
        auto turned = a->worker->turn();
        if (!turned) {
          ADD_FAILURE() << turned.error().what;
          return false;
        }
        over = over || *turned == Worker::Turn::over;
      }
    }
    return false;
  }

  static PlantOptions options(HandTime& time, PlantOptions o = {}) {
    o.batch_records = 50;
    o.time = &time;
    return o;
  }

  HandTime time;
  Plant plant;
  ForwardingLog slow;
  std::map<std::string, std::unique_ptr<Actor>> actors;
  bool over = false;  // one of them has caught up
  std::function<void(runtime::WorkerOptions&)> change;  // of those that are made from now on
};

}  // namespace due::test
