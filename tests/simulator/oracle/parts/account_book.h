// tests/simulator/oracle/parts/account_book.h
// What must become of a customer's events, straight from docs/features.md and the reasons of the dead letters: naive maps, every sum
// made anew for every decision.
//
//   Source   docs/features.md, docs/events.md; schemas/json/*.schema.json
//   Shape    one book per task; events come in the order that the chronicle recorded
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/oracle/company.h"
#include "tests/simulator/oracle/origin.h"

namespace due::oracle {

// One output that must be there.
struct Expected {
  const Posted* posted = nullptr;
  Origin origin;
  std::string code;      // of a dead letter; empty: a decision
  std::int64_t time = 0;  // task time
  // of a request for a credit note
  std::int64_t credit = 0;  // above 0: it is one
  std::string entity;
  bool history = false;
  // of a decision; the currency of a request too
  std::string currency;
  bool high = false;
  std::array<std::int64_t, 24> features{};
};

class AccountBook {
 public:
  AccountBook(int partition, int partitions, std::int64_t parked_micros)
      : partition_(partition), partitions_(partitions), parked_micros_(parked_micros) {}

  std::vector<Expected> tick(std::int64_t time, std::int64_t wall);
  std::vector<Expected> record(const Posted& posted, const Origin& origin, bool history);
  std::int64_t time() const { return time_; }

  // By this id goes what a request asked for, which was expected last.
  void asked(const std::string& request_id, const Expected& request);
  // What the register says has become of it; the code of the dead letter that it must be, mostly none.
  struct Verdict {
    std::string request_id, answer;  // the number, or why there is none
    bool numbered = false;
    std::int64_t amount = 0;
  };
  std::string settle(const std::string& customer, const Verdict& verdict);
  // What of the invoice may be credited by credit notes; absent: it is not booked.
  std::optional<std::int64_t> creditable_at_most(const std::string& customer, const std::string& invoice) const;

 private:
  static constexpr std::size_t sums = 8;
  enum Sum { invoices, invoiced, payments, paid, delay, late, usage, cases };
  using Days = std::map<std::int64_t, std::array<std::int64_t, sums>>;
  enum class Status { expected, booked, ended };
  struct Waiting {
    const Posted* posted;
    Origin origin;
    std::int64_t due;
    bool history;
  };
  struct Invoice {
    Status status = Status::expected;
    std::string content, currency;
    std::string entity;
    std::int64_t version = 1, gross = 0, paid = 0, issued = 0, due = 0;
    std::int64_t credited = 0;  // by credit memos
    std::int64_t reserved = 0;  // by credit notes that were asked for or are issued
    std::vector<std::string> awaiting;  // payments that came first
    std::vector<Origin> waiting;        // parked records
    std::int64_t claim() const { return gross - credited; }
    std::int64_t creditable() const { return claim() - reserved; }
    std::int64_t left() const { return status == Status::booked && claim() > paid ? claim() - paid : 0; }
  };
  struct Payment {
    Status status = Status::expected;
    std::string content, currency, invoice;
    std::int64_t amount = 0, day = 0, allocated = 0, delay = 0;
    bool matched = false;
    std::vector<Origin> waiting;
  };
  struct Reservation {
    enum class State { held, numbered, refused } state = State::held;
    std::string customer, invoice, answer;
    std::int64_t amount = 0;
  };
  struct Customer {
    std::int64_t newest = INT64_MIN;
    std::string first_currency;
    std::map<std::string, Days> money;  // by currency
    Days use;
    std::map<std::string, Invoice> invoice;
    std::map<std::string, Payment> payment;
    std::map<std::string, std::string> seen;  // kind and id -> content
  };
  // What an event is booked as: decided, refused with a code, a duplicate, or parked.
  struct Outcome {
    enum class What { decided, refused, duplicate, parked } what = What::decided;
    std::string code;
    std::vector<Origin>* list = nullptr;
    std::int64_t reserved = 0;  // by a cancellation
  };

  struct Taken {
    const Posted& posted;
    Origin origin;
    bool history;
  };
  void take(const Taken& taken, std::vector<Expected>& out);
  std::string intake(const Posted& posted) const;
  Outcome book(const Fact& f);
  Outcome invoice(Customer& c, const Fact& f);
  Outcome correction(Customer& c, const Fact& f);
  Outcome cancellation(Customer& c, const Fact& f);
  Outcome memo(Customer& c, const Fact& f);
  Outcome payment(Customer& c, const Fact& f);
  Outcome reversal(Customer& c, const Fact& f);
  Outcome use(Customer& c, const Fact& f);
  std::optional<Outcome> known(Customer& c, const Fact& f) const;
  void advance(Customer& c, std::int64_t day);
  std::array<std::int64_t, sums>* bucket(Customer& c, Days& days, std::int64_t day);
  void allocate(Customer& c, Invoice& i, Payment& p);
  void decide(const Posted& posted, const Origin& origin, std::vector<Expected>& out);
  std::vector<Origin> released_by(const Fact& f);

  int partition_, partitions_;
  std::int64_t parked_micros_;
  std::int64_t time_ = 0, wall_ = 0;
  std::map<std::string, Customer> customers_;
  std::map<Origin, Waiting> parked_;
  std::map<std::string, Reservation> reservations_;
};

}  // namespace due::oracle
