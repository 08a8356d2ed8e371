// tests/simulator/world/plan.h
// What one seed runs: sizes, limits, times and the kinds of fault that may happen, drawn once before anything moves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulator/engine/scheduler.h"
#include "tests/simulator/oracle/company.h"
#include "tests/simulator/world/faults.h"

namespace due::sim {

struct Plan {
  std::uint64_t seed = 0;
  FaultSet faults;
  std::optional<std::size_t> plant;  // a bug of schemas/simulated/plant.h that this run has

  int partitions = 1, decision_partitions = 1, dead_letter_partitions = 1, credit_note_partitions = 1;
  int workers = 1;
  oracle::CompanyOptions company;

  // Of every worker.
  Micros session = 0, revoke_budget = 0, transaction_timeout = 0, socket_timeout = 0;
  Micros commit_min = 0, commit_max = 0, recovery_budget = 0, merge_wait = 0, step_cost = 0;
  Micros parked = 0;            // how long a record waits for what it refers to
  std::int64_t decision_bytes_max = 0, dead_letter_bytes_max = 0, credit_note_bytes_max = 0;  // 0: Kafka's default
  std::size_t cache_bytes = 0, queue_bytes = 0, fetch_records = 0, slice_records = 0, batch_records = 0;
  bool background_heartbeats = true;
  bool standbys = false;  // each worker folds what it does not own

  Micros network_delay = 0;     // of a request or an answer, typically
  Micros marker_delay = 0;
  Micros publish_for = 0;       // over which the company's events are published
  Micros faults_until = 0;      // then everything heals, and has to converge
  Micros patience = 0;          // for that
};

struct PlanOptions {
  int events_max = 0;  // 0: as drawn
  FaultSet without;
  std::optional<std::size_t> plant;
};

Plan draw_plan(std::uint64_t seed, const PlanOptions& options);
std::string text(const Plan& plan);  // one line

}  // namespace due::sim
