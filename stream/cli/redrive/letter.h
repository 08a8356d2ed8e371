// stream/cli/redrive/letter.h
// A dead letter as `redrive` sees it: the record as its sender sent it, where that lies, why it was refused; and which letters are meant.
//
//   Source   topology/intake/intake.h writes them; docs/reasons.md lists the headers
//   Shape    origin: "invoices/2/17", the place of the refused record in its input: no other letter has the same
//   Units    EventTime of the refusal: when the letter was appended
//   Errors   nullopt: not a dead letter of ours
//   Clock    none
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stream/log/log.h"

namespace due::cli {

inline constexpr std::string_view redrive_origin = "x-redrive.origin", redrive_code = "x-redrive.code", redrive_letter = "x-redrive.letter",
                                  redrive_actor = "x-redrive.actor", redrive_repaired = "x-redrive.repaired";

struct DeadLetter {
  std::string origin, topic, code;
  std::int32_t partition = 0;  // of the refused record
  std::int64_t offset = 0;
  std::string place;           // "2/9": where the letter itself lies
  EventTime refused;
  bool whole = true;           // false: its value was left out
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::string>> headers;  // the sender's, those of earlier redrives included
};

std::optional<DeadLetter> read_letter(std::int32_t partition, const log::Record& record);

// The origin that a record in an input was put back from; empty: it was not.
std::string_view origin_put_back(std::span<const log::Header> headers);

// What must hold of a letter; what is empty holds of all.
struct LetterFilter {
  std::set<std::string> codes, topics, keys;
  std::optional<EventTime> from, to;  // [from, to) of the refusal
  bool matches(const DeadLetter& letter) const;
  bool empty() const { return codes.empty() && topics.empty() && keys.empty() && !from && !to; }
};

}  // namespace due::cli
