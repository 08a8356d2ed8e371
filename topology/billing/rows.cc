#include "topology/billing/rows.h"

#include "schemas/base/bytes.h"
#include "state/api/stored_row.h"

namespace due::topology::billing {
namespace {

constexpr std::uint8_t version = 1;

Date read_date(ByteReader& r) { return {static_cast<std::int32_t>(r.zigzag())}; }

}  // namespace

Reservation Reservation::decode(std::string_view value) {
  Reservation v;
  state::read_row(value, version, "reservation", [&v](ByteReader& r) {
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
  state::read_row(value, version, "number series", [&v](ByteReader& r) {
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
  state::read_row(value, version, "answered request", [&v](ByteReader& r) {
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
