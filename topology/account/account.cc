#include "topology/account/account.h"

#include <algorithm>

#include "schemas/base/result.h"
#include "state/api/row_key.h"

namespace due::topology {
namespace {

constexpr std::uint8_t version = 1;
constexpr int page_bits = 5;

std::int32_t page_of(std::int32_t day) { return day >> page_bits; }

Page& page(std::vector<Page>& pages, std::int32_t number) {
  for (auto at = pages.rbegin(); at != pages.rend(); ++at)  // the newest is asked for nearly always
    if (at->number == number) return *at;
  return pages.emplace_back(Page{number, {}, false});
}

// Page numbers are stored big-endian and shifted, so that rows of one ledger lie in order of their days.
std::string page_key(state::Kind kind, std::string_view customer, std::size_t ledger, std::int32_t number) {
  std::string key = state::make_key(kind, customer);
  ByteWriter w(key);
  w.byte(static_cast<std::uint8_t>(ledger));
  const auto n = static_cast<std::uint32_t>(number) ^ 0x80000000U;
  for (int s = 24; s >= 0; s -= 8) w.byte(static_cast<std::uint8_t>(n >> s));
  return key;
}

void expect_version(ByteReader& r, const char* what) {
  if (r.byte() != version)
    throw state::StoreFailure(std::string("state: a stored ") + what + " has a version that this program does not know");
}

void encode(ByteWriter& w, const DayBucket& b) {
  const std::int64_t fields[] = {b.sums.invoices, b.sums.invoiced, b.sums.payments, b.sums.paid,
                                 b.sums.delay,    b.sums.late,     b.sums.usage,    b.sums.cases};
  unsigned mask = 0;
  for (unsigned i = 0; i < 8; ++i) mask |= static_cast<unsigned>(fields[i] != 0) << i;
  w.byte(static_cast<std::uint8_t>(b.day & ((1 << page_bits) - 1)));
  w.byte(static_cast<std::uint8_t>(mask));
  for (const std::int64_t f : fields)
    if (f != 0) w.zigzag(f);
}

DayBucket decode_bucket(ByteReader& r, std::int32_t first_day) {
  DayBucket b;
  b.day = first_day + r.byte();
  const unsigned mask = r.byte();
  std::int64_t* const fields[] = {&b.sums.invoices, &b.sums.invoiced, &b.sums.payments, &b.sums.paid,
                                  &b.sums.delay,    &b.sums.late,     &b.sums.usage,    &b.sums.cases};
  for (unsigned i = 0; i < 8; ++i)
    if ((mask >> i & 1U) != 0) *fields[i] = r.zigzag();
  return b;
}

bool empty(const features::WindowSums& s) {
  return (s.invoices | s.invoiced | s.payments | s.paid | s.delay | s.late | s.usage | s.cases) == 0;
}

// The header lists the pages, so that a load asks for exactly those, key by key. Ascending, whatever order they were touched in.
void write_numbers(ByteWriter& w, std::vector<Page>& pages) {
  std::sort(pages.begin(), pages.end(), [](const Page& a, const Page& b) { return a.number < b.number; });
  w.varint(pages.size());
  for (const Page& p : pages) w.zigzag(p.number);
}

void read_numbers(ByteReader& r, std::vector<Page>& pages) {
  for (std::uint64_t n = r.varint(); n > 0 && r.ok(); --n) pages.push_back({static_cast<std::int32_t>(r.zigzag()), {}, false});
}

template <class Item>
auto first_from(std::vector<Item>& items, std::int32_t day) {
  return std::lower_bound(items.begin(), items.end(), day, [](const Item& i, std::int32_t d) { return i.day < d; });
}

}  // namespace

std::string Account::key_of(std::string_view customer) { return state::make_key(state::Kind::account, customer); }

std::unique_ptr<Account> Account::create(std::string_view customer) {
  auto a = std::make_unique<Account>();
  a->customer_ = customer;
  return a;
}

void Account::advance(Date day) {
  if (day.days <= newest_day_) return;
  newest_day_ = day.days;
  for (Ledger& l : ledgers_) {
    const auto keep = first_from(l.buckets, day.days - days_kept + 1);
    for (auto gone = l.buckets.begin(); gone != keep; ++gone) {
      page(l.bucket_pages, page_of(gone->day)).changed = true;
      usage_kept_ -= gone->sums.usage;
    }
    l.buckets.erase(l.buckets.begin(), keep);
  }
}

std::size_t Account::ledger_of(Currency currency) {
  if (ledgers_[0].currency.none()) ledgers_[0].currency = currency;
  for (std::size_t i = 0; i < ledgers_.size(); ++i)
    if (ledgers_[i].currency == currency) return i;
  check(ledgers_.size() < 256, "a customer with more than 256 currencies");
  ledgers_.emplace_back().currency = currency;
  return ledgers_.size() - 1;
}

bool Account::room_for(Currency currency, std::int64_t amount) const {
  for (const Ledger& l : ledgers_)
    if (l.currency == currency) return checked_add(l.turnover, amount).has_value();
  return true;
}

// What a later day lets go makes room, so the buckets are asked only where they are nearly full.
bool Account::room_for_usage(Date day, std::int64_t quantity) const {
  if (day.days <= newest_day_ - days_kept || checked_add(usage_kept_, quantity)) return true;
  std::int64_t kept = 0;
  for (const DayBucket& b : ledgers_[0].buckets)
    if (b.day > day.days - days_kept || day.days <= newest_day_) kept += b.sums.usage;
  return checked_add(kept, quantity).has_value();
}

bool Account::add_usage(Date day, std::int64_t quantity, bool has_case) {
  if (!room_for_usage(day, quantity)) return false;
  advance(day);
  if (features::WindowSums* sums = bucket(0, day)) {
    sums->usage += quantity;
    sums->cases += has_case ? 1 : 0;
    usage_kept_ += quantity;
  }
  return true;
}

features::WindowSums* Account::bucket(std::size_t ledger, Date day) {
  if (day.days <= newest_day_ - days_kept) return nullptr;
  Ledger& l = ledgers_[ledger];
  page(l.bucket_pages, page_of(day.days)).changed = true;
  if (!l.buckets.empty() && l.buckets.back().day == day.days) return &l.buckets.back().sums;
  auto at = l.buckets.empty() || l.buckets.back().day < day.days ? l.buckets.end() : first_from(l.buckets, day.days);
  if (at == l.buckets.end() || at->day != day.days) at = l.buckets.insert(at, DayBucket{day.days, {}});
  return &at->sums;
}

void Account::change_due(std::size_t ledger, Date due, std::int64_t left, std::int64_t items) {
  Ledger& l = ledgers_[ledger];
  l.outstanding += left;
  l.open += items;
  page(l.due_pages, page_of(due.days)).changed = true;
  auto at = first_from(l.due, due.days);
  if (at == l.due.end() || at->day != due.days) at = l.due.insert(at, DuePoint{due.days, 0, 0});
  at->left += left;
  at->items += items;
  if (at->left == 0 && at->items == 0) l.due.erase(at);
}

std::array<features::WindowSums, 3> Account::windows(std::size_t ledger, Date day) const {
  std::array<features::WindowSums, 3> w{};
  const std::vector<DayBucket>& buckets = ledgers_[ledger].buckets;
  for (auto at = buckets.rbegin(); at != buckets.rend(); ++at) {
    const std::int32_t age = day.days - at->day;
    if (age >= features::windows_days[2]) break;
    if (age < 0) continue;
    features::WindowSums& s = w[age < features::windows_days[0] ? 0 : age < features::windows_days[1] ? 1 : 2];
    s.invoices += at->sums.invoices;
    s.invoiced += at->sums.invoiced;
    s.payments += at->sums.payments;
    s.paid += at->sums.paid;
    s.delay += at->sums.delay;
    s.late += at->sums.late;
    s.usage += at->sums.usage;
    s.cases += at->sums.cases;
  }
  for (std::size_t i = 1; i < 3; ++i) {
    w[i].invoices += w[i - 1].invoices;
    w[i].invoiced += w[i - 1].invoiced;
    w[i].payments += w[i - 1].payments;
    w[i].paid += w[i - 1].paid;
    w[i].delay += w[i - 1].delay;
    w[i].late += w[i - 1].late;
    w[i].usage += w[i - 1].usage;
    w[i].cases += w[i - 1].cases;
  }
  return w;
}

features::Balances Account::balances(std::size_t ledger, Date day) const {
  const Ledger& l = ledgers_[ledger];
  features::Balances b{l.outstanding, 0, l.open};
  for (const DuePoint& p : l.due) {
    if (p.day >= day.days) break;
    b.overdue += p.left;
  }
  return b;
}

void Account::encode_changes(state::RowSink& sink) {
  for (std::size_t i = 0; i < ledgers_.size(); ++i) encode_pages(sink, i);
  std::string header;
  ByteWriter w(header);
  w.byte(version);
  w.zigzag(newest_day_);
  w.varint(ledgers_.size());
  for (Ledger& l : ledgers_) {
    w.varint(l.currency.code);
    w.zigzag(l.outstanding);
    w.zigzag(l.open);
    w.zigzag(l.turnover);
    write_numbers(w, l.bucket_pages);
    write_numbers(w, l.due_pages);
  }
  sink.put(key(), header, stored_header_);
}

void Account::encode_pages(state::RowSink& sink, std::size_t index) {
  Ledger& l = ledgers_[index];
  const auto write = [&](std::vector<Page>& pages, state::Kind kind, auto& items, auto encode_item) {
    for (Page& p : pages) {
      if (!p.changed) continue;
      p.changed = false;
      std::string value;
      ByteWriter w(value);
      w.byte(version);
      const std::int32_t first = p.number << page_bits;
      for (auto at = first_from(items, first); at != items.end() && page_of(at->day) == p.number; ++at) encode_item(w, *at);
      const std::string row = page_key(kind, customer(), index, p.number);
      if (value.size() > 1) {
        sink.put(row, value, p.stored);
      } else {
        sink.erase(row, p.stored);
      }
    }
    std::erase_if(pages, [](const Page& p) { return p.stored.zero(); });
  };
  write(l.bucket_pages, state::Kind::buckets, l.buckets, [](ByteWriter& w, const DayBucket& b) {
    if (!empty(b.sums)) encode(w, b);
  });
  write(l.due_pages, state::Kind::due_ladder, l.due, [](ByteWriter& w, const DuePoint& p) {
    w.byte(static_cast<std::uint8_t>(p.day & ((1 << page_bits) - 1)));
    w.zigzag(p.left);
    w.zigzag(p.items);
  });
}

std::unique_ptr<state::Object> Account::load(std::string_view key, state::RowReader& rows) {
  std::string value;
  if (!rows.get(key, value)) return nullptr;
  auto a = std::make_unique<Account>();
  a->stored_header_ = state::RowSink::row_hash(key, value);
  ByteReader k(key.substr(1));
  a->customer_ = k.text();
  ByteReader r(value);
  expect_version(r, "account");
  a->newest_day_ = static_cast<std::int32_t>(r.zigzag());
  a->ledgers_.resize(std::max<std::uint64_t>(1, std::min<std::uint64_t>(256, r.varint())));
  for (Ledger& l : a->ledgers_) {
    l.currency.code = static_cast<std::uint32_t>(r.varint());
    l.outstanding = r.zigzag();
    l.open = r.zigzag();
    l.turnover = r.zigzag();
    read_numbers(r, l.bucket_pages);
    read_numbers(r, l.due_pages);
  }
  if (!r.ok() || !r.done()) throw state::StoreFailure("state: the account of customer " + a->customer_ + " is cut short");
  a->load_pages(rows);
  return a;
}

void Account::load_pages(state::RowReader& rows) {
  std::string value;
  const auto each = [&](state::Kind kind, std::size_t ledger, std::vector<Page>& pages, auto read) {
    for (Page& p : pages) {
      const std::string row = page_key(kind, customer_, ledger, p.number);
      if (!rows.get(row, value)) throw state::StoreFailure("state: a page of customer " + customer_ + " is missing");
      p.stored = state::RowSink::row_hash(row, value);
      ByteReader r(value);
      expect_version(r, "page");
      while (!r.done() && r.ok()) read(r, p.number << page_bits);
      if (!r.ok()) throw state::StoreFailure("state: a page of customer " + customer_ + " is cut short");
    }
  };
  for (std::size_t i = 0; i < ledgers_.size(); ++i) {
    Ledger& l = ledgers_[i];
    each(state::Kind::buckets, i, l.bucket_pages,
         [this, &l](ByteReader& r, std::int32_t first) { usage_kept_ += l.buckets.emplace_back(decode_bucket(r, first)).sums.usage; });
    each(state::Kind::due_ladder, i, l.due_pages, [&l](ByteReader& r, std::int32_t first) {
      DuePoint p;
      p.day = first + r.byte();
      p.left = r.zigzag();
      p.items = r.zigzag();
      l.due.push_back(p);
    });
  }
}

std::size_t Account::bytes() const {
  std::size_t n = sizeof *this + customer_.capacity();
  for (const Ledger& l : ledgers_)
    n += sizeof l + l.buckets.capacity() * sizeof(DayBucket) + l.due.capacity() * sizeof(DuePoint) +
         (l.bucket_pages.capacity() + l.due_pages.capacity()) * sizeof(Page);
  return n;
}

}  // namespace due::topology
