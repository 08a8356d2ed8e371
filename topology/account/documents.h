// topology/account/documents.h
// Documents as they are remembered: one row each. The row is also the dedup key of the document: it never expires.
//
//   Shape    key: kind ‖ customer ‖ document id; value: version byte and fields, varints
//   Units    minor units; days since 1970-01-01
//   Clock    none
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "schemas/base/event_time.h"
#include "schemas/base/hash.h"
#include "schemas/base/money.h"
#include "state/api/object.h"
#include "state/api/row_key.h"

namespace due::topology {

// An invoice as booked; or, not booked yet, the place where what refers to it waits.
class Invoice final : public state::RowObject {
 public:
  static std::string key_of(std::string_view customer, std::string_view invoice_id) {
    return state::make_key(state::Kind::invoice, customer, invoice_id);
  }
  static std::unique_ptr<state::Object> load(std::string_view key, state::RowReader& rows);

  enum class Status : std::uint8_t { expected, booked, cancelled };
  Status status = Status::expected;
  Hash128 content;              // of the event that booked it as issued
  std::int64_t doc_version = 0;  // 1: as issued
  Currency currency;
  std::int64_t gross = 0;
  std::int64_t paid = 0;      // allocated to it
  std::int64_t credited = 0;  // by credit memos that name it; at most gross
  Date issue_date, due_date;
  std::vector<std::string> awaiting;  // payment ids booked before it, in order of arrival
  std::vector<std::string> waiting;   // keys of parked records that refer to it, in order of arrival

  std::int64_t claim() const { return gross - credited; }
  std::int64_t left() const { return status == Status::booked && claim() > paid ? claim() - paid : 0; }

  std::size_t bytes() const override;

 protected:
  void encode(ByteWriter& out) const override;
};

// A payment as booked; or, not booked yet, the place where its reversal waits.
class Payment final : public state::RowObject {
 public:
  static std::string key_of(std::string_view customer, std::string_view payment_id) {
    return state::make_key(state::Kind::payment, customer, payment_id);
  }
  static std::unique_ptr<state::Object> load(std::string_view key, state::RowReader& rows);

  enum class Status : std::uint8_t { expected, booked, reversed };
  Status status = Status::expected;
  Hash128 content;
  Currency currency;
  std::int64_t amount = 0;
  Date value_date;
  std::string invoice_id;      // empty: unallocated by its sender
  std::int64_t allocated = 0;  // of it, paid to the invoice
  bool matched = false;        // found its open item, so that delay counts
  std::int64_t delay = 0;      // value date - due date at the allocation, in days
  std::vector<std::string> waiting;

  std::size_t bytes() const override;

 protected:
  void encode(ByteWriter& out) const override;
};

// A business key that was seen, with the content it had: usage, cancellations, credit memos, reversals, versions of corrections.
class Seen final : public state::RowObject {
 public:
  enum class Of : char { usage = 'u', cancellation = 'c', credit_memo = 'm', reversal = 'r', correction = 'v' };
  static std::string key_of(std::string_view customer, Of of, std::string_view id);
  static std::unique_ptr<state::Object> load(std::string_view key, state::RowReader& rows);

  Hash128 content;
  bool worth_keeping() const override { return false; }
  std::size_t bytes() const override { return sizeof *this; }

 protected:
  void encode(ByteWriter& out) const override { out.byte(1); out.hash(content); }
};

// A whole record that waits for a document, with its timer.
class Waiting final : public state::RowObject {
 public:
  // `id` is unique in the task: the record's position.
  static std::string key_of(std::string_view customer, std::string_view id) { return state::make_key(state::Kind::waiting, customer, id); }
  static std::unique_ptr<state::Object> load(std::string_view key, state::RowReader& rows);
  static std::unique_ptr<Waiting> decode(std::string_view value);

  EventTime due;  // gives up at the first tick at or after this task time
  std::uint16_t input = 0;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  EventTime timestamp;
  bool history = false;
  std::string record_key, record_value;  // both were present, else the record had not been decoded
  std::vector<std::pair<std::string, std::string>> headers;

  std::size_t bytes() const override;

 protected:
  void encode(ByteWriter& out) const override;
};

}  // namespace due::topology
