#include "topology/account/known_documents.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace due::topology {
namespace {

constexpr std::uint8_t page_version = 1;
constexpr std::size_t count_max = std::size_t{1} << 30;

std::size_t pages_for(std::size_t count) { return (count + KnownDocuments::page_marks - 1) / KnownDocuments::page_marks; }
state::Key numbered(state::Key page, std::size_t number) { return page.add(static_cast<std::uint32_t>(number)); }

}  // namespace

bool KnownDocuments::may_hold(std::uint32_t mark, const Pages& pages) const {
  const std::vector<std::uint32_t>& marks = paged_.empty() ? marks_ : page(page_of(mark), pages).marks;
  return std::find(marks.begin(), marks.end(), mark) != marks.end();
}

void KnownDocuments::add(std::uint32_t mark, const Pages& pages) {
  ++count_;
  if (paged_.empty() && count_ <= inline_max) return marks_.push_back(mark);
  if (paged_.empty()) {  // all of them move to pages
    paged_.resize(pages_for(count_));
    for (const std::uint32_t m : std::exchange(marks_, {})) paged_[page_of(m)].marks.push_back(m);
    for (Page& p : paged_) p.changed = true;
    paged_marks_ = count_ - 1;
  } else if (pages_for(count_) > paged_.size()) {
    split(pages);
  }
  Page& p = page(page_of(mark), pages);
  p.marks.push_back(mark);
  p.changed = true;
  ++paged_marks_;
}

// Pages are addressed by the low bits of a mark: as many as there are pages, or one bit less where that page does not exist yet.
std::size_t KnownDocuments::page_of(std::uint32_t mark) const {
  const std::size_t mask = std::bit_ceil(paged_.size()) - 1;
  const std::size_t number = mark & mask;
  return number < paged_.size() ? number : mark & (mask >> 1);
}

// One more page. It takes from the one page that had held its marks so far those with the next bit set, in their order.
void KnownDocuments::split(const Pages& pages) {
  const std::size_t added = paged_.size();
  const std::size_t bit = std::bit_floor(added);
  Page& from = page(added - bit, pages);
  Page fresh;
  const auto moves = [bit](std::uint32_t m) { return (m & bit) != 0; };
  std::copy_if(from.marks.begin(), from.marks.end(), std::back_inserter(fresh.marks), moves);
  std::erase_if(from.marks, moves);
  from.changed = fresh.changed = true;
  paged_.push_back(std::move(fresh));
}

KnownDocuments::Page& KnownDocuments::page(std::size_t number, const Pages& pages) const {
  Page& p = paged_[number];
  if (p.loaded) return p;
  const state::Key key = numbered(pages.page, number);
  std::string value;
  if (!pages.rows.get(key.view(), value)) throw state::StoreFailure("state: a page of known documents is missing");
  ByteReader r(value);
  if (r.byte() != page_version || r.left() % sizeof(std::uint32_t) != 0)
    throw state::StoreFailure("state: a page of known documents has a version that this program does not know, or is cut short");
  p.stored = state::RowSink::row_hash(key, value);
  p.marks.resize(r.left() / sizeof(std::uint32_t));
  if (!p.marks.empty()) std::memcpy(p.marks.data(), value.data() + 1, p.marks.size() * sizeof(std::uint32_t));
  paged_marks_ += p.marks.size();
  p.loaded = true;
  return p;
}

void KnownDocuments::encode(BytePen& pen, const state::Key& page, state::RowSink& sink) {
  pen.varint(count_);
  if (paged_.empty()) return pen.raw(marks_.data(), marks_.size() * sizeof(std::uint32_t));
  std::string value;
  for (std::size_t i = 0; i < paged_.size(); ++i) {
    Page& p = paged_[i];
    if (!std::exchange(p.changed, false)) continue;
    value.assign(1, static_cast<char>(page_version));
    value.append(reinterpret_cast<const char*>(p.marks.data()), p.marks.size() * sizeof(std::uint32_t));
    sink.put(numbered(page, i), value, p.stored);
  }
}

void KnownDocuments::load(ByteReader& r) {
  count_ = r.varint();
  if (count_ > inline_max) {
    if (count_ > count_max) throw state::StoreFailure("state: an account has more documents than it can have");
    paged_.resize(pages_for(count_));
    for (Page& p : paged_) p.loaded = false;
    return;
  }
  const std::string_view raw = r.bytes(count_ * sizeof(std::uint32_t));
  marks_.resize(raw.size() / sizeof(std::uint32_t));
  if (!raw.empty()) std::memcpy(marks_.data(), raw.data(), raw.size());
}

}  // namespace due::topology
