#include "topology/account/account.h"

#include <algorithm>
#include <utility>

namespace due::topology {
namespace {

constexpr std::uint8_t version = 2;  // 1 knew no time zones
constexpr std::size_t ledgers_max = 255;
constexpr std::size_t usage_day_bytes_max = 3 * BytePen::varint_bytes;
constexpr std::size_t money_day_bytes_max = 1 + 7 * BytePen::varint_bytes;

// Newest first: what a day is behind the one after it fits into a byte.
template <class Day, class Encode>
void write_days(BytePen& pen, std::span<const Day> days, std::int32_t newest, Encode encode) {
  pen.varint(days.size());
  std::int32_t before = newest;
  for (auto at = days.rbegin(); at != days.rend(); ++at) {
    pen.varint(static_cast<std::uint64_t>(before - at->day));
    before = at->day;
    encode(*at);
  }
}

template <class Day, class Decode>
void read_days(ByteReader& r, Days<Day>& days, std::int32_t newest, Decode decode) {
  std::array<Day, days_kept> all;
  const std::uint64_t n = r.count(2);
  std::int32_t before = newest;
  std::size_t first = all.size();
  for (std::uint64_t i = 0; i < n && r.ok() && first > 0; ++i) {
    Day& d = all[--first] = Day{};
    d.day = before = stored_day(before, -static_cast<std::int64_t>(std::min(r.varint(), std::uint64_t{1} << 40)));
    decode(d);
  }
  if (n > all.size()) throw state::StoreFailure("state: an account has more days than it can have");
  days.reserve(n + 4);
  for (; first < all.size(); ++first) days.append(newest, all[first]);
}

// Which of its figures a money day has, then these: most days have two or three.
void encode(BytePen& pen, const MoneyDay& d) {
  const std::int64_t figures[] = {d.invoices, d.invoiced, d.payments, d.paid, d.delay, d.late};
  unsigned mask = 0;
  for (unsigned i = 0; i < 6; ++i) mask |= static_cast<unsigned>(figures[i] != 0) << i;
  pen.byte(static_cast<std::uint8_t>(mask));
  for (const std::int64_t f : figures)
    if (f != 0) pen.zigzag(f);
}

void decode(ByteReader& r, MoneyDay& d) {
  const unsigned mask = r.byte();
  const auto figure = [&r, mask](unsigned i) { return (mask >> i & 1U) != 0 ? r.zigzag() : 0; };
  d.invoices = static_cast<std::int32_t>(figure(0));
  d.invoiced = figure(1);
  d.payments = static_cast<std::int32_t>(figure(2));
  d.paid = figure(3);
  d.delay = figure(4);
  d.late = static_cast<std::int32_t>(figure(5));
}

}  // namespace

void Account::advance(Date day) {
  if (day.days <= newest_day_) return;
  newest_day_ = day.days;
  usage_.advance(newest_day_);
  for (Ledger& l : ledgers_) {
    l.money.advance(newest_day_);
    l.due.advance(newest_day_);
  }
}

std::size_t Account::ledger_of(Currency currency) {
  if (ledgers_[0].currency.none()) ledgers_[0].currency = currency;
  for (std::size_t i = 0; i < ledgers_.size(); ++i)
    if (ledgers_[i].currency == currency) return i;
  check(ledgers_.size() < ledgers_max, "a customer with more than 255 currencies");
  ledgers_.emplace_back().currency = currency;
  return ledgers_.size() - 1;
}

bool Account::room_for(Currency currency, std::int64_t amount) const {
  for (const Ledger& l : ledgers_)
    if (l.currency == currency) return checked_add(l.turnover, amount).has_value();
  return true;
}

// What a later day lets go makes room, so the days are asked only where they are nearly full.
bool Account::room_for_usage(std::int32_t day, std::int64_t quantity) const {
  if (day <= newest_day_ - days_kept || checked_add(usage_.newest_sums().back().usage, quantity)) return true;
  std::int64_t kept = 0;
  for (const UsageDay& d : usage_.all())
    if (d.day > day - days_kept || day <= newest_day_) kept += d.usage;
  return checked_add(kept, quantity).has_value();
}

bool Account::add_usage(const UsageDay& change) {
  if (!room_for_usage(change.day, change.usage)) return false;
  advance({change.day});
  usage_.add(newest_day_, change);
  return true;
}

std::array<features::WindowSums, 3> Account::windows(std::size_t ledger, Date day) const {
  const Days<MoneyDay>::Sums money = ledgers_[ledger].money.sums(newest_day_, day.days);
  const Days<UsageDay>::Sums usage = usage_.sums(newest_day_, day.days);
  std::array<features::WindowSums, 3> w;
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] = {money[i].invoices, money[i].invoiced, money[i].payments, money[i].paid,
            money[i].delay,    money[i].late,     usage[i].usage,    usage[i].cases};
  return w;
}

features::Balances Account::balances(std::size_t ledger, Date day) const {
  const DueLadder& due = ledgers_[ledger].due;
  return {due.outstanding(), due.overdue(newest_day_, day.days), due.open()};
}

// ----------------------------------------------------------------------------------------------------------------- stored form

std::size_t Account::encoded_max() const {
  std::size_t n = 2 + customer_.size() + 6 * BytePen::varint_bytes + usage_.all().size() * usage_day_bytes_max + known_.encoded_max();
  for (const Ledger& l : ledgers_) n += 3 * BytePen::varint_bytes + l.money.all().size() * money_day_bytes_max + l.due.encoded_max();
  return n;
}

void Account::encode_changes(state::RowSink& sink) {
  char* const room = sink.room(encoded_max());
  BytePen pen(room);
  pen.byte(version);
  pen.byte(zoned_ ? 1 : 0);
  pen.text(customer_);
  pen.zigzag(newest_day_);
  write_days(pen, usage_.all(), newest_day_, [&pen](const UsageDay& d) {
    pen.zigzag(d.usage);
    pen.zigzag(d.cases);
  });
  pen.varint(ledgers_.size());
  for (std::size_t i = 0; i < ledgers_.size(); ++i) {
    Ledger& l = ledgers_[i];
    pen.varint(l.currency.code);
    pen.zigzag(l.turnover);
    write_days(pen, l.money.all(), newest_day_, [&pen](const MoneyDay& d) { encode(pen, d); });
    l.due.encode(pen, due_pages(i), sink);
  }
  known_.encode(pen, known_pages(), sink);
  sink.put(key(), {room, static_cast<std::size_t>(pen.at() - room)}, stored_);
}

std::unique_ptr<Account> Account::load(const state::Key& key, state::RowReader& rows) {
  std::string value;
  if (!rows.get(key.view(), value)) return nullptr;
  ByteReader r(value);
  if (r.byte() != version) throw state::StoreFailure("state: a stored account has a version that this program does not know");
  const bool zoned = r.byte() != 0;
  const std::string_view customer = r.text();
  auto a = std::make_unique<Account>(customer, Owner(customer));
  a->zoned_ = zoned;
  a->newest_day_ = stored_day(0, r.zigzag());
  read_days(r, a->usage_, a->newest_day_, [&r](UsageDay& d) {
    d.usage = r.zigzag();
    d.cases = static_cast<std::int32_t>(r.zigzag());
  });
  a->ledgers_.resize(std::max<std::uint64_t>(1, std::min<std::uint64_t>(ledgers_max, r.count(5))));
  for (std::size_t i = 0; i < a->ledgers_.size(); ++i) {
    Ledger& l = a->ledgers_[i];
    l.currency.code = static_cast<std::uint32_t>(r.varint());
    l.turnover = r.zigzag();
    read_days(r, l.money, a->newest_day_, [&r](MoneyDay& d) { decode(r, d); });
    l.due.load(r, a->due_pages(i), rows, a->newest_day_);
  }
  a->known_.load(r);
  if (!r.ok() || !r.done()) throw state::StoreFailure("state: the account of customer " + a->customer_ + " is cut short or too long");
  a->stored_ = state::RowSink::row_hash(key, value);
  return a;
}

void Account::bring_near() const {
  usage_.bring_near();
  known_.bring_near();
  ledgers_[0].money.bring_near();
  ledgers_[0].due.bring_near();
}

std::size_t Account::bytes() const {
  std::size_t n = sizeof *this + customer_.capacity() + usage_.bytes() + ledgers_.capacity() * sizeof(Ledger) + known_.bytes();
  for (const Ledger& l : ledgers_) n += l.money.bytes() + l.due.bytes();
  return n;
}

}  // namespace due::topology
