#include "stream/cli/feeds/company.h"

#include <algorithm>
#include <tuple>

#include "schemas/base/result.h"

namespace due::cli {
namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t hour = 3'600 * second;

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
  z = (z ^ z >> 27) * 0x94D049BB133111EBU;
  return z ^ z >> 31;
}

Dice dice_for(const CompanyOptions& options, std::uint64_t what, std::uint64_t customer) {
  return Dice{mix(mix(options.seed * 0x9E3779B97F4A7C15U + what) + customer)};
}
enum What : std::uint64_t { traits = 1, invoices, usage, repetitions };

// The year of one customer, written down as it goes along.
class CustomerYear {
 public:
  CustomerYear(const CompanyOptions& options, std::uint32_t number, std::vector<Planned>& plan)
      : options_(options),
        number_(number),
        customer_(customer_of(options, number)),
        plan_(plan),
        dice_(dice_for(options, invoices, number)) {}

  void bill() {
    const std::int64_t interval = std::clamp<std::int64_t>(30'000 / customer_.size_milli, 3, 45);
    for (std::int64_t day = dice_.below(interval); day < options_.days; day += interval * 3 / 4 + dice_.below(interval / 2 + 1) + 1)
      bill_on(day);
  }

  void use() {
    Dice dice = dice_for(options_, usage, number_);
    std::uint32_t case_number = 0;
    for (std::int64_t day = 0; day < options_.days; ++day) {
      const bool weekend = (options_.start.days + day + 3) % 7 >= 5;  // day 0 of 1970 was a Thursday
      const std::int64_t rate = customer_.size_milli * 190 / 1'000 / (weekend ? 4 : 1);  // events in 1,000 days
      for (std::int64_t n = rate / 1'000 + (dice.permille(rate % 1'000) ? 1 : 0); n > 0; --n) {
        if (dice.permille(350)) ++case_number;
        Planned& event = add(Fact::usage, time_on(day, dice.below(86'400'000) * 1'000));
        event.document = ++usages_;
        event.reference = dice.permille(200) ? 0 : case_number;
        event.amount = 1 + dice.below(9) * (1 + dice.below(3));
      }
    }
  }

 private:
  EventTime time_on(std::int64_t day, std::int64_t micros_of_day) const {
    return start_of(options_.start.plus(static_cast<std::int32_t>(day))).plus_micros(micros_of_day);
  }
  // A moment of that day between two hours, on a full second.
  EventTime between(std::int64_t day, std::int64_t from_hour, std::int64_t to_hour) {
    return time_on(day, from_hour * hour + dice_.below((to_hour - from_hour) * 3'600) * second);
  }
  Planned& add(Fact fact, EventTime at) {
    Planned& event = plan_.emplace_back();
    event.position = event.at = at;
    event.customer = number_;
    event.fact = fact;
    event.serial = ++serial_;
    return event;
  }
  bool inside(std::int64_t day) const { return day >= 0 && day < options_.days; }

  void bill_on(std::int64_t day) {
    const std::int64_t u = 1 + dice_.below(1'000);
    std::int64_t amount = 3'000 + u * u * u / 2'000 * customer_.size_milli / 1'000;
    const std::uint32_t invoice = ++invoices_;
    Planned& issued = add(Fact::invoice, between(day, 8, 18));
    issued.document = invoice;
    issued.amount = amount;
    std::int64_t earliest = day - 3;
    const std::int64_t fate = dice_.below(1'000);
    if (fate < 15) {
      if (const std::int64_t when = day + 1 + dice_.below(10); inside(when))
        add(Fact::cancellation, between(when, 8, 18)).document = invoice;
      return;
    }
    if (fate < 45) {
      amount = amount * 9 / 10;
      earliest = day + 1 + dice_.below(5);
      if (inside(earliest)) correct(invoice, amount, day, earliest);
      ++earliest;
    }
    if (dice_.permille(customer_.temperament == Temperament::punctual ? 20 : 60)) return;  // never paid
    const bool ahead = fate >= 990 && day >= 3;  // the payment comes before its invoice
    const std::int64_t due = day + customer_.terms_days;
    settle(invoice, amount, ahead ? day - 1 - dice_.below(3) : std::max(earliest, due + delay(day)));
  }

  void correct(std::uint32_t invoice, std::int64_t amount, std::int64_t issued, std::int64_t day) {
    Planned& corrected = add(Fact::correction, between(day, 8, 18));
    corrected.document = invoice;
    corrected.amount = amount;
    corrected.issue_day = options_.start.days + static_cast<std::int32_t>(issued);
  }

  // Days between the due date and the payment.
  std::int64_t delay(std::int64_t day) {
    switch (customer_.temperament) {
      case Temperament::punctual: return dice_.below(9) - 5;
      case Temperament::slow: return 10 + dice_.below(31);
      case Temperament::deteriorating: return day * 60 / options_.days + dice_.below(7) - 3;
      case Temperament::disputing: break;
    }
    return dice_.below(20) - 2;
  }

  void settle(std::uint32_t invoice, std::int64_t amount, std::int64_t day) {
    const std::int64_t first = dice_.permille(150) ? amount / 2 : amount;
    pay(invoice, first, day);
    if (first < amount) pay(invoice, amount - first, day + 3 + dice_.below(12));
  }

  void pay(std::uint32_t invoice, std::int64_t amount, std::int64_t day) {
    if (!inside(day)) return;
    Planned& payment = add(Fact::payment, between(day, 5, 8));
    const std::uint32_t number = payment.document = ++payments_;
    payment.reference = invoice;
    payment.amount = amount;
    if (customer_.temperament != Temperament::disputing || !dice_.permille(200)) return;
    const std::int64_t back = day + 5 + dice_.below(15);
    if (!inside(back)) return;
    Planned& reversal = add(Fact::reversal, between(back, 5, 8));
    reversal.document = ++reversals_;
    reversal.reference = number;
    reversal.amount = amount;
    if (dice_.permille(700)) pay(invoice, amount, back + 10 + dice_.below(20));
  }

  const CompanyOptions& options_;
  std::uint32_t number_;
  Customer customer_;
  std::vector<Planned>& plan_;
  Dice dice_;
  std::uint32_t serial_ = 0, invoices_ = 0, payments_ = 0, reversals_ = 0, usages_ = 0;
};

// Copies of some records, half of them within an hour, half of them up to four months later.
void repeat_some(const CompanyOptions& options, std::vector<Planned>& plan) {
  Dice dice = dice_for(options, repetitions, 0);
  const EventTime end = start_of(options.start.plus(options.days));
  const std::size_t originals = plan.size();
  for (std::size_t at = 0; at < originals; ++at) {
    if (!dice.permille(options.duplicates_permille)) continue;
    Planned again = plan[at];
    const std::int64_t seconds = dice.permille(500) ? 1 + dice.below(3'600) : 86'400 + dice.below(120 * 86'400);
    again.position = std::min(again.position.plus_micros(seconds * second), end.plus_micros(-1));
    plan.push_back(again);
  }
}

// Every so many records one that is wrong, each made from an invoice of the plan, the flaws by turns.
void spoil_some(const CompanyOptions& options, std::vector<Planned>& plan) {
  std::vector<std::size_t> invoices_at;
  for (std::size_t at = 0; at < plan.size(); ++at)
    if (plan[at].fact == Fact::invoice) invoices_at.push_back(at);
  const std::size_t wanted = std::min(plan.size() * static_cast<std::size_t>(options.bad_records_permille) / 1'000, invoices_at.size());
  for (std::size_t n = 0; n < wanted; ++n) {
    Planned bad = plan[invoices_at[n * invoices_at.size() / wanted]];
    bad.flaw = static_cast<Flaw>(1 + n % flaw_count);
    bad.position = bad.at = bad.at.plus_micros(60 * second);
    if (bad.flaw != Flaw::same_invoice_other_amount) {
      bad.serial = 1'000'000 + static_cast<std::uint32_t>(n);  // an event of its own
      bad.reference = bad.document;
      bad.document = bad.serial;
    }
    plan.push_back(bad);
  }
}

}  // namespace

std::uint64_t Dice::next() { return mix(state_ += 0x9E3779B97F4A7C15U); }

Customer customer_of(const CompanyOptions& options, std::uint32_t customer) {
  Dice dice = dice_for(options, traits, customer);
  Customer c{};
  const std::int64_t size = dice.below(1'000);
  c.size_milli = size < 10 ? 20'000 : size < 100 ? 5'000 : size < 400 ? 1'500 : 400;
  const std::int64_t mood = dice.below(100);
  c.temperament = !dice.permille(options.late_payers_permille) ? Temperament::punctual
                  : mood < 40                                  ? Temperament::slow
                  : mood < 75                                  ? Temperament::deteriorating
                                                               : Temperament::disputing;
  const std::int64_t currency = dice.below(100);
  c.currency = currency < 85 ? "EUR" : currency < 93 ? "USD" : currency < 98 ? "GBP" : "JPY";
  constexpr std::int32_t terms[] = {14, 30, 30, 30, 45, 60};
  c.terms_days = terms[dice.below(6)];
  c.itemised = dice.permille(300);
  return c;
}

std::vector<Planned> plan_company(const CompanyOptions& options) {
  check(options.customers > 0 && options.days > 0 && options.days <= 36'500, "a company needs customers and days");
  std::vector<Planned> plan;
  for (int number = 0; number < options.customers; ++number) {
    CustomerYear year{options, static_cast<std::uint32_t>(number), plan};
    year.bill();
    year.use();
  }
  spoil_some(options, plan);
  repeat_some(options, plan);
  std::sort(plan.begin(), plan.end(), [](const Planned& a, const Planned& b) {
    const auto key = [](const Planned& p) { return std::tie(p.position, p.fact, p.customer, p.serial, p.at, p.flaw); };
    return key(a) < key(b);
  });
  return plan;
}

}  // namespace due::cli
