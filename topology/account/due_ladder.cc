#include "topology/account/due_ladder.h"

#include <algorithm>
#include <utility>

#include "topology/account/days.h"

namespace due::topology {
namespace {

constexpr int page_bits = 5;
constexpr std::uint8_t page_version = 1;
constexpr std::size_t point_bytes_max = 3 * BytePen::varint_bytes;
enum : std::uint8_t { with_the_account, in_pages };

state::Key numbered(state::Key page, std::int32_t number) { return page.add(static_cast<std::uint32_t>(number) ^ 0x80000000U); }

auto first_from(auto& points, std::int32_t day) {
  return std::lower_bound(points.begin(), points.end(), day, [](const auto& p, std::int32_t d) { return p.day < d; });
}

}  // namespace

void DueLadder::change(std::int32_t newest, std::int32_t due, std::int64_t left, std::int64_t items) {
  outstanding_ += left;
  open_ += items;
  if (due < newest) overdue_ += left;
  if (!pages_.empty()) page_of(due).changed = true;
  auto at = points_.empty() || points_.back().day < due ? points_.end() : first_from(points_, due);
  if (at == points_.end() || at->day != due) {
    at = points_.insert(at, Point{due, 0, 0});
    if (due < newest) ++past_;
  }
  at->left += left;
  at->items += items;
  if (at->left != 0 || at->items != 0) return;
  points_.erase(at);
  if (due < newest) --past_;
}

void DueLadder::advance(std::int32_t newest) {
  for (; past_ < points_.size() && points_[past_].day < newest; ++past_) overdue_ += points_[past_].left;
}

std::int64_t DueLadder::overdue(std::int32_t newest, std::int32_t day) const {
  if (day == newest) return overdue_;
  std::int64_t sum = 0;
  for (const Point& p : points_) {
    if (p.day >= day) break;
    sum += p.left;
  }
  return sum;
}

// ----------------------------------------------------------------------------------------------------------------- stored form

DueLadder::Page& DueLadder::page_of(std::int32_t day) {
  const std::int32_t number = day >> page_bits;
  const auto at = std::lower_bound(pages_.begin(), pages_.end(), number, [](const Page& p, std::int32_t n) { return p.number < n; });
  if (at != pages_.end() && at->number == number) return *at;
  return *pages_.insert(at, Page{number, false, {}});
}

void DueLadder::make_pages() {
  for (const Point& p : points_)
    if (pages_.empty() || pages_.back().number != p.day >> page_bits) pages_.push_back({p.day >> page_bits, true, {}});
}

std::size_t DueLadder::encoded_max() const {
  const std::size_t each = points_.size() <= inline_max ? points_.size() * point_bytes_max : points_.size() * BytePen::varint_bytes;
  return each + 2 * BytePen::varint_bytes;
}

void DueLadder::encode(BytePen& pen, const state::Key& page, state::RowSink& sink) {
  if (points_.size() <= inline_max) {
    for (Page& p : pages_) sink.erase(numbered(page, p.number), p.stored);
    pages_ = {};
    pen.byte(with_the_account);
    pen.varint(points_.size());
    std::int32_t before = 0;
    for (const Point& p : points_) {
      pen.zigzag(p.day - std::exchange(before, p.day));
      pen.zigzag(p.left);
      pen.zigzag(p.items);
    }
    return;
  }
  if (pages_.empty()) make_pages();
  for (Page& p : pages_)
    if (std::exchange(p.changed, false)) encode_page(p, page, sink);
  std::erase_if(pages_, [](const Page& p) { return p.stored.zero(); });
  pen.byte(in_pages);
  pen.varint(pages_.size());
  for (const Page& p : pages_) pen.zigzag(p.number);
}

void DueLadder::encode_page(Page& p, const state::Key& page, state::RowSink& sink) {
  const auto first = first_from(points_, p.number << page_bits);
  auto last = first;
  while (last != points_.end() && last->day >> page_bits == p.number) ++last;
  if (first == last) return sink.erase(numbered(page, p.number), p.stored);
  char room[32 * point_bytes_max + 1];
  BytePen pen(room);
  pen.byte(page_version);
  for (auto at = first; at != last; ++at) {
    pen.byte(static_cast<std::uint8_t>(at->day & ((1 << page_bits) - 1)));
    pen.zigzag(at->left);
    pen.zigzag(at->items);
  }
  sink.put(numbered(page, p.number), {room, static_cast<std::size_t>(pen.at() - room)}, p.stored);
}

void DueLadder::load(ByteReader& r, const state::Key& page, state::RowReader& rows, std::int32_t newest) {
  const bool paged = r.byte() == in_pages;
  std::int32_t day = 0;
  for (std::uint64_t n = r.count(1); n > 0 && r.ok(); --n) {
    if (paged) {
      pages_.push_back({static_cast<std::int32_t>(r.zigzag()), false, {}});
    } else {
      Point p;
      p.day = day = stored_day(day, r.zigzag());
      p.left = r.zigzag();
      p.items = r.zigzag();
      append(newest, p);
    }
  }
  for (Page& p : pages_) load_page(p, page, rows, newest);
}

void DueLadder::append(std::int32_t newest, const Point& p) {
  points_.push_back(p);
  outstanding_ += p.left;
  open_ += p.items;
  if (p.day >= newest) return;
  overdue_ += p.left;
  ++past_;
}

void DueLadder::load_page(Page& p, const state::Key& page, state::RowReader& rows, std::int32_t newest) {
  const state::Key key = numbered(page, p.number);
  std::string value;
  if (!rows.get(key.view(), value)) throw state::StoreFailure("state: a page of due dates is missing");
  p.stored = state::RowSink::row_hash(key, value);
  ByteReader r(value);
  if (r.byte() != page_version) throw state::StoreFailure("state: a page of due dates has a version that this program does not know");
  while (!r.done() && r.ok()) {
    Point point;
    point.day = (p.number << page_bits) + r.byte();
    point.left = r.zigzag();
    point.items = r.zigzag();
    append(newest, point);
  }
  if (!r.ok()) throw state::StoreFailure("state: a page of due dates is cut short");
}

}  // namespace due::topology
