// tests/simulator/oracle/company.h
// An invented company's events: as text for the topics, and as what the text says for whoever checks what became of it.
//
//   Shape    invoices, corrections, cancellations, credit memos, payments, reversals, usage; duplicates, conflicts, records that must be
//            refused
//   Units    days since 1970-01-01, microseconds UTC, minor units
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/engine/dice.h"

namespace due::oracle {

enum class Kind { invoice, correction, cancellation, payment, reversal, usage, memo, bad };

// One event as it was meant. Two facts of one kind, customer and id are duplicates where their content is equal, conflicts otherwise.
struct Fact {
  Kind kind = Kind::bad;
  std::string event_id, customer, id;
  std::string refers;         // the invoice of a correction, cancellation, memo or payment (empty: none); the payment of a reversal
  std::int64_t version = 1;   // of an invoice: 1, of a correction: 2 and more
  std::int64_t day = 0;       // issue, cancel, credit or value date, day of use
  std::int64_t due = 0;
  std::string currency;
  std::int64_t amount = 0;    // gross, amount or quantity
  std::string case_id;
  std::string entity;         // the legal entity that an invoice or a cancellation names; empty: none
  std::int64_t time = 0;      // of the envelope
  std::string code;           // of a bad one: the reason for which it must be refused
};

struct Posted {
  Fact fact;
  std::string topic;
  std::optional<std::string> key, value;
  bool history = false;
  bool astray = false;  // goes to another partition than its key names
};

struct CompanyOptions {
  int events = 400;
  int customers = 10;
  int days = 200;
  int first_day = 20'089;       // 2025-01-01
  int entities = 1;             // legal entities that are named, beside the one of those that name none
  double bad = 0.03, duplicate = 0.08, conflict = 0.03, astray = 0.01;
  double live = 0.5;            // share of records without the header `history`: from some point on, all are live
  bool two_currencies = false;
};

// In the order in which they are published.
std::vector<Posted> company(const CompanyOptions& options, sim::Dice& dice);

std::string content_of(const Fact& fact);  // equal for duplicates alone: what the event says, without its envelope
std::string_view type_of(Kind kind);  // due.invoice.issued.v1 and so on; not of bad

// Kafka's default partitioner.
int partition_of(std::string_view key, int partitions);

}  // namespace due::oracle
