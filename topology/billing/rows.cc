#include "topology/billing/rows.h"

#include "schemas/base/bytes.h"
#include "state/api/rows.h"

namespace due::topology::billing {
namespace {

constexpr std::uint8_t version = 1;

template <class Fill>
void read_row(std::string_view value, const char* what, Fill fill) {
  ByteReader r(value);
  if (r.byte() != version)
    throw state::StoreFailure(std::string("state: a stored ") + what + " has a version that this program does not know");
  fill(r);
  if (!r.ok() || !r.done()) throw state::StoreFailure(std::string("state: a stored ") + what + " is cut short or too long");
}

Date read_date(ByteReader& r) { return {static_cast<std::int32_t>(r.zigzag())}; }

}  // namespace

Reservation Reservation::decode(std::string_view value) {
  Reservation v;
  read_row(value, "reservation", [&v](ByteReader& r) {
    v.state = static_cast<State>(r.byte());
    v.amount = r.zigzag();
    v.invoice = r.hash();
    v.answer = r.text();
  });
  return v;
}

std::string Reservation::encode() const {
  std::string value;
  ByteWriter w(value);
  w.byte(version);
  w.byte(static_cast<std::uint8_t>(state));
  w.zigzag(amount);
  w.hash(invoice);
  w.text(answer);
  return value;
}

NumberSeries NumberSeries::decode(std::string_view value) {
  NumberSeries v;
  read_row(value, "number series", [&v](ByteReader& r) {
    v.last_date = read_date(r);
    v.last = r.varint();
    v.name = r.text();
  });
  return v;
}

std::string NumberSeries::encode() const {
  std::string value;
  ByteWriter w(value);
  w.byte(version);
  w.zigzag(last_date.days);
  w.varint(last);
  w.text(name);
  return value;
}

Answered Answered::decode(std::string_view value) {
  Answered v;
  read_row(value, "answered request", [&v](ByteReader& r) {
    v.content = r.hash();
    v.number = r.varint();
    v.issue_date = read_date(r);
    v.reason_code = r.text();
  });
  return v;
}

std::string Answered::encode() const {
  std::string value;
  ByteWriter w(value);
  w.byte(version);
  w.hash(content);
  w.varint(number);
  w.zigzag(issue_date.days);
  w.text(reason_code);
  return value;
}

}  // namespace due::topology::billing
