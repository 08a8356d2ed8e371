#include "topology/account/documents.h"

#include "schemas/base/result.h"
#include "topology/account/days.h"

namespace due::topology {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t invoice_bytes_max = 1 + 1 + 16 + 9 * BytePen::varint_bytes;  // without its lists and what is noted
constexpr std::uint8_t status_bits = 3, noted_bit = 4;  // of an invoice's first byte behind the version

Date read_date(ByteReader& r) { return {stored_day(0, r.zigzag())}; }

void read(ByteReader& r, std::vector<Hash128>& hashes) {
  for (std::uint64_t n = r.count(sizeof(Hash128)); n > 0 && r.ok(); --n) hashes.push_back(r.hash());
}
void write(ByteWriter& w, const std::vector<Hash128>& hashes) {
  w.varint(hashes.size());
  for (const Hash128 h : hashes) w.hash(h);
}
void write(BytePen& pen, const std::vector<Hash128>& hashes) {
  pen.varint(hashes.size());
  for (const Hash128 h : hashes) pen.hash(h);
}

// The shape of every reader: an unknown version or a row of another length is a failure that names the row's kind.
ByteReader begin(std::string_view value, const char* what) {
  ByteReader r(value);
  if (r.byte() != version)
    throw state::StoreFailure(std::string("state: a stored ") + what + " has a version that this program does not know");
  return r;
}
void end(const ByteReader& r, const char* what) {
  if (!r.ok() || !r.done()) throw state::StoreFailure(std::string("state: a stored ") + what + " is cut short or too long");
}

}  // namespace

bool Invoice::reserve(std::int64_t amount) {
  if (amount > creditable()) return false;
  if (!noted) noted = std::make_unique<Noted>();
  noted->reserved += amount;
  return true;
}

void Invoice::settle(std::int64_t amount) {
  release(amount);
  noted->issued += amount;
}

void Invoice::release(std::int64_t amount) {
  check(noted && amount <= noted->reserved, "more of an invoice is released than is reserved");
  noted->reserved -= amount;
}

void Invoice::encode_changes(state::RowSink& sink) {
  const bool with_noted = noted && *noted != Noted{};
  const std::size_t lists = (awaiting.size() + waiting.size()) * sizeof(Hash128);
  const std::size_t noted_bytes = with_noted ? noted->legal_entity.size() + 3 * BytePen::varint_bytes : 0;
  char* const room = sink.room(invoice_bytes_max + lists + noted_bytes);
  BytePen pen(room);
  pen.byte(version);
  pen.byte(static_cast<std::uint8_t>(static_cast<std::uint8_t>(status) | (with_noted ? noted_bit : 0)));
  write(pen, awaiting);
  write(pen, waiting);
  if (status != Status::expected) {
    pen.hash(content);
    pen.zigzag(doc_version);
    pen.varint(currency.code);
    pen.zigzag(gross);
    pen.zigzag(paid);
    pen.zigzag(credited);
    pen.zigzag(issue_date.days);
    pen.zigzag(due_date.days - issue_date.days);
  }
  if (with_noted) {
    pen.text(noted->legal_entity);
    pen.zigzag(noted->reserved);
    pen.zigzag(noted->issued);
  }
  sink.put(key(), {room, static_cast<std::size_t>(pen.at() - room)}, stored_);
}

std::unique_ptr<Invoice> Invoice::load(const state::Key& key, state::RowReader& rows) {
  std::string value;
  if (!rows.get(key.view(), value)) return nullptr;
  auto i = std::make_unique<Invoice>();
  ByteReader r = begin(value, "invoice");
  const std::uint8_t first = r.byte();
  i->status = static_cast<Status>(first & status_bits);
  read(r, i->awaiting);
  read(r, i->waiting);
  if (i->status != Status::expected) {
    i->content = r.hash();
    i->doc_version = r.zigzag();
    i->currency.code = static_cast<std::uint32_t>(r.varint());
    i->gross = r.zigzag();
    i->paid = r.zigzag();
    i->credited = r.zigzag();
    i->issue_date = read_date(r);
    i->due_date = {stored_day(i->issue_date.days, r.zigzag())};
  }
  if ((first & noted_bit) != 0) {
    i->noted = std::make_unique<Noted>();
    i->noted->legal_entity = r.text();
    i->noted->reserved = r.zigzag();
    i->noted->issued = r.zigzag();
  }
  end(r, "invoice");
  i->stored_ = state::RowSink::row_hash(key, value);
  return i;
}

void Payment::encode(std::string& value) const {
  value.clear();
  ByteWriter w(value);
  w.byte(version);
  w.byte(static_cast<std::uint8_t>(status));
  write(w, waiting);
  if (status == Status::expected) return;
  w.hash(content);
  w.varint(currency.code);
  w.zigzag(amount);
  w.zigzag(value_date.days);
  w.hash(invoice);
  w.zigzag(allocated);
  w.byte(matched ? 1 : 0);
  w.zigzag(delay);
}

Payment Payment::decode(std::string_view value) {
  Payment p;
  ByteReader r = begin(value, "payment");
  p.status = static_cast<Status>(r.byte());
  read(r, p.waiting);
  if (p.status != Status::expected) {
    p.content = r.hash();
    p.currency.code = static_cast<std::uint32_t>(r.varint());
    p.amount = r.zigzag();
    p.value_date = read_date(r);
    p.invoice = r.hash();
    p.allocated = r.zigzag();
    p.matched = r.byte() != 0;
    p.delay = r.zigzag();
  }
  end(r, "payment");
  return p;
}

void Seen::encode(Hash128 content, char (&value)[bytes]) {
  BytePen pen(value);
  pen.byte(version);
  pen.hash(content);
}

Hash128 Seen::decode(std::string_view value) {
  ByteReader r = begin(value, "dedup key");
  const Hash128 content = r.hash();
  end(r, "dedup key");
  return content;
}

std::string Waiting::encode() const {
  std::string value;
  ByteWriter w(value);
  w.byte(version);
  w.zigzag(due.micros);
  w.varint(input);
  w.zigzag(partition);
  w.zigzag(offset);
  w.zigzag(timestamp.micros);
  w.byte(history ? 1 : 0);
  w.text(record_key);
  w.text(record_value);
  w.varint(headers.size());
  for (const auto& [name, text] : headers) {
    w.text(name);
    w.text(text);
  }
  return value;
}

Waiting Waiting::decode(std::string_view value) {
  Waiting d;
  ByteReader r = begin(value, "parked record");
  d.due.micros = r.zigzag();
  d.input = static_cast<std::uint16_t>(r.varint());
  d.partition = static_cast<std::int32_t>(r.zigzag());
  d.offset = r.zigzag();
  d.timestamp.micros = r.zigzag();
  d.history = r.byte() != 0;
  d.record_key = r.text();
  d.record_value = r.text();
  for (std::uint64_t n = r.count(2); n > 0 && r.ok(); --n) {
    std::string name(r.text());
    d.headers.emplace_back(std::move(name), std::string(r.text()));
  }
  end(r, "parked record");
  return d;
}

}  // namespace due::topology
