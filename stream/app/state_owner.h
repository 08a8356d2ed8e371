// stream/app/state_owner.h
// Whose state a directory holds: of which log, application and topic prefix. Another one's is never opened.
//
//   Shape    <state>/belongs-to: three lines, name=value; written by the first run
//   Errors   stop: the directory is another one's, with both named and the ways out; or the system's refusal
//   Threads  none
#pragma once

#include <string>

#include "stream/cli/wire.h"

namespace due::app {

std::string described(const cli::StateOwner& owner);  // for people
Status claim_state(const std::string& directory, const cli::StateOwner& owner);

}  // namespace due::app
