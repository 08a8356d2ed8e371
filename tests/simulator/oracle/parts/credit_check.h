// tests/simulator/oracle/parts/credit_check.h
// What holds of credit notes whoever wrote them in whichever order: numbers, answers, limits, reservations.
//
//   Source   topics credit-note-requests, credit-note-outcomes, credit-notes; the rows of reservations (docs/formats/state.md)
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "tests/simulator/oracle/evidence.h"
#include "tests/simulator/oracle/oracle.h"

namespace due::oracle {

std::optional<Finding> check_numbers(const Evidence& evidence);
std::optional<Finding> check_answers(const Evidence& evidence);

// `claim`: of a customer's invoice, in minor units; absent where it is not known.
using Claim = std::function<std::optional<std::int64_t>(const std::string& customer, const std::string& invoice)>;
std::optional<Finding> check_limits(const Evidence& evidence, const Claim& claim);
std::optional<Finding> check_reservations(const Evidence& evidence);

}  // namespace due::oracle
