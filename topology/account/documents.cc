#include "topology/account/documents.h"

namespace due::topology {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t invoice_version = 2;  // 1 had no credit memos

void write(ByteWriter& w, const std::vector<std::string>& texts) {
  w.varint(texts.size());
  for (const std::string& t : texts) w.text(t);
}
void read(ByteReader& r, std::vector<std::string>& texts) {
  for (std::uint64_t n = r.varint(); n > 0 && r.ok(); --n) texts.emplace_back(r.text());
}
std::size_t bytes_of(const std::vector<std::string>& texts) {
  std::size_t n = texts.capacity() * sizeof(std::string);
  for (const std::string& t : texts) n += t.capacity();
  return n;
}

// The shape of every load: absent is null, an unknown version or a short row is a failure that names the row's kind.
template <class Fill>
bool load_row(std::string_view key, state::RowReader& rows, std::string& value, const char* what, Fill fill,
              std::uint8_t known = version) {
  if (!rows.get(key, value)) return false;
  ByteReader r(value);
  if (r.byte() != known)
    throw state::StoreFailure(std::string("state: a stored ") + what + " has a version that this program does not know");
  fill(r);
  if (!r.ok() || !r.done()) throw state::StoreFailure(std::string("state: a stored ") + what + " is cut short or too long");
  return true;
}

Date read_date(ByteReader& r) { return {static_cast<std::int32_t>(r.zigzag())}; }

}  // namespace

void Invoice::encode(ByteWriter& w) const {
  w.byte(invoice_version);
  w.byte(static_cast<std::uint8_t>(status));
  write(w, awaiting);
  write(w, waiting);
  if (status == Status::expected) return;
  w.hash(content);
  w.zigzag(doc_version);
  w.varint(currency.code);
  w.zigzag(gross);
  w.zigzag(paid);
  w.zigzag(credited);
  w.zigzag(issue_date.days);
  w.zigzag(due_date.days);
}

std::unique_ptr<state::Object> Invoice::load(std::string_view key, state::RowReader& rows) {
  auto i = std::make_unique<Invoice>();
  std::string value;
  const bool found = load_row(key, rows, value, "invoice", [&](ByteReader& r) {
    i->status = static_cast<Status>(r.byte());
    read(r, i->awaiting);
    read(r, i->waiting);
    if (i->status == Status::expected) return;
    i->content = r.hash();
    i->doc_version = r.zigzag();
    i->currency.code = static_cast<std::uint32_t>(r.varint());
    i->gross = r.zigzag();
    i->paid = r.zigzag();
    i->credited = r.zigzag();
    i->issue_date = read_date(r);
    i->due_date = read_date(r);
  }, invoice_version);
  if (!found) return nullptr;
  i->loaded_from(key, value);
  return i;
}

std::size_t Invoice::bytes() const { return sizeof *this + bytes_of(awaiting) + bytes_of(waiting); }

void Payment::encode(ByteWriter& w) const {
  w.byte(version);
  w.byte(static_cast<std::uint8_t>(status));
  write(w, waiting);
  if (status == Status::expected) return;
  w.hash(content);
  w.varint(currency.code);
  w.zigzag(amount);
  w.zigzag(value_date.days);
  w.text(invoice_id);
  w.zigzag(allocated);
  w.byte(matched ? 1 : 0);
  w.zigzag(delay);
}

std::unique_ptr<state::Object> Payment::load(std::string_view key, state::RowReader& rows) {
  auto p = std::make_unique<Payment>();
  std::string value;
  const bool found = load_row(key, rows, value, "payment", [&](ByteReader& r) {
    p->status = static_cast<Status>(r.byte());
    read(r, p->waiting);
    if (p->status == Status::expected) return;
    p->content = r.hash();
    p->currency.code = static_cast<std::uint32_t>(r.varint());
    p->amount = r.zigzag();
    p->value_date = read_date(r);
    p->invoice_id = r.text();
    p->allocated = r.zigzag();
    p->matched = r.byte() != 0;
    p->delay = r.zigzag();
  });
  if (!found) return nullptr;
  p->loaded_from(key, value);
  return p;
}

std::size_t Payment::bytes() const { return sizeof *this + bytes_of(waiting) + invoice_id.capacity(); }

std::string Seen::key_of(std::string_view customer, Of of, std::string_view id) {
  std::string key;
  key.reserve(3 + customer.size() + id.size());
  state::append_key(key, state::Kind::seen, customer);
  key.push_back(static_cast<char>(of));
  key.append(id);
  return key;
}

std::unique_ptr<state::Object> Seen::load(std::string_view key, state::RowReader& rows) {
  auto s = std::make_unique<Seen>();
  std::string value;
  if (!load_row(key, rows, value, "dedup key", [&](ByteReader& r) { s->content = r.hash(); })) return nullptr;
  s->loaded_from(key, value);
  return s;
}

void Waiting::encode(ByteWriter& w) const {
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
  for (const auto& [name, value] : headers) {
    w.text(name);
    w.text(value);
  }
}

std::unique_ptr<Waiting> Waiting::decode(std::string_view value) {
  auto d = std::make_unique<Waiting>();
  ByteReader r(value);
  const bool known = r.byte() == version;
  d->due.micros = r.zigzag();
  d->input = static_cast<std::uint16_t>(r.varint());
  d->partition = static_cast<std::int32_t>(r.zigzag());
  d->offset = r.zigzag();
  d->timestamp.micros = r.zigzag();
  d->history = r.byte() != 0;
  d->record_key = r.text();
  d->record_value = r.text();
  for (std::uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    std::string name(r.text());
    d->headers.emplace_back(std::move(name), std::string(r.text()));
  }
  if (!known || !r.ok() || !r.done()) throw state::StoreFailure("state: a stored parked record cannot be read");
  return d;
}

std::unique_ptr<state::Object> Waiting::load(std::string_view key, state::RowReader& rows) {
  std::string value;
  if (!rows.get(key, value)) return nullptr;
  auto w = decode(value);
  w->loaded_from(key, value);
  return w;
}

std::size_t Waiting::bytes() const { return sizeof *this + record_key.capacity() + record_value.capacity() + headers.size() * 96; }

}  // namespace due::topology
