#include "tests/simulator/run/run.h"

#include <algorithm>
#include <set>
#include <utility>

#include "state/api/row_key.h"
#include "tests/simulator/oracle/calendar.h"
#include "tests/simulator/oracle/oracle.h"
#include "tests/simulator/run/chaos.h"
#include "tests/simulator/run/collect.h"
#include "tests/simulator/run/outside.h"

namespace due::sim {
namespace {

class Story {
 public:
  Story(std::uint64_t seed, const RunOptions& options);
  Run tell();

 private:
  void create_topics();
  void let_faults_happen();
  void heal();
  void refuse();
  void converge();
  void stop_in_order(std::size_t slots);
  void fold_from_nothing();
  bool anything_open();
  void judge();
  bool going() const { return !world_.violation(); }
  // Lets time pass until it holds; false: not within the time.
  bool until(Micros within, const std::function<bool()>& holds);

  const RunOptions options_;
  World world_;
  Network network_;
  std::vector<oracle::Posted> posted_;
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<Upstream> upstream_;
  std::unique_ptr<Downstream> downstream_;
  std::unique_ptr<Chaos> chaos_;
};

Story::Story(std::uint64_t seed, const RunOptions& options)
    : options_(options), world_(draw_plan(seed, options.plan), options.telling), network_(world_) {
  create_topics();
  Dice dice(seed, "company");
  posted_ = oracle::company(world_.plan().company, dice);
  fleet_ = std::make_unique<Fleet>(world_, network_);
  upstream_ = std::make_unique<Upstream>(world_, posted_);
  std::set<std::string> outputs;
  for (const oracle::Part& part : oracle::parts()) outputs.insert(part.outputs.begin(), part.outputs.end());
  if (world_.plan().faults.has(Fault::log_start))  // of what is deleted, a reader that lags behind cannot see that it is without gap
    for (const std::string& name : oracle::internal_topics()) outputs.erase(name);
  downstream_ = std::make_unique<Downstream>(world_, std::vector<std::string>(outputs.begin(), outputs.end()));
  chaos_ = std::make_unique<Chaos>(world_, network_, *fleet_);
}

void Story::create_topics() {
  const Plan& p = world_.plan();
  const std::map<std::string, std::string> kept{{"retention.ms", "-1"}};
  const std::map<std::string, std::string> stamped{{"retention.ms", "-1"}, {"message.timestamp.type", "LogAppendTime"}};
  const auto locked = world_.broker().lock();
  const auto create = [&](const std::string& name, int partitions, std::map<std::string, std::string> settings, std::int64_t bytes_max) {
    if (bytes_max > 0) settings["max.message.bytes"] = std::to_string(bytes_max);
    check(world_.broker().topics(locked).create({name, partitions, settings}, {}).has_value(), "no topic");
  };
  for (const std::string& name : oracle::company_topics()) create(name, p.partitions, kept, 0);
  create("controls", 1, kept, 0);
  for (const std::string& name : oracle::internal_topics()) create(name, p.partitions, stamped, 0);
  for (const oracle::Part& part : oracle::parts()) create(part.chronicle, p.partitions, stamped, 0);
  create("decisions", p.decision_partitions, stamped, p.decision_bytes_max);
  create("dead-letters", p.dead_letter_partitions, stamped, p.dead_letter_bytes_max);
  create("credit-notes", p.credit_note_partitions, stamped, p.credit_note_bytes_max);
}

bool Story::until(Micros within, const std::function<bool()>& holds) {
  const Micros end = world_.now() + within;
  while (going() && world_.now() < end) {
    world_.scheduler().run(world_.now() + 200 * millis);
    if (going() && holds()) return true;
  }
  return false;
}

Run Story::tell() {
  let_faults_happen();
  if (going()) heal();
  if (going() && world_.refusal_due()) {
    refuse();
  } else {
    if (going()) converge();
    if (going()) stop_in_order(fleet_->size());
    if (going() && !world_.plan().faults.has(Fault::log_start)) fold_from_nothing();
  }
  if (going() && anything_open()) (void)until(world_.plan().patience, [this] { return !anything_open(); });
  if (going() && options_.judged) judge();  // what stays open nevertheless is for the oracle to say
  if (world_.telling())
    for (const std::string& line : oracle::chronicle_lines(collect(world_, posted_))) world_.tell("chronicle", line);
  world_.scheduler().end(world_.processes());
  Run run;
  run.plan = text(world_.plan());
  run.trace = world_.trace().hash();
  run.violation = world_.violation();
  run.rare_paths = world_.rare_paths();
  run.points = world_.points();
  run.story = world_.story();
  run.virtual_time = world_.now();
  run.switches = world_.scheduler().resumed();
  run.records = records_stored(world_);
  return run;
}

void Story::let_faults_happen() {
  upstream_->start();
  downstream_->start();
  fleet_->start_all();
  chaos_->start();
  world_.scheduler().run(world_.plan().faults_until);
}

void Story::heal() {
  world_.tell("world", "heals");
  world_.heal();
  fleet_->thaw_all();
  fleet_->heal_clocks();
  fleet_->start_all();
}

// An input is gone. Whoever needs it has to say so, for as long as it is started again, and to write nothing more.
void Story::refuse() {
  if (!until(world_.plan().patience, [this] { return fleet_->refusals() > 0; }) && going())
    world_.violate("refusal", "nobody refuses to go on, though an input is gone");
  for (std::size_t i = 0; i < fleet_->size(); ++i) fleet_->put_down(i);
  (void)until(world_.plan().patience, [this] { return upstream_->done() && !anything_open(); });
}

void Story::converge() {
  std::int64_t stored = 0;
  const bool done = until(world_.plan().patience, [&] {
    const bool quiet = std::exchange(stored, records_stored(world_)) == stored;
    return quiet && upstream_->done() && fleet_->every_task_lives_once() && oracle::caught_up(collect(world_, {}));
  });
  if (!done && going())
    world_.violate("liveness", "not caught up " + std::to_string(world_.plan().patience / seconds) + " s after healing");
}

// What went wrong while the faults lasted may still end a worker, or keep it from sealing: then the first `slots` start once more.
void Story::stop_in_order(std::size_t slots) {
  fleet_->end_given_up();
  for (int tries = 0; going() && tries < 3; ++tries) {
    fleet_->forget_ends();
    for (std::size_t i = 0; i < fleet_->size(); ++i) fleet_->stop(i);
    if (!until(world_.plan().patience, [this] { return fleet_->all_down(); }) && going())
      world_.violate("liveness", "a worker does not stop");
    if (fleet_->every_task_sealed() && fleet_->troubled() == 0) break;
    for (std::size_t i = 0; i < slots; ++i) fleet_->start(i);
    converge();
  }
  if (going() && (!fleet_->every_task_sealed() || fleet_->troubled() > 0))
    world_.violate("liveness", "a worker does not stop in an orderly way, though nothing is wrong any more");
}

// The state is what the log says: whoever folds it from nothing has the same rows.
void Story::fold_from_nothing() {
  const std::map<std::string, const Disk*> last = fleet_->newest_disks();
  fleet_->new_machine(0);
  fleet_->machine(0).clock.wall_offset = -1'000 * oracle::day_micros;  // no timer fires, so that it stays at folding
  fleet_->start(0);
  if (!until(world_.plan().patience, [this] { return fleet_->every_task_lives_once(); }) && going())
    world_.violate("liveness", "one worker alone does not take over every task");
  if (going()) stop_in_order(1);
  for (const auto& [task, disk] : fleet_->machine(0).disks) {
    const auto before = last.find(task);
    if (!going() || before == last.end()) continue;
    if (before->second->newest_batch() > disk->newest_batch()) {  // it may go on by a record of its own
      world_.violate("state", task + ": stopped at batch " + std::to_string(before->second->newest_batch()) + ", folded to " +
                                  std::to_string(disk->newest_batch()));
    } else if (const std::string what = before->second->difference(*disk); !what.empty()) {
      world_.violate("state", task + ": not what a fold from nothing gives: " + what);
    }
  }
}

// A commit is answered before its markers are written, and a position is the group's with the last of them.
bool Story::anything_open() {
  const auto pending = [this](const oracle::Part& part) {
    const auto locked = world_.broker().lock();
    for (int p = 0; p < world_.plan().partitions; ++p)
      if (world_.broker().transactions(locked).pending("sim", {part.inputs[0], p})) return true;
    return false;
  };
  return std::any_of(oracle::parts().begin(), oracle::parts().end(), pending) || oracle::anything_open(collect(world_, {}));
}

void Story::judge() {
  oracle::Evidence evidence = collect(world_, posted_);
  for (const auto& [task, disk] : fleet_->newest_disks())
    if (task.starts_with("account")) evidence.reservations[task] = disk->values(static_cast<char>(state::Kind::reservation));
  if (const auto finding = oracle::judge(evidence)) world_.violate(finding->check, finding->what);
  for (const auto& [place, entries] : evidence.partitions) {
    if (place.first == "credit-note-outcomes")
      for (const oracle::Entry* e : oracle::visible(entries))
        world_.count(e->text().find("refused.v1") == std::string_view::npos ? "credit note numbered" : "credit note refused");
    if (place.first != "dead-letters") continue;
    for (const oracle::Entry* e : oracle::visible(entries)) {
      if (const std::string* code = e->header("x-err.code")) world_.count("dead letter " + *code);
      if (e->header("x-err.truncated") != nullptr) world_.count("dead letter without its value");
    }
  }
}

}  // namespace

Run run_seed(std::uint64_t seed, const RunOptions& options) { return Story(seed, options).tell(); }

}  // namespace due::sim
