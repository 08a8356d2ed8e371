// tests/simulator/oracle/oracle.h
// Judges a run by what it left behind, and by nothing else: shares no code with the runtime, the topology or the decoders.
//
//   Checks   chronicle   a chain without gap or fork, that takes every visible input record once and in order
//            outputs     for every step exactly the outputs that it must have, with their content
//            numbering   `seq` gapless per task and output partition; nothing that no chronicle record covers
//            atomicity   a chronicle record and its outputs in one transaction of one epoch
//            positions   the group's position and metadata name the last batch
//            complete    nothing published was left unread
//            stable      no transaction is open at the end
//            epochs      of one producer in one partition never go back
//            numbers     of credit notes: gapless from 1 per legal entity, document type and year, in the order of their dates
//            answers     each request for a credit note is answered once and for all, by the credit note that its outcome names or by none;
//                        asked again, it is answered so again
//            limit       the credit notes of an invoice are together at most what it claims
//            reservations  of amounts are settled or released when all is quiet
#pragma once

#include <optional>
#include <string>

#include "tests/simulator/oracle/evidence.h"

namespace due::oracle {

struct Finding {
  std::string check, what;
};

std::optional<Finding> judge(const Evidence& evidence);

// The visible chronicles, a line for each record: for people.
std::vector<std::string> chronicle_lines(const Evidence& evidence);

bool anything_open(const Evidence& evidence);  // a transaction without its marker

// Is every visible input record taken by a visible chronicle record?
bool caught_up(const Evidence& evidence);

}  // namespace due::oracle
