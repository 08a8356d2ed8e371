// stream/cli/feeds/company.h
// What happens in an invented company: customers of very different size and temperament, and everything they are billed, pay and use.
//
//   Source   a seed; nothing else: equal options give equal plans on every machine (integers only)
//   Shape    one Planned per record, ordered by position; 64 bytes each, held in memory
//   Units    micros since 1970-01-01 UTC; amounts in minor units of the customer's currency
//   Errors   none; options out of range are bugs
//   Clock    none
//   Threads  none
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "schemas/base/event_time.h"

namespace due::cli {

// splitmix64: the whole state is one number.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  // 0 to n - 1; n below 2^31.
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>((next() >> 32) * static_cast<std::uint64_t>(n) >> 32); }
  bool permille(std::int64_t share) { return below(1'000) < share; }

 private:
  std::uint64_t state_;
};

enum class Temperament : std::uint8_t { punctual, slow, deteriorating, disputing };

struct Customer {
  std::int64_t size_milli;  // 1000: an ordinary one
  Temperament temperament;
  std::string_view currency;
  std::int32_t terms_days;
  bool itemised;  // its invoices have net, tax and lines
};

enum class Fact : std::uint8_t { invoice, correction, cancellation, payment, reversal, usage };

// How a record that cannot be accepted is wrong. Each is made from an invoice.
enum class Flaw : std::uint8_t {
  none, cut_off, no_value, no_specversion, unknown_type, no_due_date, field_twice, amount_as_text, amount_with_fraction, impossible_date,
  time_without_zone, currency_of_four_letters, negative_amount, endless_id, tax_does_not_add_up, no_key, foreign_key, far_future,
  same_invoice_other_amount, reversal_of_nothing, payment_in_other_currency
};
inline constexpr int flaw_count = 20;  // without none

struct Planned {
  EventTime position;  // when it is published: the event's time, or later for a repetition
  EventTime at;        // the event's time
  std::uint32_t customer = 0;
  Fact fact = Fact::invoice;
  Flaw flaw = Flaw::none;
  std::uint32_t serial = 0;     // of the event, per customer
  std::uint32_t document = 0;   // of the invoice, payment or usage, per customer
  std::uint32_t reference = 0;  // the invoice paid, the payment reversed, the case (0: none)
  std::int32_t issue_day = 0;   // of a correction: when the invoice was issued
  std::int64_t amount = 0;      // gross, paid, or quantity
};

struct CompanyOptions {
  std::uint64_t seed = 1;
  int customers = 2'000;
  int days = 365;
  Date start{20'089};  // 2025-01-01
  int late_payers_permille = 250;
  int duplicates_permille = 10;
  int bad_records_permille = 2;
};

Customer customer_of(const CompanyOptions& options, std::uint32_t customer);
std::vector<Planned> plan_company(const CompanyOptions& options);

}  // namespace due::cli
