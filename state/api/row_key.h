// state/api/row_key.h
// Keys of rows: kind ‖ hash of the owner ‖ rest, so that what belongs to one customer lies together. Built on the stack.
//
//   Shape    at most 31 bytes; integers and hashes big-endian, so that rows lie in the order of their numbers
//   Limits   owners and documents go by 128-bit hashes of their names: a key has a fixed size, and no two names share one by chance
//   Clock    none
#pragma once

#include <bit>
#include <cstring>
#include <optional>
#include <string_view>

#include "schemas/base/hash.h"

namespace due::state {

// Kinds in use; a kind is never given another meaning.
enum class Kind : char {
  account = 'A',       // a customer's balances, days and documents' marks
  customer = 'C',      // what is known of a customer
  dispute = 'D',       // a dispute; its dedup key
  page = 'G',          // of an account that is too large for one row
  invoice = 'I',       // an invoice with what is paid of it; its dedup key
  price_rules = 'K',   // the price rules of a customer's contracts
  skip = 'L',          // an order to leave out a record that lies ahead
  meta = 'M',          // the task's meta row
  answered = 'N',      // what became of a request for a credit note
  control = 'O',       // the id of an order of people; its dedup key
  payment = 'P',       // a payment; its dedup key
  series = 'Q',        // the last number of a series
  reservation = 'R',   // an amount of an invoice that a credit note was requested for
  seen = 'S',          // dedup keys of usage, cancellations, reversals, corrections
  waiting = 'W',       // parked records
};

class Key {
 public:
  static constexpr std::size_t bytes_max = 31;

  Key() = default;  // of nothing yet
  explicit Key(Kind kind) : size_(1) { bytes_[0] = static_cast<char>(kind); }

  Key& add(std::uint8_t v) { return append(&v, sizeof v); }
  Key& add(std::uint32_t v) {
    v = __builtin_bswap32(v);
    return append(&v, sizeof v);
  }
  Key& add(std::uint64_t v) {
    v = __builtin_bswap64(v);
    return append(&v, sizeof v);
  }
  Key& add(Hash128 h) { return add(h.high).add(h.low); }

  // A key as it was stored. nullopt: it has not the size of one.
  static std::optional<Key> of(std::string_view bytes) {
    if (bytes.empty() || bytes.size() > bytes_max) return std::nullopt;
    Key key;
    key.append(bytes.data(), bytes.size());
    return key;
  }

  std::string_view view() const {
    if (size_ > bytes_max) __builtin_unreachable();  // or GCC 12 warns of what a hash in place would read behind it
    return {bytes_, size_};
  }
  std::uint64_t hash() const { return hash64(view()); }
  bool operator==(const Key& o) const { return std::memcmp(this, &o, sizeof o) == 0; }  // behind the last byte are zeros

 private:
  static_assert(std::endian::native == std::endian::little);
  Key& append(const void* bytes, std::size_t n) {  // the callers' keys are of fixed sizes: 31 is never passed
    std::memcpy(bytes_ + size_, bytes, n);
    size_ = static_cast<std::uint8_t>(size_ + n);
    return *this;
  }
  std::uint8_t size_ = 0;
  char bytes_[bytes_max]{};
};
static_assert(sizeof(Key) == 32);

}  // namespace due::state
