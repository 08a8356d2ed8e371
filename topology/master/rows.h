// topology/master/rows.h
// What the stored forms of master data have in common: the version byte, and texts, dates and amounts that may be absent.
//
//   Shape    one row per object; keys go by hashes, so a row names what it is of
//   Errors   StoreFailure for a row of an unknown version, or one that is cut short: it names the kind of the row
//   Clock    none
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/base/bytes.h"
#include "state/api/object.h"
#include "state/api/stored_row.h"

namespace due::topology::master {

inline void write_optional(ByteWriter& w, std::optional<std::int64_t> v) {
  w.byte(v ? 1 : 0);
  if (v) w.zigzag(*v);
}
inline std::optional<std::int64_t> read_optional(ByteReader& r) { return r.byte() != 0 ? std::optional{r.zigzag()} : std::nullopt; }

template <class Items, class Write>
void write_list(ByteWriter& w, const Items& items, Write write) {
  w.varint(items.size());
  for (const auto& item : items) write(item);
}
template <class Items, class Read>
void read_list(ByteReader& r, Items& items, Read read) {
  for (std::uint64_t n = r.count(1); n > 0 && r.ok(); --n) read(items.emplace_back());
}

using state::read_row;

// An object that is one row. T has encode(ByteWriter&) and decode(value).
template <class T>
class Row : public state::Object {
 public:
  static std::unique_ptr<T> load(const state::Key& key, state::RowReader& rows) {
    std::string value;
    if (!rows.get(key.view(), value)) return nullptr;
    auto object = std::make_unique<T>();
    object->decode(value);
    object->stored_ = state::RowSink::row_hash(key, value);
    return object;
  }
  void encode_changes(state::RowSink& sink) final {
    std::string value;
    ByteWriter w(value);
    static_cast<const T&>(*this).encode(w);
    sink.put(key(), value, stored_);
  }

 private:
  Hash128 stored_;
};

// The object under a key, to be changed; made where it is absent.
template <class T>
T& edit_or_add(state::ObjectStore& store, const state::Key& key, const T* found) {
  return found != nullptr ? store.edit(*found) : store.add(key, std::make_unique<T>());
}

}  // namespace due::topology::master
