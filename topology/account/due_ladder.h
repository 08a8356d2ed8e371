// topology/account/due_ladder.h
// What one customer owes in one currency, by the day on which it is due.
//
//   Shape    ascending by due date, no point without items. Stored with the account while there are few points, else in pages of 32 days
//   Units    minor units; days since 1970-01-01
//   Window   overdue at day d: due before d
//   Clock    none: the caller says which day is the newest
#pragma once

#include <cstdint>
#include <vector>

#include "state/api/object.h"

namespace due::topology {

class DueLadder {
 public:
  static constexpr std::size_t inline_max = 128;  // points stored with the account

  // Open items come and go: `left` and `items` are what changes on the day `due`.
  void change(std::int32_t newest, std::int32_t due, std::int64_t left, std::int64_t items);
  void advance(std::int32_t newest);

  std::int64_t outstanding() const { return outstanding_; }
  std::int64_t open() const { return open_; }
  std::int64_t overdue(std::int32_t newest, std::int32_t day) const;

  // Stored form. `page` is the key of this ladder's pages up to their number.
  std::size_t encoded_max() const;  // bytes that encode() takes at most
  void encode(BytePen& pen, const state::Key& page, state::RowSink& sink);
  void load(ByteReader& reader, const state::Key& page, state::RowReader& rows, std::int32_t newest);
  void bring_near() const { __builtin_prefetch(points_.data() + past_); }
  std::size_t bytes() const { return points_.capacity() * sizeof(Point) + pages_.capacity() * sizeof(Page); }

 private:
  struct Point {
    std::int32_t day = 0;
    std::int64_t left = 0;   // of items due on that day
    std::int64_t items = 0;  // how many
  };
  struct Page {  // days [32 number, 32 number + 32)
    std::int32_t number = 0;
    bool changed = false;
    Hash128 stored;
  };
  Page& page_of(std::int32_t day);
  void make_pages();
  void encode_page(Page& p, const state::Key& page, state::RowSink& sink);
  void load_page(Page& p, const state::Key& page, state::RowReader& rows, std::int32_t newest);
  void append(std::int32_t newest, const Point& point);

  std::vector<Point> points_;
  std::size_t past_ = 0;  // points before the newest day
  std::int64_t outstanding_ = 0, open_ = 0, overdue_ = 0;  // overdue as of the newest day
  std::vector<Page> pages_;  // ascending; empty: stored with the account
};

}  // namespace due::topology
