// topology/account/documents.h
// Documents as they are remembered: one row each. The row is also the dedup key of the document: it never expires.
//
//   Shape    key: kind ‖ half of the customer's hash ‖ hash of the document's id; value: version byte and fields, varints. An invoice
//            changes as it is paid and is kept as an object; the others are written once and are rows alone
//   Units    minor units; days since 1970-01-01
//   Errors   StoreFailure for a stored row that cannot be read
//   Clock    none
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "schemas/base/event_time.h"
#include "schemas/base/hash.h"
#include "schemas/base/money.h"
#include "state/api/object.h"

namespace due::topology {

// A document of one customer: the key of its row, and the mark by which its account knows it.
struct DocumentKey {
  Hash128 id;
  state::Key key;
  std::uint32_t mark() const { return static_cast<std::uint32_t>(id.low); }
};

// A customer, by the hash of its name.
class Owner {
 public:
  explicit Owner(std::string_view customer) : hash_(hash128(customer)) {}
  state::Key account() const { return state::Key(state::Kind::account).add(hash_); }
  state::Key page(std::uint8_t section, std::uint8_t ledger) const {
    return state::Key(state::Kind::page).add(hash_).add(section).add(ledger);
  }
  DocumentKey invoice(std::string_view id) const { return document(state::Kind::invoice, 'i', id); }
  DocumentKey payment(std::string_view id) const { return document(state::Kind::payment, 'p', id); }
  enum class Of : char { usage = 'u', cancellation = 'c', credit_memo = 'm', reversal = 'r', correction = 'v' };
  // By this goes what a cancellation asks the register for, which serves all customers.
  Hash128 request(std::string_view cancellation) const {
    RunningHash h(hash_);
    h.add(cancellation);
    return h.value();
  }
  state::Key reservation(std::string_view request_id) const { return document(state::Kind::reservation, 'n', request_id).key; }
  DocumentKey seen(Of of, std::string_view id) const { return document(state::Kind::seen, static_cast<char>(of), id); }
  state::Key of(state::Kind kind, Hash128 id) const { return state::Key(kind).add(hash_.high).add(id); }

 private:
  // Ids of different types do not meet: an invoice and a payment of one name have different hashes.
  DocumentKey document(state::Kind kind, char type, std::string_view id) const {
    const Hash128 h = hash128(id, seed_of(type));
    return {h, of(kind, h)};
  }
  // Seeds that have nothing in common. XXH3 adds its seed to an id of up to 8 bytes: under seeds that differ by 8, the usage "U2240" and
  // the credit memo "M2248" of one customer had one hash. (The finalizer of splitmix64.)
  std::uint64_t seed_of(char type) const {
    std::uint64_t x = hash_.low + static_cast<unsigned char>(type) * 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }
  Hash128 hash_;
};

// An invoice as booked; or, not booked yet, the place where what refers to it waits.
class Invoice final : public state::Object {
 public:
  static std::unique_ptr<Invoice> load(const state::Key& key, state::RowReader& rows);

  enum class Status : std::uint8_t { expected, booked, cancelled };
  Status status = Status::expected;
  Currency currency;
  Hash128 content;               // of the event that booked it as issued
  std::int64_t doc_version = 0;  // 1: as issued
  std::int64_t gross = 0;
  std::int64_t paid = 0;      // allocated to it
  std::int64_t credited = 0;  // by credit memos that name it; at most gross
  Date issue_date, due_date;
  std::vector<Hash128> awaiting;  // payments booked before it, in order of arrival
  std::vector<Hash128> waiting;   // parked records that refer to it, in order of arrival

  // What few invoices have.
  struct Noted {
    std::string legal_entity;   // which of our companies issued it; empty: not said
    std::int64_t reserved = 0;  // for credit notes that were requested
    std::int64_t issued = 0;    // as credit notes
    bool operator==(const Noted&) const = default;
  };
  std::unique_ptr<Noted> noted;  // null: nothing of it

  std::int64_t claim() const { return gross - credited; }
  std::int64_t given_away() const { return credited + (noted ? noted->reserved + noted->issued : 0); }  // at most gross, whatever happens
  std::int64_t creditable() const { return gross - given_away(); }
  bool reserve(std::int64_t amount);  // false: that much is not creditable, and nothing was changed
  void settle(std::int64_t amount);   // its credit note is issued
  void release(std::int64_t amount);  // ... or never will be
  std::int64_t left() const { return status == Status::booked && claim() > paid ? claim() - paid : 0; }

  void encode_changes(state::RowSink& sink) override;
  std::size_t bytes() const override {
    return sizeof *this + (awaiting.capacity() + waiting.capacity()) * sizeof(Hash128) + (noted ? sizeof *noted : 0);
  }
  bool worth_keeping() const override { return left() > 0; }

 private:
  Hash128 stored_;
};

// A payment as booked; or, not booked yet, the place where its reversal waits.
struct Payment {
  enum class Status : std::uint8_t { expected, booked, reversed };
  Status status = Status::expected;
  Hash128 content;
  Currency currency;
  std::int64_t amount = 0;
  Date value_date;
  Hash128 invoice;             // zero: unallocated by its sender
  std::int64_t allocated = 0;  // of it, paid to the invoice
  bool matched = false;        // found its open item, so that delay counts
  std::int64_t delay = 0;      // value date - due date at the allocation, in days
  std::vector<Hash128> waiting;

  static Payment decode(std::string_view value);
  void encode(std::string& value) const;  // replaces what is there
};

// A business key that was seen, with the content it had: usage, cancellations, credit memos, reversals, versions of corrections.
struct Seen {
  static constexpr std::size_t bytes = 17;
  static Hash128 decode(std::string_view value);
  static void encode(Hash128 content, char (&value)[bytes]);
};

// A whole record that waits for a document, with its timer.
struct Waiting {
  EventTime due;  // gives up at the first tick at or after this task time
  std::uint16_t input = 0;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  EventTime timestamp;
  bool history = false;
  std::string record_key, record_value;  // both were present, else the record had not been decoded
  std::vector<std::pair<std::string, std::string>> headers;

  static Waiting decode(std::string_view value);
  std::string encode() const;
};

}  // namespace due::topology
