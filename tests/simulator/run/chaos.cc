#include "tests/simulator/run/chaos.h"

#include <algorithm>
#include <iterator>

#include "stream/log/embedded/writers.h"
#include "tests/simulator/oracle/calendar.h"
#include "tests/simulator/oracle/chronicle_text.h"
#include "tests/simulator/oracle/oracle.h"
#include "tests/simulator/run/collect.h"

namespace due::sim {

void Chaos::start() {
  now_and_then(Fault::crash, 3 * seconds, &Chaos::crash);
  now_and_then(Fault::freeze, 4 * seconds, &Chaos::freeze);
  now_and_then(Fault::scale, seconds, &Chaos::scale);
  now_and_then(Fault::broker_pause, 5 * seconds, &Chaos::pause_broker);
  now_and_then(Fault::hijack, 5 * seconds, &Chaos::hijack);
  now_and_then(Fault::clock_jump, 5 * seconds, &Chaos::jump_clock);
  now_and_then(Fault::clock_drift, 8 * seconds, &Chaos::drift);
  now_and_then(Fault::flipped_bit, 2 * seconds, &Chaos::flip_bit);
  now_and_then(Fault::small_limits, 6 * seconds, &Chaos::lower_limit);
  now_and_then(Fault::expired_offsets, 6 * seconds, &Chaos::expire_offsets);
  now_and_then(Fault::asked_again, seconds, &Chaos::ask_again);
  now_and_then(Fault::log_start, 2 * seconds, &Chaos::move_starts);
  if (dice_.chance(0.3)) once(Fault::log_start, &Chaos::move_starts_too_far);
  once(Fault::recreated_topic, &Chaos::recreate_topic);
}

void Chaos::now_and_then(Fault fault, Micros usual, void (Chaos::*what)()) {
  if (!world_.on(fault)) return;
  world_.scheduler().at(world_.now() + dice_.between(1, 2 * usual), [this, fault, usual, what] {
    if (!world_.on(fault)) return;
    if (!world_.refusal_due()) (this->*what)();
    now_and_then(fault, usual, what);
  });
}

void Chaos::once(Fault fault, void (Chaos::*what)()) {
  const Micros end = world_.plan().faults_until;
  if (world_.on(fault)) world_.scheduler().at(dice_.between(end / 2, end), [this, what] { (this->*what)(); });
}

void Chaos::with_all_down(Micros time, const std::function<void()>& meanwhile) {
  for (std::size_t i = 0; i < fleet_.size(); ++i) fleet_.put_down(i);
  world_.scheduler().at(world_.now() + time, [this, meanwhile] {
    if (!world_.faults_on()) return;  // healed meanwhile, and started
    if (fleet_.all_down()) meanwhile();
    fleet_.start_all();
  });
}

void Chaos::crash() { fleet_.crash(any_slot()); }

void Chaos::freeze() {
  const std::size_t slot = any_slot();
  const Micros past_session = world_.plan().session + dice_.spread(millis, seconds);
  fleet_.freeze(slot, world_.now() + (dice_.chance(0.3) ? dice_.spread(millis, past_session) : past_session) +
                          (dice_.chance(0.3) ? world_.plan().transaction_timeout : 0));
  if (world_.on(Fault::replace) && dice_.chance(0.5)) {
    world_.scheduler().at(world_.now() + dice_.spread(millis, past_session), [this, slot] {
      if (world_.on(Fault::replace)) fleet_.replace(slot);
    });
  }
}

void Chaos::scale() {
  const std::size_t slot = any_slot();
  if (dice_.chance(0.5)) {
    fleet_.stop(slot);
  } else {
    fleet_.start(slot);
  }
}

void Chaos::pause_broker() {
  world_.tell("broker", "does not answer");
  network_.pause_broker(world_.now() + dice_.spread(50 * millis, 3 * seconds));
}

// A stranger with a worker's id: an operator's mistake, or another installation.
void Chaos::hijack() {
  const std::string& id = fleet_.instance(any_slot());
  world_.tell("a stranger", "opens the transactional id " + id);
  const auto locked = world_.broker().lock();
  (void)world_.broker().transactions(locked).initialise(id, log::Duration(world_.plan().transaction_timeout / millis));
}

void Chaos::jump_clock() {
  MachineClock& clock = fleet_.machine(any_slot()).clock;
  const std::int64_t second = 1'000'000, hour = 3'600 * second;
  const std::int64_t jumps[] = {hour, -hour, 5 * second, -5 * second, 100 * oracle::day_micros, -400 * oracle::day_micros};
  clock.wall_offset += jumps[dice_.below(std::size(jumps))];
}

void Chaos::drift() { fleet_.machine(any_slot()).clock.drift_ppm = dice_.between(-200'000, 200'000); }

void Chaos::flip_bit() {
  for (auto& [task, disk] : fleet_.machine(any_slot()).disks)
    if (disk->flip_bit(dice_)) return world_.tell("disk", "a bit of " + task + " flips");
}

// A topic takes less than it did when the tasks began.
void Chaos::lower_limit() {
  if (!every_task_began()) return;  // a history that begins under a limit rests on it
  const auto locked = world_.broker().lock();
  const char* lowered[] = {"decisions", "chronicle", "credit-notes", "credit-note-requests", "register-chronicle"};
  auto* topic = world_.broker().topics(locked).find(lowered[dice_.below(std::size(lowered))]);
  const std::int64_t usual = topic->info.message_bytes_max;
  if (usual < 300) return;  // lowered already
  world_.tell("broker", topic->info.name + " takes 200 bytes now");
  world_.count("limit lowered");
  topic->info.message_bytes_max = 200;
  world_.scheduler().at(world_.now() + dice_.spread(50 * millis, 2 * seconds), [topic, usual] { topic->info.message_bytes_max = usual; });
}

// Nobody was there for so long that the group's positions are gone.
void Chaos::expire_offsets() {
  with_all_down(world_.plan().session + 500 * millis, [this] {
    const auto locked = world_.broker().lock();
    auto& transactions = world_.broker().transactions(locked);
    transactions.expire();
    for (const oracle::Part& part : oracle::parts()) {
      for (int p = 0; p < world_.plan().partitions; ++p) {
        const log::TopicPartition spine{part.inputs[0], p};
        if (transactions.pending("sim", spine)) return;
        if (transactions.committed("sim", spine)) world_.count("expired offsets");
      }
    }
    transactions.forget_positions("sim");
    world_.tell("broker", "forgets the group's positions");
  });
}

void Chaos::move_start(const log::TopicPartition& input, std::int64_t to) {
  const auto locked = world_.broker().lock();
  auto& partition = **world_.broker().topics(locked).partition(input);
  to = std::min(to, partition.end().value);
  if (to <= partition.start().value) return;
  partition.move_start({to});
  world_.count("log start moved");
  world_.tell("broker", input.topic + "/" + std::to_string(input.partition) + " begins at " + std::to_string(to));
}

// What lies before every durable position is never asked for again.
void Chaos::move_starts() {
  const oracle::Evidence evidence = collect(world_, {});
  for (const auto& [task, disk] : fleet_.newest_disks()) {
    const int partition = std::stoi(task.substr(task.find('-') + 1));
    const oracle::Part& part = oracle::parts()[task.starts_with("account") ? 0 : 1];
    const std::int64_t durable = disk->durable_batch();
    for (const oracle::Entry* e : oracle::visible(evidence.partitions.at({part.chronicle, partition}))) {
      const auto record = oracle::read_chronicle(*e->value);
      if (!record || record->seq != durable) continue;
      for (std::size_t i = 0; i < part.inputs.size(); ++i) move_start({part.inputs[i], partition}, record->positions[i]);
    }
  }
}

// What lies before the end was not read: nobody may go on as if it had been.
void Chaos::move_starts_too_far() {
  const oracle::Part& part = oracle::parts()[dice_.below(2)];
  with_all_down(100 * millis, [this, &part] {
    const oracle::Evidence evidence = collect(world_, {});
    if (oracle::anything_open(evidence)) return;  // what is decided and not marked yet has read further than can be seen
    for (int p = 0; p < world_.plan().partitions; ++p) {
      const auto chronicle = oracle::visible(evidence.partitions.at({part.chronicle, p}));
      if (chronicle.empty()) continue;  // who begins now begins where the log does
      const auto record = oracle::read_chronicle(*chronicle.back()->value);
      const std::int64_t read = record ? record->positions[0] : 0;
      const auto& all = evidence.partitions.at({part.inputs[0], p});
      if (read + 2 >= static_cast<std::int64_t>(all.size())) continue;
      move_start({part.inputs[0], p}, read + 2);
      world_.expect_refusal();
    }
  });
}

bool Chaos::every_task_began() {
  const oracle::Evidence e = collect(world_, {});
  return std::none_of(e.partitions.begin(), e.partitions.end(),
                      [](const auto& p) { return p.first.first.ends_with("chronicle") && oracle::visible(p.second).empty(); });
}

void Chaos::recreate_topic() {
  const std::string topic = std::vector<std::string>{"invoices", "payments", "usage"}[dice_.below(3)];
  const auto recreate = [this, topic] {
    world_.tell("broker", topic + " is deleted and created again");
    world_.count("topic created again");
    world_.expect_refusal();
    const auto locked = world_.broker().lock();
    check(world_.broker().topics(locked).recreate(topic, {}).has_value(), "a topic cannot be created again");
  };
  if (!every_task_began()) return;  // who begins now cannot know
  if (dice_.chance(0.5)) {
    with_all_down(100 * millis, recreate);
  } else {
    recreate();
  }
}

// By a redrive, or from a topic that was copied. It is no output of a task then.
void Chaos::ask_again() {
  const std::string& topic = oracle::internal_topics()[dice_.below(2)];
  const log::TopicPartition place{topic, static_cast<int>(dice_.below(static_cast<std::uint64_t>(world_.plan().partitions)))};
  const std::vector<oracle::Entry> entries = collect_partition(world_, place);
  std::vector<const oracle::Entry*> seen = oracle::visible(entries);
  if (seen.empty()) return;
  const oracle::Entry& e = *seen[dice_.below(seen.size())];
  std::string value = *e.value;
  const bool otherwise = dice_.chance(0.3);
  if (otherwise) value.insert(value.find("\"amount_minor\":") + 15, "1");
  std::vector<log::Header> headers;
  for (const auto& [name, text] : e.headers)
    if (name != "duestream") headers.push_back({name, text});
  {
    log::embedded::LogPublisher publisher(world_.shared_broker());
    const log::OutgoingRecord record{.topic = place.topic, .partition = place.partition, .key = e.key, .value = value, .headers = headers,
                                     .timestamp = {wall_start + world_.now()}};
    if (!publisher.send(record)) return;  // its topic takes less for a while
  }
  world_.count(topic + (otherwise ? " told otherwise" : " told again"));
  world_.tell("a stranger", topic + "/" + std::to_string(place.partition) + " offset " + std::to_string(e.offset) +
                                (otherwise ? " once more, with another amount" : " once more"));
  world_.log_moved();
}

}  // namespace due::sim
