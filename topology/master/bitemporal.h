// topology/master/bitemporal.h
// What was said about something, and since when it is known: for which days a fact holds (valid time), and from which task time on we
// knew it (known at). Nothing is ever taken out.
//
//   Shape    assertions in the order in which they became known; a later one overrides earlier ones for the days that it covers
//   Window   valid_from and valid_to are both included; no valid_to: without end. Known at K: known_at <= K
//   Clock    none
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "schemas/base/bytes.h"
#include "schemas/base/event_time.h"
#include "schemas/base/hash.h"

namespace due::topology::master {

template <class Fact>
struct Assertion {
  EventTime known_at;
  Date valid_from;
  std::optional<Date> valid_to;
  std::int64_t version = 0;
  Hash128 content;  // of the event that said it
  Fact fact;

  bool holds(Date day, EventTime known) const { return known_at <= known && valid_from <= day && (!valid_to || day <= *valid_to); }
};

// What was known at `known` about `day`: null where nothing was.
template <class Fact>
const Fact* as_of(const std::vector<Assertion<Fact>>& said, Date day, EventTime known) {
  for (auto at = said.rbegin(); at != said.rend(); ++at)
    if (at->holds(day, known)) return &at->fact;
  return nullptr;
}

// Is this version new? Each is said once, and higher than those before.
enum class Novelty { fresh, duplicate, conflict };
template <class Fact>
Novelty novelty(const std::vector<Assertion<Fact>>& said, std::int64_t version, Hash128 content) {
  std::int64_t newest = 0;
  for (const Assertion<Fact>& a : said) {
    if (a.version == version) return a.content == content ? Novelty::duplicate : Novelty::conflict;
    newest = a.version > newest ? a.version : newest;
  }
  return version > newest ? Novelty::fresh : Novelty::conflict;
}

// Everything but the fact, which each kind of it writes itself.
template <class Fact>
void write_assertion(ByteWriter& w, const Assertion<Fact>& a) {
  w.zigzag(a.known_at.micros);
  w.zigzag(a.valid_from.days);
  w.byte(a.valid_to ? 1 : 0);
  if (a.valid_to) w.zigzag(a.valid_to->days);
  w.zigzag(a.version);
  w.hash(a.content);
}
template <class Fact>
void read_assertion(ByteReader& r, Assertion<Fact>& a) {
  a.known_at.micros = r.zigzag();
  a.valid_from.days = static_cast<std::int32_t>(r.zigzag());
  if (r.byte() != 0) a.valid_to = Date{static_cast<std::int32_t>(r.zigzag())};
  a.version = r.zigzag();
  a.content = r.hash();
}

}  // namespace due::topology::master
