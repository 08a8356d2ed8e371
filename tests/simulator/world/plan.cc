#include "tests/simulator/world/plan.h"

#include <algorithm>

#include "schemas/simulated/plant.h"
#include "tests/simulator/oracle/calendar.h"

namespace due::sim {
namespace {

void draw_sizes(Plan& p, Dice& dice) {
  p.partitions = static_cast<int>(dice.between(1, 4));
  p.decision_partitions = dice.chance(0.6) ? p.partitions : static_cast<int>(dice.between(1, 4));
  p.dead_letter_partitions = static_cast<int>(dice.between(1, 3));
  p.workers = static_cast<int>(dice.between(1, 4));
  p.company.events = static_cast<int>(dice.spread(200, 2'000));
  p.company.customers = static_cast<int>(dice.spread(2, 40));
  p.company.days = static_cast<int>(dice.spread(20, 400));
  p.company.live = dice.chance(0.3) ? 1 : dice.chance(0.4) ? 0 : 0.5;
  p.company.two_currencies = dice.chance(0.3);
  p.company.entities = static_cast<int>(dice.between(1, 3));
  p.company.first_day = 19'723 + static_cast<int>(dice.below(330));  // in 2024, so that most companies see a year end
  p.credit_note_partitions = static_cast<int>(dice.between(1, 4));
  p.cache_bytes = static_cast<std::size_t>(dice.spread(1'024, 1 << 20));
  p.queue_bytes = static_cast<std::size_t>(dice.spread(1'024, 1 << 20));
  p.fetch_records = static_cast<std::size_t>(dice.spread(1, 1'000));
  p.slice_records = static_cast<std::size_t>(dice.spread(1, 500));
  p.batch_records = static_cast<std::size_t>(dice.spread(1, 1'000));
}

void draw_times(Plan& p, Dice& dice) {
  p.session = dice.spread(1'000, 4'000) * millis;
  p.revoke_budget = dice.spread(200, 3'000) * millis;
  p.transaction_timeout = dice.spread(2'000, 8'000) * millis;
  p.socket_timeout = std::min(dice.spread(300, 5'000) * millis, p.transaction_timeout);
  p.commit_min = dice.spread(1, 20) * millis;
  p.commit_max = p.commit_min + dice.spread(1, 100) * millis;
  p.step_cost = dice.spread(5, 300);
  p.recovery_budget = 2 * p.step_cost * dice.spread(5, 1'000);
  p.parked = dice.chance(0.5) ? dice.spread(500, 8'000) * millis : 30 * oracle::day_micros;
  p.merge_wait = dice.spread(10, 1'000) * millis;
  p.background_heartbeats = dice.chance(0.8);
  p.network_delay = dice.spread(100, 2'000);
  p.marker_delay = dice.spread(200, 3'000);
  p.publish_for = dice.spread(2'000, 12'000) * millis;
  p.faults_until = p.publish_for + dice.between(2'000, 6'000) * millis;
  p.patience = 120 * seconds;
}

void draw_faults(Plan& p, Dice& dice) {
  const double share = dice.chance(0.05) ? 0 : dice.chance(0.5) ? 0.15 : 0.4;
  for (std::size_t i = 0; i < fault_count; ++i)
    if (dice.chance(share)) p.faults.add(static_cast<Fault>(i));
  if (share > 0 && dice.chance(0.5)) p.faults.add(Fault::crash_point);
  if (share > 0 && dice.chance(0.6)) p.faults.add(Fault::freeze);
  // Those two end a run early: what else was drawn has less time.
  for (const Fault f : {Fault::log_start, Fault::recreated_topic})
    if (dice.chance(0.7)) p.faults.remove(f);
}

// Some kinds only make sense under conditions.
void agree(Plan& p, Dice& dice) {
  if (p.faults.has(Fault::log_start)) {  // a disk that is lost would need what was deleted
    p.workers = 1;
    for (const Fault f : {Fault::lost_disk, Fault::replace, Fault::torn_write, Fault::flipped_bit}) p.faults.remove(f);
  }
  if (p.faults.has(Fault::small_limits)) {
    p.decision_bytes_max = dice.between(700, 850);
    p.dead_letter_bytes_max = dice.between(900, 1'100);
    p.credit_note_bytes_max = dice.between(770, 830);  // those of long ids do not fit
  }
}

// What a planted bug needs to show: without it a seed is run in vain.
constexpr std::pair<std::string_view, Fault> needs[] = {
    {"gone-kept", Fault::freeze},
    {"again-kept", Fault::freeze},
    {"persist-at-the-present-end", Fault::freeze},
    {"open-transaction-not-awaited", Fault::slow_markers},
    {"open-transaction-not-awaited", Fault::scale},
    {"reservation-not-released", Fault::small_limits},
    {"number-given-twice", Fault::asked_again},
    {"number-drawn-in-vain", Fault::small_limits},
};

}  // namespace

Plan draw_plan(std::uint64_t seed, const PlanOptions& options) {
  Plan p;
  p.seed = seed;
  p.plant = options.plant;
  Dice sizes(seed, "sizes"), times(seed, "times"), faults(seed, "faults");
  draw_sizes(p, sizes);
  draw_times(p, times);
  draw_faults(p, faults);
  for (const auto& [plant, fault] : needs)
    if (p.plant && plants[*p.plant] == plant) p.faults.add(fault);
  if (options.events_max > 0) p.company.events = std::min(p.company.events, options.events_max);
  for (std::size_t i = 0; i < fault_count; ++i)
    if (const auto fault = static_cast<Fault>(i); options.without.has(fault)) p.faults.remove(fault);
  agree(p, faults);
  p.standbys = Dice(seed, "standbys").chance(0.4);
  return p;
}

std::string text(const Plan& p) {
  std::string t = "seed " + std::to_string(p.seed) + ": " + std::to_string(p.company.events) + " events of " +
                  std::to_string(p.company.customers) + " customers, " + std::to_string(p.partitions) + " partitions, " +
                  std::to_string(p.workers) + " workers" + (p.standbys ? " with standbys" : "") + "; faults:";
  for (std::size_t i = 0; i < fault_count; ++i)
    if (p.faults.has(static_cast<Fault>(i))) t += " " + std::string(fault_names[i]);
  return p.plant ? t + "; planted: " + std::string(plants[*p.plant]) : t;
}

}  // namespace due::sim
