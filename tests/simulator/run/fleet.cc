#include "tests/simulator/run/fleet.h"

#include <algorithm>

#include "tests/simulator/client/lane.h"
#include "topology/account/account_logic.h"
#include "topology/register/register_logic.h"

namespace due::sim {
namespace {

// Deciding takes time, and a process may die or stand still between any two steps.
class TimedLogic final : public topology::Logic {
 public:
  TimedLogic(Node& node, std::unique_ptr<topology::Logic> inner) : node_(node), inner_(std::move(inner)) {}
  void prepare(topology::Prepared& record, std::deque<std::string>& arena) override { inner_->prepare(record, arena); }
  void on_record(const topology::Prepared& record, topology::Context& context) override {
    node_.pass(node_.world.plan().step_cost);
    inner_->on_record(record, context);
  }
  void on_tick(const topology::Tick& tick, topology::Context& context) override { inner_->on_tick(tick, context); }
  bool due_by(EventTime time) const override { return inner_->due_by(time); }
  void restore(state::ObjectStore& store) override { inner_->restore(store); }

 private:
  Node& node_;
  std::unique_ptr<topology::Logic> inner_;
};

struct Excuse {
  const char* text;
  std::optional<Fault> fault;  // what must have been drawn for it; absent: any run may see it
};
constexpr Excuse excuses[] = {
    {"no answer in time", {}},
    {"is not stable up to its end", {}},
    {"named by an open transaction", {}},
    {"cannot be found out", {}},
    {"is being committed by another member", {}},
    {"times within a minute", {}},
    {"was taken over by another member", Fault::replace},
    {"no space left", Fault::full_disk},
    {"checksum mismatch in a row", Fault::flipped_bit},
    {"checksum mismatch in a batch", Fault::torn_write},
    {"ahead of the log's", Fault::clock_jump},
    {"ahead of the log's", Fault::clock_drift},
    {"size limits", Fault::small_limits},
};
// What must be said where an input is gone.
constexpr const char* input_gone[] = {"is out of range", "no longer what chronicle record", "created again",
                                      "was deleted while it was read", "diverges at chronicle record"};

}  // namespace

Fleet::Fleet(World& world, Network& network)
    : world_(world),
      network_(network),
      dice_(world.plan().seed, "fleet"),
      topology_{{topology::account_subtopology(), topology::register_subtopology()}} {
  for (int i = 0; i < world.plan().workers; ++i) {
    auto slot = std::make_unique<Slot>();
    slot->instance = "sim-" + std::to_string(i);
    slot->machine = machines_.emplace_back(std::make_shared<Machine>());
    slots_.push_back(std::move(slot));
  }
}

Fleet::~Fleet() = default;

runtime::WorkerOptions Fleet::options(Node& node, const std::string& instance, std::shared_ptr<Machine> machine) {
  const Plan& p = world_.plan();
  const auto micros = [](Micros m) { return std::chrono::microseconds(m); };
  const auto rounded = [](Micros m) { return log::Duration(m / millis); };
  runtime::WorkerOptions o;
  o.app = "sim";
  o.instance = instance;
  o.topology = &topology_;
  o.logic_version = "0123456789abcdef";
  o.logic.parked_max_micros = p.parked;
  o.session_timeout = rounded(p.session);
  o.revoke_budget = rounded(p.revoke_budget);
  o.transaction_timeout = rounded(p.transaction_timeout);
  o.commit_min = micros(p.commit_min);
  o.commit_max = micros(p.commit_max);
  o.recovery_budget = micros(p.recovery_budget);
  o.idle_wait = log::Duration(100);
  o.cache_bytes_max = p.cache_bytes;
  o.queue_bytes_max = p.queue_bytes;
  o.fetch_records = p.fetch_records;
  o.slice_records = p.slice_records;
  o.limits.batch_records_max = p.batch_records;
  o.standby_max = p.standbys ? SIZE_MAX : 0;
  o.limits.merge_wait = micros(p.merge_wait);
  o.open_rows = [&node, machine](const std::string& task) {
    std::shared_ptr<Disk>& disk = machine->disks[task];
    if (!disk) disk = std::make_shared<Disk>();
    return open_disk(node, disk);
  };
  o.make_lane = [&node] { return std::make_unique<StrandLane>(node); };
  return o;
}

void Fleet::start(std::size_t slot) {
  Slot& s = *slots_[slot];
  s.wanted = true;
  if (s.node != nullptr) return;
  Process& process = world_.process(s.instance + "." + std::to_string(++s.incarnation));
  Node& node = *nodes_.emplace_back(std::make_unique<Node>(world_, network_, process, s.machine->clock));
  s.node = &node;
  s.live.clear();
  world_.spawn(process, [this, slot, &node, machine = s.machine] { run(slot, node, machine); });
}

void Fleet::run(std::size_t slot, Node& node, const std::shared_ptr<Machine>& machine) {
  Slot& s = *slots_[slot];
  std::string why;
  try {
    topology::Description timed = topology_;
    for (topology::Subtopology& part : timed.subtopologies)
      part.make_logic = [&node, make = part.make_logic](const topology::TaskIdentity& task, const topology::LogicOptions& o) {
        return std::make_unique<TimedLogic>(node, make(task, o));
      };
    NodeLog log(node);
    runtime::WorkerOptions o = options(node, s.instance, machine);
    o.topology = &timed;
    runtime::Worker worker(log, std::move(o), report(s, node));
    if (s.node == &node) s.worker = &worker;
    const auto figures = worker.run();
    if (s.worker == &worker) s.worker = nullptr;
    if (figures) {
      if (s.node == &node) sealed_ += static_cast<std::size_t>(figures->tasks_sealed);
    } else {
      why = figures.error().what;
    }
  } catch (const Crash&) {
    ended(slot, node, machine, true, {});
    return;
  }
  ended(slot, node, machine, false, why);
}

runtime::Report Fleet::report(Slot& slot, Node& node) {
  const runtime::Level from = world_.telling() ? runtime::Level::debug : runtime::Level::info;
  return {from, [this, &slot, &node](runtime::Level level, std::string_view event, std::span<const runtime::Field> fields) {
            if (level >= runtime::Level::info) world_.trace().add(event);  // the others come only where somebody listens
            if (slot.node == &node) follow(slot, event, fields);
            if (world_.telling()) node.tell(runtime::as_text(event, fields));
          }};
}

// By what the worker reports: task=account-3; or spine=invoices partition=3, or the partition alone, of the tasks of both parts.
std::vector<std::string> Fleet::tasks_named(std::span<const runtime::Field> fields) const {
  std::string spine, partition;
  for (const runtime::Field& f : fields) {
    if (f.name == "task") return {std::string(f.text)};
    if (f.name == "spine") spine = f.text;
    if (f.name == "partition") partition = std::to_string(f.number);
  }
  std::vector<std::string> tasks;
  for (const topology::Subtopology& part : topology_.subtopologies)
    if (spine.empty() || part.inputs[0] == spine) tasks.push_back(part.name + "-" + partition);
  return tasks;
}

void Fleet::follow(Slot& slot, std::string_view event, std::span<const runtime::Field> fields) {
  for (const runtime::Field& f : fields) {  // of a doubtful commit: what became of its batches
    if (event == "commit.end" && f.is_number && f.number > 0 && f.name != "txn" && f.name != "micros")
      world_.count("doubtful: " + std::string(f.name));
    if (event == "rebalance.revoked" && f.is_number && f.number > 0 && f.name != "partition")
      world_.count("revoked: " + std::string(f.name));
  }
  const bool came = event == "task.recovered";
  if (!came && event != "rebalance.revoked" && event != "rebalance.lost" && event != "task.gone") return;
  for (std::string& task : tasks_named(fields)) {
    if (came) {
      slot.live.insert(std::move(task));
    } else {
      slot.live.erase(task);
    }
  }
}

void Fleet::judge(const std::string& who, const std::string& why) {
  for (const char* text : input_gone)
    if (world_.refusal_due() && why.find(text) != std::string::npos) {
      ++refusals_;
      return world_.count("refused: " + std::string(text));
    }
  for (const Excuse& e : excuses)
    if (why.find(e.text) != std::string::npos && (!e.fault || world_.plan().faults.has(*e.fault)))
      return world_.count("stopped: " + std::string(e.text));
  world_.violate("refusal", who + " stopped: " + why);
}

void Fleet::ended(std::size_t slot, Node& node, const std::shared_ptr<Machine>& machine, bool died, const std::string& why) {
  node.tell(died ? "died" : why.empty() ? "stopped" : "stopped: " + why);
  world_.trace().add(node.process.name());
  if (!why.empty()) judge(node.process.name(), why);
  const bool torn = died && world_.on(Fault::torn_write) && dice_.chance(0.3);
  for (auto& [task, disk] : machine->disks) {
    disk->crash(dice_, torn);
    if (died && world_.on(Fault::flipped_bit) && dice_.chance(0.1)) disk->flip_bit(dice_);
  }
  if (why.find("checksum mismatch") != std::string::npos) machine->disks.clear();  // as the operator is told
  Slot& s = *slots_[slot];
  if (s.node != &node) return;  // given up: another one has the instance
  if (died || !why.empty()) ++troubled_;
  s.node = nullptr;
  s.worker = nullptr;
  if (!s.wanted) return;
  if (world_.on(Fault::lost_disk) && dice_.chance(0.2)) new_machine(slot);
  const Micros delay = world_.faults_on() ? dice_.spread(20 * millis, 3 * seconds) : dice_.between(20, 200) * millis;
  world_.scheduler().at(world_.now() + delay, [this, slot] {
    if (slots_[slot]->wanted) start(slot);
  });
}

void Fleet::stop(std::size_t slot) {
  Slot& s = *slots_[slot];
  s.wanted = false;
  if (s.worker != nullptr && !s.node->process.doomed()) {
    s.worker->stop();
  } else if (s.node != nullptr) {
    world_.scheduler().kill(s.node->process);
  }
}

void Fleet::crash(std::size_t slot) {
  if (Slot& s = *slots_[slot]; s.node != nullptr) world_.scheduler().kill(s.node->process);
}

void Fleet::put_down(std::size_t slot) {
  slots_[slot]->wanted = false;
  crash(slot);
}

void Fleet::freeze(std::size_t slot, Micros until) {
  if (Slot& s = *slots_[slot]; s.node != nullptr) {
    s.node->tell("stands still");
    world_.scheduler().freeze(s.node->process, until);
  }
}

void Fleet::new_machine(std::size_t slot) { slots_[slot]->machine = machines_.emplace_back(std::make_shared<Machine>()); }

std::map<std::string, const Disk*> Fleet::newest_disks() const {
  std::map<std::string, const Disk*> newest;
  for (const auto& machine : machines_) {
    for (const auto& [task, disk] : machine->disks) {
      const Disk*& found = newest[task];
      if (found == nullptr || disk->newest_batch() > found->newest_batch()) found = disk.get();
    }
  }
  return newest;
}

void Fleet::replace(std::size_t slot) {
  Slot& s = *slots_[slot];
  if (s.node == nullptr) return;
  s.node->tell("is given up");
  s.node = nullptr;
  s.worker = nullptr;
  new_machine(slot);
  start(slot);
}

void Fleet::thaw_all() {
  for (const auto& node : nodes_) world_.scheduler().thaw(node->process);
}

// Whoever stops the fleet stops them too: one that stood still through all of its replacement may have become a member again.
void Fleet::end_given_up() {
  for (const auto& node : nodes_) {
    const bool has_slot = std::any_of(slots_.begin(), slots_.end(), [&](const auto& s) { return s->node == node.get(); });
    if (!has_slot && !node->process.down()) world_.scheduler().kill(node->process);
  }
}

void Fleet::start_all() {
  for (std::size_t i = 0; i < slots_.size(); ++i) start(i);
}

bool Fleet::every_task_lives_once() const {
  std::size_t live = 0;
  std::set<std::string> all;
  for (const auto& slot : slots_) {
    if (slot->node == nullptr) continue;
    live += slot->live.size();
    all.insert(slot->live.begin(), slot->live.end());
  }
  return live == tasks() && all.size() == tasks();
}

bool Fleet::every_task_sealed() const { return sealed_ == tasks(); }

std::size_t Fleet::tasks() const { return topology_.subtopologies.size() * static_cast<std::size_t>(world_.plan().partitions); }

void Fleet::heal_clocks() {
  for (const auto& slot : slots_) slot->machine->clock = {};
}

bool Fleet::all_down() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const auto& s) { return s->node == nullptr; });
}

}  // namespace due::sim
