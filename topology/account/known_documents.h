// topology/account/known_documents.h
// Which documents one customer has, as 32 bits of each key's hash: says of nearly every new document, without a look at the disk, that it
// is new. Where the mark is known, the document's row has the exact answer.
//
//   Shape    marks in order of arrival. Up to 256 are stored with the account; more of them in pages of 128 on average, by linear
//            hashing (the number of pages follows from the number of marks, and one page is split at a time), so that no event touches
//            more than three pages, however many documents there are. Pages are loaded when they are asked for
//   Errors   StoreFailure for a page that cannot be read
//   Clock    none
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "state/api/object.h"

namespace due::topology {

class KnownDocuments {
 public:
  static constexpr std::size_t inline_max = 256, page_marks = 128;

  // Where pages are: `page` is the key of this account's pages up to their number.
  struct Pages {
    state::Key page;
    state::RowReader& rows;
  };

  bool may_hold(std::uint32_t mark, const Pages& pages) const;
  void add(std::uint32_t mark, const Pages& pages);
  std::size_t count() const { return count_; }

  std::size_t encoded_max() const { return BytePen::varint_bytes + (paged_.empty() ? count_ * sizeof(std::uint32_t) : 0); }
  void encode(BytePen& pen, const state::Key& page, state::RowSink& sink);
  void load(ByteReader& reader);
  void bring_near() const {
    constexpr std::size_t marks_a_line = 16;
    for (std::size_t i = 0; i < marks_.size(); i += marks_a_line) __builtin_prefetch(marks_.data() + i);
  }
  std::size_t bytes() const {
    return marks_.capacity() * sizeof(std::uint32_t) + paged_.capacity() * sizeof(Page) + paged_marks_ * sizeof(std::uint32_t) * 3 / 2;
  }

 private:
  struct Page {
    std::vector<std::uint32_t> marks;
    Hash128 stored;
    bool loaded = true, changed = false;
  };
  std::size_t page_of(std::uint32_t mark) const;
  Page& page(std::size_t number, const Pages& pages) const;
  void split(const Pages& pages);

  std::size_t count_ = 0;
  std::vector<std::uint32_t> marks_;   // while there are at most inline_max
  mutable std::vector<Page> paged_;  // else; mutable, for pages are loaded by whoever asks
  mutable std::size_t paged_marks_ = 0;  // of the pages that are loaded
};

}  // namespace due::topology
