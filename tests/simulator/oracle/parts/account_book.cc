#include "tests/simulator/oracle/parts/account_book.h"

#include <algorithm>

#include "tests/simulator/oracle/calendar.h"

namespace due::oracle {
namespace {

constexpr std::int64_t days_kept = 180, future_max = day_micros;

// floor((2 * 10,000 * a + b) / (2 * b)); 0 where b is not above 0. The company's sums are far from the ends of 64 bits.
std::int64_t ratio(std::int64_t a, std::int64_t b) {
  if (b <= 0) return 0;
  const std::int64_t dividend = a * 20'000 + b, divisor = b * 2;
  return dividend / divisor - (dividend % divisor < 0 ? 1 : 0);
}

std::string seen_key(const Fact& f) { return std::to_string(static_cast<int>(f.kind)) + " " + f.id; }

}  // namespace

std::vector<Expected> AccountBook::tick(std::int64_t time, std::int64_t wall) {
  time_ = time;
  wall_ = wall;
  std::vector<Expected> out;
  for (auto at = parked_.begin(); at != parked_.end();) {
    if (at->second.due > time_) {
      ++at;
      continue;
    }
    out.push_back({at->second.posted, at->first, "UNKNOWN_REFERENCE", time_, 0, {}, false, {}, false, {}});
    at = parked_.erase(at);
  }
  return out;
}

std::vector<Expected> AccountBook::record(const Posted& posted, const Origin& origin, bool history) {
  std::vector<Expected> out;
  const Fact& f = posted.fact;
  const bool decodable = f.code.empty() || f.code == "MISSING_KEY" || f.code == "WRONG_KEY" || f.code == "FUTURE_DATED";
  // What lies in the future is refused, so it moves nothing.
  if (history && decodable && f.time > time_ && f.time <= wall_ + future_max) time_ = f.time;
  take({posted, origin, history}, out);
  return out;
}

std::string AccountBook::intake(const Posted& posted) const {
  const Fact& f = posted.fact;
  if (!f.code.empty() && f.code != "FUTURE_DATED") return f.code;
  if (partition_of(*posted.key, partitions_) != partition_) return "WRONG_PARTITION";
  const std::int64_t latest = wall_ + future_max;
  if (f.time > latest || f.day * day_micros > latest) return "FUTURE_DATED";
  return {};
}

void AccountBook::take(const Taken& taken, std::vector<Expected>& out) {
  const auto& [posted, origin, history] = taken;
  const auto refuse = [&](const std::string& code) { out.push_back({&posted, origin, code, time_, 0, {}, false, {}, false, {}}); };
  if (const std::string code = intake(posted); !code.empty()) return refuse(code);
  const Outcome o = book(posted.fact);
  switch (o.what) {
    case Outcome::What::duplicate: return;
    case Outcome::What::refused: return refuse(o.code);
    case Outcome::What::parked:
      o.list->push_back(origin);
      parked_[origin] = {&posted, origin, time_ + parked_micros_, history};
      return;
    case Outcome::What::decided: break;
  }
  if (posted.fact.kind == Kind::cancellation) {
    const Invoice& i = customers_[posted.fact.customer].invoice.at(posted.fact.refers);
    const std::string& entity = !posted.fact.entity.empty() ? posted.fact.entity : i.entity;
    if (o.reserved > 0)
      out.push_back({&posted, origin, {}, time_, o.reserved, entity.empty() ? "main" : entity, history, i.currency, false, {}});
  }
  decide(posted, origin, out);
  for (const Origin& released : released_by(posted.fact)) {
    const auto found = parked_.find(released);
    if (found == parked_.end()) continue;  // given up before
    const Waiting w = found->second;
    parked_.erase(found);
    take({*w.posted, w.origin, w.history}, out);
  }
}

AccountBook::Outcome AccountBook::book(const Fact& f) {
  Customer& c = customers_[f.customer];
  switch (f.kind) {
    case Kind::invoice: return invoice(c, f);
    case Kind::correction: return correction(c, f);
    case Kind::cancellation: return cancellation(c, f);
    case Kind::memo: return memo(c, f);
    case Kind::payment: return payment(c, f);
    case Kind::reversal: return reversal(c, f);
    default: return use(c, f);
  }
}

std::optional<AccountBook::Outcome> AccountBook::known(Customer& c, const Fact& f) const {
  const auto found = c.seen.find(seen_key(f));
  if (found == c.seen.end()) return std::nullopt;
  if (found->second == content_of(f)) return Outcome{Outcome::What::duplicate, {}, nullptr};
  return Outcome{Outcome::What::refused, "CONFLICT", nullptr};
}

void AccountBook::advance(Customer& c, std::int64_t day) {
  if (day <= c.newest) return;
  c.newest = day;
  const auto forget = [&](Days& days) { days.erase(days.begin(), days.upper_bound(day - days_kept)); };
  for (auto& [currency, days] : c.money) forget(days);
  forget(c.use);
}

std::array<std::int64_t, AccountBook::sums>* AccountBook::bucket(Customer& c, Days& days, std::int64_t day) {
  return day <= c.newest - days_kept ? nullptr : &days[day];
}

void AccountBook::allocate(Customer& c, Invoice& i, Payment& p) {
  if (i.left() == 0 || i.currency != p.currency) return;
  p.allocated = std::min(i.left(), p.amount);
  p.matched = true;
  p.delay = p.day - i.due;
  i.paid += p.allocated;
  if (auto* b = bucket(c, c.money[p.currency], p.day)) {
    (*b)[delay] += p.delay;
    (*b)[late] += p.delay > 0 ? 1 : 0;
  }
}

AccountBook::Outcome AccountBook::invoice(Customer& c, const Fact& f) {
  Invoice& i = c.invoice[f.id];
  if (i.status != Status::expected) {
    if (i.content == content_of(f)) return {Outcome::What::duplicate, {}, nullptr};
    return {Outcome::What::refused, "CONFLICT", nullptr};
  }
  if (c.first_currency.empty()) c.first_currency = f.currency;
  advance(c, f.day);
  if (auto* b = bucket(c, c.money[f.currency], f.day)) {
    (*b)[invoices] += 1;
    (*b)[invoiced] += f.amount;
  }
  i.status = Status::booked;
  i.content = content_of(f);
  i.currency = f.currency;
  i.entity = f.entity;
  i.gross = f.amount;
  i.issued = f.day;
  i.due = f.due;
  for (const std::string& id : i.awaiting)
    if (Payment& p = c.payment[id]; p.status == Status::booked) allocate(c, i, p);
  i.awaiting.clear();
  return {};
}

AccountBook::Outcome AccountBook::correction(Customer& c, const Fact& f) {
  Invoice& i = c.invoice[f.refers];
  if (i.status == Status::expected) return {Outcome::What::parked, {}, &i.waiting};
  if (auto k = known(c, f)) return *k;
  if (i.status == Status::ended) return {Outcome::What::refused, "INCONSISTENT", nullptr};
  if (f.version <= i.version) return {Outcome::What::refused, "CONFLICT", nullptr};
  if (f.currency != i.currency) return {Outcome::What::refused, "CURRENCY_MISMATCH", nullptr};
  if (f.amount < i.credited + i.reserved) return {Outcome::What::refused, "INCONSISTENT", nullptr};
  advance(c, f.day);
  Days& days = c.money[i.currency];
  if (auto* b = bucket(c, days, i.issued)) {
    (*b)[invoices] -= 1;
    (*b)[invoiced] -= i.claim();
  }
  if (auto* b = bucket(c, days, f.day)) {
    (*b)[invoices] += 1;
    (*b)[invoiced] += f.amount - i.credited;
  }
  i.version = f.version;
  i.gross = f.amount;
  i.issued = f.day;
  i.due = f.due;
  c.seen[seen_key(f)] = content_of(f);
  return {};
}

AccountBook::Outcome AccountBook::cancellation(Customer& c, const Fact& f) {
  if (auto k = known(c, f)) return *k;
  Invoice& i = c.invoice[f.refers];
  if (i.status == Status::expected) return {Outcome::What::parked, {}, &i.waiting};
  if (i.status == Status::ended && i.creditable() == 0) return {Outcome::What::refused, "INCONSISTENT", nullptr};
  advance(c, f.day);
  if (i.status != Status::ended) {
    if (auto* b = bucket(c, c.money[i.currency], i.issued)) {
      (*b)[invoices] -= 1;
      (*b)[invoiced] -= i.claim();
    }
  }
  i.status = Status::ended;
  c.seen[seen_key(f)] = content_of(f);
  Outcome o;
  o.reserved = i.creditable();
  i.reserved += o.reserved;
  return o;
}

AccountBook::Outcome AccountBook::memo(Customer& c, const Fact& f) {
  if (auto k = known(c, f)) return *k;
  Invoice& i = c.invoice[f.refers];
  if (i.status == Status::expected) return {Outcome::What::parked, {}, &i.waiting};
  if (i.status == Status::ended) return {Outcome::What::refused, "INCONSISTENT", nullptr};
  if (f.currency != i.currency) return {Outcome::What::refused, "CURRENCY_MISMATCH", nullptr};
  if (f.amount > i.creditable()) return {Outcome::What::refused, "INCONSISTENT", nullptr};
  advance(c, f.day);
  if (auto* b = bucket(c, c.money[i.currency], i.issued)) (*b)[invoiced] -= f.amount;
  i.credited += f.amount;
  c.seen[seen_key(f)] = content_of(f);
  return {};
}

void AccountBook::asked(const std::string& request_id, const Expected& request) {
  const Fact& f = request.posted->fact;
  reservations_[request_id] = {Reservation::State::held, f.customer, f.refers, {}, request.credit};
}

std::string AccountBook::settle(const std::string& customer, const Verdict& verdict) {
  const auto found = reservations_.find(verdict.request_id);
  if (found == reservations_.end() || found->second.customer != customer) return "UNKNOWN_REFERENCE";
  Reservation& r = found->second;
  const auto outcome = verdict.numbered ? Reservation::State::numbered : Reservation::State::refused;
  if (r.state == outcome && r.answer == verdict.answer && r.amount == verdict.amount) return {};  // told again
  if (r.state != Reservation::State::held || r.amount != verdict.amount) return "CONFLICT";
  r.state = outcome;
  r.answer = verdict.answer;
  if (!verdict.numbered) customers_[customer].invoice[r.invoice].reserved -= r.amount;
  return {};
}

std::optional<std::int64_t> AccountBook::creditable_at_most(const std::string& customer, const std::string& invoice) const {
  const auto c = customers_.find(customer);
  if (c == customers_.end()) return std::nullopt;
  const auto i = c->second.invoice.find(invoice);
  if (i == c->second.invoice.end() || i->second.status == Status::expected) return std::nullopt;
  return i->second.claim();
}

AccountBook::Outcome AccountBook::payment(Customer& c, const Fact& f) {
  Payment& p = c.payment[f.id];
  if (p.status != Status::expected) {
    if (p.content == content_of(f)) return {Outcome::What::duplicate, {}, nullptr};
    return {Outcome::What::refused, "CONFLICT", nullptr};
  }
  if (c.first_currency.empty()) c.first_currency = f.currency;
  p.status = Status::booked;
  p.content = content_of(f);
  p.currency = f.currency;
  p.invoice = f.refers;
  p.amount = f.amount;
  p.day = f.day;
  advance(c, f.day);
  if (auto* b = bucket(c, c.money[f.currency], f.day)) {
    (*b)[payments] += 1;
    (*b)[paid] += f.amount;
  }
  if (f.refers.empty()) return {};
  Invoice& i = c.invoice[f.refers];
  if (i.status == Status::expected) {
    i.awaiting.push_back(f.id);
  } else {
    allocate(c, i, p);
  }
  return {};
}

AccountBook::Outcome AccountBook::reversal(Customer& c, const Fact& f) {
  if (auto k = known(c, f)) return *k;
  Payment& p = c.payment[f.refers];
  if (p.status == Status::expected) return {Outcome::What::parked, {}, &p.waiting};
  if (p.status == Status::ended) return {Outcome::What::refused, "INCONSISTENT", nullptr};
  if (f.currency != p.currency) return {Outcome::What::refused, "CURRENCY_MISMATCH", nullptr};
  if (f.amount != p.amount) return {Outcome::What::refused, "INCONSISTENT", nullptr};
  advance(c, f.day);
  if (auto* b = bucket(c, c.money[p.currency], p.day)) {
    (*b)[payments] -= 1;
    (*b)[paid] -= p.amount;
    if (p.matched) {
      (*b)[delay] -= p.delay;
      (*b)[late] -= p.delay > 0 ? 1 : 0;
    }
  }
  if (!p.invoice.empty()) {
    Invoice& i = c.invoice[p.invoice];
    std::erase(i.awaiting, f.refers);
    i.paid -= p.allocated;
  }
  p.status = Status::ended;
  p.allocated = 0;
  c.seen[seen_key(f)] = content_of(f);
  return {};
}

AccountBook::Outcome AccountBook::use(Customer& c, const Fact& f) {
  if (auto k = known(c, f)) return *k;
  advance(c, f.day);
  if (auto* b = bucket(c, c.use, f.day)) {
    (*b)[usage] += f.amount;
    (*b)[cases] += f.case_id.empty() ? 0 : 1;
  }
  c.seen[seen_key(f)] = content_of(f);
  return {};
}

std::vector<Origin> AccountBook::released_by(const Fact& f) {
  Customer& c = customers_[f.customer];
  std::vector<Origin> released;
  if (f.kind == Kind::invoice) released.swap(c.invoice[f.id].waiting);
  if (f.kind == Kind::payment) released.swap(c.payment[f.id].waiting);
  return released;
}

void AccountBook::decide(const Posted& posted, const Origin& origin, std::vector<Expected>& out) {
  const Fact& f = posted.fact;
  const Customer& c = customers_[f.customer];
  Expected e{&posted, origin, {}, time_, 0, {}, false, {}, false, {}};
  e.currency = f.kind == Kind::usage ? c.first_currency : f.kind == Kind::cancellation ? c.invoice.at(f.refers).currency : f.currency;
  const auto of_currency = c.money.find(e.currency);
  std::size_t n = 0;
  std::array<std::int64_t, sums> total{};
  for (const std::int64_t window : {30, 90, 180}) {
    total = {};
    const auto add = [&](const Days& days) {
      for (const auto& [day, values] : days)
        if (f.day - window < day && day <= f.day)
          for (std::size_t i = 0; i < sums; ++i) total[i] += values[i];
    };
    if (of_currency != c.money.end()) add(of_currency->second);
    add(c.use);
    for (const std::int64_t value : {total[invoices], total[invoiced], ratio(total[delay], total[payments]),
                                     ratio(total[late], total[payments]), ratio(total[paid], total[invoiced]), total[usage],
                                     ratio(total[usage], total[cases])})
      e.features[n++] = value;
  }
  std::int64_t outstanding = 0, overdue = 0, open = 0;
  for (const auto& [id, i] : c.invoice) {
    if (i.currency != e.currency || i.left() == 0) continue;
    outstanding += i.left();
    overdue += i.due < f.day ? i.left() : 0;
    ++open;
  }
  for (const std::int64_t value : {outstanding, overdue, open}) e.features[n++] = value;
  e.high = (total[payments] > 0 && total[delay] > 15 * total[payments]) || outstanding > 1'000'000;
  out.push_back(std::move(e));
}

}  // namespace due::oracle
